/// A decimal number as it was written: `mantissa` · 10^-`scale`. `1.50` keeps its scale of 2.
///
/// Two numbers of equal value and different scale are equal in value (`compare`), not as stored (no `==`).
package struct ExactDecimal: Sendable {
    /// All digits as a whole number, with the sign.
    package let mantissa: Int128
    /// Digits behind the point, 0 to `scaleMax`.
    package let scale: Int

    /// The most digits behind the point.
    package static let scaleMax = 36

    /// - Parameters:
    ///   - mantissa: the digits.
    ///   - scale: how many of them stand behind the point, 0 to `scaleMax`.
    package init?(mantissa: Int128, scale: Int) {
        guard (0...Self.scaleMax).contains(scale) else { return nil }
        self.mantissa = mantissa
        self.scale = scale
    }

    /// A whole number.
    package init(_ integer: Int64) {
        mantissa = Int128(integer)
        scale = 0
    }

    /// Reads a number as JSON and FHIR write it: sign, digits, fraction, exponent.
    /// - Returns: `nil` if the text is no number, or has more digits than 128 bits or `scaleMax` places hold.
    package init?(parsing text: UnsafeRawBufferPointer) {
        var offset = 0
        var isNegative = false
        if offset < text.count, text[offset] == UInt8(ascii: "-") || text[offset] == UInt8(ascii: "+") {
            isNegative = text[offset] == UInt8(ascii: "-")
            offset += 1
        }
        guard let digits = Digits(text, &offset), let exponent = Self.exponent(text, &offset), offset == text.count
        else { return nil }
        var mantissa = digits.mantissa
        var scale = digits.scale - exponent
        if scale < 0 {
            guard let grown = scaled(mantissa, by: -scale) else { return nil }
            mantissa = grown
            scale = 0
        }
        self.init(mantissa: isNegative ? -mantissa : mantissa, scale: scale)
    }

    /// The digits before and behind the point.
    private struct Digits {
        var mantissa: Int128 = 0
        var scale = 0

        init?(_ text: UnsafeRawBufferPointer, _ offset: inout Int) {
            var short: Int64 = 0
            var count = 0
            var isFraction = false
            while offset < text.count {
                let byte = text[offset]
                if byte == UInt8(ascii: "."), !isFraction, count > 0 {
                    isFraction = true
                    offset += 1
                    guard offset < text.count, isDigit(text[offset]) else { return nil }
                    continue
                }
                guard isDigit(byte) else { break }
                count += 1
                if isFraction { scale += 1 }
                if count <= 18 {
                    short = short * 10 + Int64(byte - 0x30)
                    mantissa = Int128(short)
                } else {
                    let (grown, overflow) = mantissa.multipliedReportingOverflow(by: 10)
                    let (sum, carry) = grown.addingReportingOverflow(Int128(byte - 0x30))
                    if overflow || carry { return nil }
                    mantissa = sum
                }
                offset += 1
            }
            if count == 0 { return nil }
        }
    }

    private static func exponent(_ text: UnsafeRawBufferPointer, _ offset: inout Int) -> Int? {
        guard offset < text.count, text[offset] | 0x20 == UInt8(ascii: "e") else { return 0 }
        offset += 1
        var isNegative = false
        if offset < text.count, text[offset] == UInt8(ascii: "-") || text[offset] == UInt8(ascii: "+") {
            isNegative = text[offset] == UInt8(ascii: "-")
            offset += 1
        }
        var value = 0
        let start = offset
        while offset < text.count, isDigit(text[offset]) {
            value = min(value * 10 + Int(text[offset] - 0x30), 1000)
            offset += 1
        }
        guard offset > start else { return nil }
        return isNegative ? -value : value
    }

    /// -1, 0 or 1 as this number is smaller than, equal to or larger than `other`.
    package func compare(_ other: ExactDecimal) -> Int {
        if scale == other.scale { return mantissa < other.mantissa ? -1 : mantissa == other.mantissa ? 0 : 1 }
        if scale > other.scale { return -other.compare(self) }
        guard let grown = scaled(mantissa, by: other.scale - scale) else { return mantissa < 0 ? -1 : 1 }
        return grown < other.mantissa ? -1 : grown == other.mantissa ? 0 : 1
    }

    /// The number without zeros at the end of its fraction.
    package var trimmed: ExactDecimal {
        var mantissa = mantissa
        var scale = scale
        while scale > 0, mantissa % 10 == 0 {
            mantissa /= 10
            scale -= 1
        }
        return ExactDecimal(mantissa: mantissa, scale: scale) ?? self
    }

    /// The number if it is whole and fits.
    package var integer: Int64? {
        let trimmed = trimmed
        return trimmed.scale == 0 ? Int64(exactly: trimmed.mantissa) : nil
    }

    /// The nearest binary number.
    package var double: Double {
        var power = 1.0
        for _ in 0..<scale { power *= 10 }
        return Double(mantissa) / power
    }

    /// The number with all its digits, as FHIR writes it.
    package var text: String {
        var digits = String(mantissa.magnitude)
        if scale > 0 {
            if digits.utf8.count <= scale {
                digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits
            }
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
        }
        return mantissa < 0 ? "-" + digits : digits
    }
}

/// `mantissa` · 10^`power`; `nil` if it does not fit.
func scaled(_ mantissa: Int128, by power: Int) -> Int128? {
    if mantissa == 0 { return 0 }
    guard power <= 38 else { return nil }
    var result = mantissa
    for _ in 0..<power {
        let (grown, overflow) = result.multipliedReportingOverflow(by: 10)
        if overflow { return nil }
        result = grown
    }
    return result
}
