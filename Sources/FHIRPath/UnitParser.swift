/// Reads UCUM's grammar: terms with `.` and `/` from left to right, parentheses, powers, prefixes, annotations.
/// - Source: The Unified Code for Units of Measure, §§2–12, https://ucum.org/ucum#section-Full-and-Limited-Conformance.
struct UnitParser {
    private let text: [UInt8]
    private let atoms: [String: UnitAtom]
    private var offset = 0
    private var depth = 0
    private var isSpecial = false

    private static let depthMax = 16

    init(_ text: String, atoms: [String: UnitAtom]) {
        self.text = Array(text.utf8)
        self.atoms = atoms
    }

    private var current: UInt8 { offset < text.count ? text[offset] : 0 }

    /// The unit that the whole text is.
    mutating func parse() -> UnitOfMeasure? {
        guard let (measure, terms) = term(), offset == text.count else { return nil }
        // A special unit stands alone: what a product with it means is not defined.
        guard !isSpecial || terms.count == 1 && terms[0].exponent == 1 else { return nil }
        return UnitOfMeasure(measure: measure, isSpecial: isSpecial, terms: merged(terms))
    }

    private func merged(_ terms: [UnitOfMeasure.Term]) -> [UnitOfMeasure.Term] {
        var merged: [UnitOfMeasure.Term] = []
        for term in terms {
            if let place = merged.firstIndex(where: { $0.symbol == term.symbol }) {
                merged[place].exponent += term.exponent
            } else {
                merged.append(term)
            }
        }
        return merged.filter { $0.exponent != 0 }
    }

    private typealias Part = (measure: UnitOfMeasure.Measure, terms: [UnitOfMeasure.Term])

    private mutating func term() -> Part? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { return nil }
        var whole: Part = (UnitOfMeasure.Measure(), [])
        var sign = 1
        if current == UInt8(ascii: "/") {
            sign = -1
            offset += 1
        }
        while true {
            guard let part = component(), let measure = whole.measure.multiplied(by: part.measure, to: sign) else {
                return nil
            }
            whole.measure = measure
            whole.terms += part.terms.map { .init(symbol: $0.symbol, exponent: $0.exponent * sign) }
            switch current {
            case UInt8(ascii: "."): sign = 1
            case UInt8(ascii: "/"): sign = -1
            default: return whole
            }
            offset += 1
        }
    }

    private mutating func component() -> Part? {
        switch current {
        case UInt8(ascii: "("):
            offset += 1
            guard let inner = term(), current == UInt8(ascii: ")") else { return nil }
            offset += 1
            return annotated(inner)
        case UInt8(ascii: "{"):
            return annotated((UnitOfMeasure.Measure(), []))
        default:
            guard let part = annotatable() else { return nil }
            return annotated(part)
        }
    }

    /// Skips what stands in braces.
    private mutating func annotated(_ part: Part) -> Part? {
        guard current == UInt8(ascii: "{") else { return part }
        while current != UInt8(ascii: "}") {
            guard offset < text.count, (0x20...0x7E).contains(current) else { return nil }
            offset += 1
        }
        offset += 1
        return part
    }

    /// A symbol, perhaps with a prefix and a power, or a number.
    private mutating func annotatable() -> Part? {
        let start = offset
        if isDigit(current), !text[offset...].starts(with: "10*".utf8), !text[offset...].starts(with: "10^".utf8) {
            guard let number = digits(), let factor = ExactRatio(Int128(number)) else { return nil }
            var measure = UnitOfMeasure.Measure()
            measure.factor = factor
            // A one changes nothing and leaves no trace.
            return (
                measure,
                number == 1 ? [] : [.init(symbol: String(decoding: text[start..<offset], as: UTF8.self), exponent: 1)]
            )
        }
        guard let symbol = symbol(), let measure = atom(symbol) else { return nil }
        var exponent = 1
        let isSigned = current == UInt8(ascii: "-") || current == UInt8(ascii: "+")
        if isSigned || isDigit(current) {
            let isNegative = current == UInt8(ascii: "-")
            if isSigned { offset += 1 }
            guard let power = digits(), power != 0, power <= UnitOfMeasure.exponentMax else { return nil }
            exponent = isNegative ? -power : power
        }
        guard let raised = UnitOfMeasure.Measure().multiplied(by: measure, to: exponent) else { return nil }
        return (raised, [.init(symbol: symbol, exponent: exponent)])
    }

    private mutating func digits() -> Int? {
        let start = offset
        while isDigit(current), offset - start <= 9 { offset += 1 }
        return offset > start && offset - start <= 9 ? Int(String(decoding: text[start..<offset], as: UTF8.self)) : nil
    }

    /// The bytes of a symbol: up to an operator, an annotation or a power; all within brackets.
    private mutating func symbol() -> String? {
        let start = offset
        if text[offset...].starts(with: "10*".utf8) || text[offset...].starts(with: "10^".utf8) {
            offset += 3
            return String(decoding: text[start..<offset], as: UTF8.self)
        }
        while offset < text.count {
            switch current {
            case UInt8(ascii: "["):
                while current != UInt8(ascii: "]") {
                    guard offset < text.count else { return nil }
                    offset += 1
                }
                offset += 1
                continue
            case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
                UInt8(ascii: "+"), UInt8(ascii: "-"):
                break
            case let byte where isDigit(byte) || byte <= 0x20 || byte >= 0x7F:
                break
            default:
                offset += 1
                continue
            }
            break
        }
        return offset > start ? String(decoding: text[start..<offset], as: UTF8.self) : nil
    }

    /// What a symbol means: the atom of that name, or a prefix with a metric atom.
    private mutating func atom(_ symbol: String) -> UnitOfMeasure.Measure? {
        if let atom = atoms[symbol] {
            isSpecial = isSpecial || atom.isSpecial
            return atom.measure
        }
        for prefix in UnitAtom.prefixes where symbol.hasPrefix(prefix.symbol) {
            guard let atom = atoms[String(symbol.dropFirst(prefix.symbol.count))], atom.isMetric,
                let power = ExactRatio(powerOfTen: prefix.power), let factor = atom.measure.factor.multiplied(by: power)
            else { continue }
            isSpecial = isSpecial || atom.isSpecial
            var measure = atom.measure
            measure.factor = factor
            return measure
        }
        return nil
    }
}
