/// A positive fraction of whole numbers in lowest terms: what one unit is of another, without loss.
package struct ExactRatio: Sendable, Equatable {
    /// Above zero.
    package let numerator: Int128
    /// Above zero.
    package let denominator: Int128

    /// One.
    package static let one = ExactRatio(whole: 1)

    private init(whole: Int128) {
        numerator = whole
        denominator = 1
    }

    /// `nil` unless both are above zero.
    init?(_ numerator: Int128, _ denominator: Int128 = 1) {
        guard numerator > 0, denominator > 0 else { return nil }
        let divisor = Self.greatestCommonDivisor(numerator, denominator)
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    /// A decimal number, `1e-9` included.
    init?(parsing text: String) {
        var text = text
        guard let decimal = text.withUTF8({ ExactDecimal(parsing: UnsafeRawBufferPointer($0)) }),
            let denominator = scaled(1, by: decimal.scale)
        else { return nil }
        self.init(decimal.mantissa, denominator)
    }

    /// 10^`power`; `nil` where that does not fit.
    init?(powerOfTen power: Int) {
        guard let whole = scaled(1, by: abs(power)) else { return nil }
        self.init(power < 0 ? 1 : whole, power < 0 ? whole : 1)
    }

    private static func greatestCommonDivisor(_ left: Int128, _ right: Int128) -> Int128 {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }

    /// The reciprocal.
    var inverted: ExactRatio { ExactRatio(denominator, numerator) ?? self }

    /// The product; `nil` where that does not fit.
    func multiplied(by other: ExactRatio) -> ExactRatio? {
        guard let left = ExactRatio(numerator, other.denominator), let right = ExactRatio(other.numerator, denominator)
        else { return nil }
        let (top, topOverflows) = left.numerator.multipliedReportingOverflow(by: right.numerator)
        let (bottom, bottomOverflows) = left.denominator.multipliedReportingOverflow(by: right.denominator)
        return topOverflows || bottomOverflows ? nil : ExactRatio(top, bottom)
    }

    /// The quotient; `nil` where that does not fit.
    func divided(by other: ExactRatio) -> ExactRatio? { multiplied(by: other.inverted) }

    /// The power; `nil` where that does not fit.
    func raised(to exponent: Int) -> ExactRatio? {
        var result = ExactRatio.one
        for _ in 0..<exponent.magnitude {
            guard let next = result.multiplied(by: exponent < 0 ? inverted : self) else { return nil }
            result = next
        }
        return result
    }

    /// A number times this, rounded where it has no end; `nil` where that does not fit.
    package func times(_ number: ExactDecimal) -> ExactDecimal? {
        guard let top = ExactDecimal(mantissa: numerator, scale: 0),
            let bottom = ExactDecimal(mantissa: denominator, scale: 0), let product = number.multiplied(by: top)
        else { return nil }
        return denominator == 1 ? product : product.divided(by: bottom)
    }

    /// -1, 0 or 1 as `left` times this is smaller than, equal to or larger than `right`; without rounding where that
    /// fits.
    package func compare(_ left: ExactDecimal, _ right: ExactDecimal) -> Int {
        if let top = ExactDecimal(mantissa: numerator, scale: 0),
            let bottom = ExactDecimal(mantissa: denominator, scale: 0),
            left.scale + right.scale <= ExactDecimal.scaleMax, let one = left.multiplied(by: top),
            let other = right.multiplied(by: bottom)
        {
            return one.compare(other)
        }
        let one = left.double * Double(numerator)
        let other = right.double * Double(denominator)
        if (one - other).magnitude <= max(one.magnitude, other.magnitude) * 1e-13 { return 0 }
        return one < other ? -1 : 1
    }
}
