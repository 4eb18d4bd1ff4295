/// A unit as UCUM writes it: what it is of the base units, and of which symbols it is made.
/// - Source: The Unified Code for Units of Measure, https://ucum.org/ucum.
package struct UnitOfMeasure: Sendable {
    /// How many of the base units a unit is, each to a power.
    package struct Measure: Sendable {
        /// How many.
        package var factor = ExactRatio.one
        /// The powers of metre, second, gram, radian, kelvin, coulomb, candela and mole. UCUM has the mole as a number;
        /// here it is a base, so that an amount of substance is not taken for a count.
        var powers = SIMD8<Int16>()
        /// The powers of units that are only like themselves, as the international unit, by their symbols.
        var arbitrary: [String: Int] = [:]

        init() {}

        init(base: Int) {
            powers[base] = 1
        }

        init(arbitrary symbol: String) {
            arbitrary[symbol] = 1
        }

        /// The product with the power of another; `nil` where that does not fit.
        func multiplied(by other: Measure, to exponent: Int) -> Measure? {
            guard exponent.magnitude <= UnitOfMeasure.exponentMax,
                let factor = other.factor.raised(to: exponent)?.multiplied(by: factor)
            else { return nil }
            var result = self
            result.factor = factor
            result.powers = powers &+ other.powers &* SIMD8(repeating: Int16(exponent))
            for (symbol, power) in other.arbitrary { result.arbitrary[symbol, default: 0] += power * exponent }
            result.arbitrary = result.arbitrary.filter { $0.value != 0 }
            // Far from where sixteen bits would not do.
            for place in 0..<8 where result.powers[place].magnitude > 200 { return nil }
            return result
        }

        func isCommensurable(with other: Measure) -> Bool {
            powers == other.powers && arbitrary == other.arbitrary
        }
    }

    /// A symbol with its prefix, to a power.
    struct Term: Sendable {
        var symbol: String
        var exponent: Int
    }

    /// The largest power in a unit.
    static let exponentMax = 64
    /// The longest text of a unit, in bytes.
    static let textBytesMax = 256

    /// How many of the base units it is.
    package let measure: Measure
    /// Whether amounts cannot be converted by a factor, as degrees Celsius.
    package let isSpecial: Bool
    /// In the order written; whole numbers in front of units are symbols, too.
    let terms: [Term]

    init(measure: Measure, isSpecial: Bool, terms: [Term]) {
        self.measure = measure
        self.isSpecial = isSpecial
        self.terms = terms
    }

    /// Reads a UCUM code, case-sensitive: `mg/dL`, `10*3/uL`, `mL/min/{1.73_m2}`.
    /// - Returns: `nil` for what is no UCUM, has a symbol that is not known here, or is too long.
    package init?(code: UnsafeRawBufferPointer) {
        guard code.count <= Self.textBytesMax, !code.isEmpty else { return nil }
        var parser = UnitParser(String(decoding: code, as: UTF8.self), atoms: UnitAtom.all)
        guard let unit = parser.parse() else { return nil }
        self = unit
    }

    /// What one of this unit is of another.
    /// - Returns: `nil` where they are of different kinds, one of them is special, or the number does not fit.
    package func factor(to other: UnitOfMeasure) -> ExactRatio? {
        guard !isSpecial, !other.isSpecial, measure.isCommensurable(with: other.measure) else { return nil }
        return measure.factor.divided(by: other.measure.factor)
    }

    /// Whether it is a bare number.
    var isDimensionless: Bool {
        measure.powers == SIMD8<Int16>() && measure.arbitrary.isEmpty && !isSpecial
    }

    /// The product of two units, or the quotient: equal symbols are one, with the sum of their powers.
    /// - Returns: `nil` where one is special or the powers do not fit.
    func combined(with other: UnitOfMeasure, isQuotient: Bool) -> UnitOfMeasure? {
        guard !isSpecial, !other.isSpecial,
            let measure = measure.multiplied(by: other.measure, to: isQuotient ? -1 : 1)
        else { return nil }
        var merged: [Term] = []
        let others = other.terms.map { Term(symbol: $0.symbol, exponent: isQuotient ? -$0.exponent : $0.exponent) }
        for term in terms + others {
            if let place = merged.firstIndex(where: { $0.symbol == term.symbol }) {
                merged[place].exponent += term.exponent
            } else {
                merged.append(term)
            }
        }
        merged.removeAll { $0.exponent == 0 }
        guard merged.allSatisfy({ $0.exponent.magnitude <= Self.exponentMax }) else { return nil }
        return UnitOfMeasure(measure: measure, isSpecial: false, terms: merged)
    }

    /// The UCUM code that the symbols make: `kg.m/s2`.
    var code: String {
        func text(_ term: Term) -> String {
            let power = term.exponent.magnitude
            return term.symbol + (power == 1 ? "" : String(power))
        }
        var code = terms.filter { $0.exponent > 0 }.map(text).joined(separator: ".")
        for term in terms where term.exponent < 0 { code += "/" + text(term) }
        return code.isEmpty ? "1" : code
    }
}
