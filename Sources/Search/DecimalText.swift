/// A decimal number read in place from its digits, compared exactly whatever its length. Allocates nothing.
///
/// Borrows the bytes: they must outlive it.
package struct DecimalText {
    private let text: UnsafeRawBufferPointer
    /// The place of the first digit that is not zero, counted over all digits without the point.
    private let firstDigit: Int
    /// How many digits there are up to the last that is not zero.
    private let digitsEnd: Int
    private let pointPlace: Int
    private let digitsStart: Int
    let isNegative: Bool
    /// The power of ten of the first digit; exponents beyond a thousand million are cut there.
    private let magnitude: Int

    var isZero: Bool { firstDigit >= digitsEnd }

    /// - Returns: `nil` where the text is no number of JSON's form; a leading `+` and leading zeros are let pass.
    package init?(_ text: UnsafeRawBufferPointer) {
        var offset = 0
        var isNegative = false
        if offset < text.count, text[offset] == UInt8(ascii: "-") || text[offset] == UInt8(ascii: "+") {
            isNegative = text[offset] == UInt8(ascii: "-")
            offset += 1
        }
        let start = offset
        var point = -1
        var digits = 0
        var first = Int.max
        var end = 0
        while offset < text.count {
            let byte = text[offset]
            if byte == UInt8(ascii: "."), point < 0, digits > 0 {
                point = digits
            } else if byte &- 0x30 < 10 {
                if byte != 0x30 {
                    first = min(first, digits)
                    end = digits + 1
                }
                digits += 1
            } else {
                break
            }
            offset += 1
        }
        guard digits > 0, point != digits, let exponent = Self.exponent(text, at: offset) else { return nil }
        self.text = text
        self.isNegative = isNegative
        digitsStart = start
        pointPlace = point < 0 ? digits : point
        firstDigit = first
        digitsEnd = end
        magnitude = first == .max ? 0 : pointPlace - first + exponent
    }

    /// The exponent written at `offset`, 0 where the text ends there.
    private static func exponent(_ text: UnsafeRawBufferPointer, at start: Int) -> Int? {
        guard start < text.count else { return 0 }
        guard text[start] | 0x20 == UInt8(ascii: "e") else { return nil }
        var offset = start + 1
        var isNegative = false
        if offset < text.count, text[offset] == UInt8(ascii: "-") || text[offset] == UInt8(ascii: "+") {
            isNegative = text[offset] == UInt8(ascii: "-")
            offset += 1
        }
        guard offset < text.count else { return nil }
        var value = 0
        while offset < text.count {
            guard text[offset] &- 0x30 < 10 else { return nil }
            value = min(value * 10 + Int(text[offset] & 15), 1_000_000_000)
            offset += 1
        }
        return isNegative ? -value : value
    }

    /// The digit at a place counted from the first that is not zero; 0 behind the last.
    private func digit(_ place: Int) -> UInt8 {
        let index = firstDigit + place
        guard index < digitsEnd else { return 0x30 }
        return text[digitsStart + (index < pointPlace ? index : index + 1)]
    }

    /// Negative, zero or positive as `self` is less than, equal to or greater than `other`.
    package func compare(_ other: DecimalText) -> Int {
        if isZero || other.isZero {
            if isZero && other.isZero { return 0 }
            return isZero ? (other.isNegative ? 1 : -1) : (isNegative ? -1 : 1)
        }
        guard isNegative == other.isNegative else { return isNegative ? -1 : 1 }
        let sign = isNegative ? -1 : 1
        if magnitude != other.magnitude { return magnitude < other.magnitude ? -sign : sign }
        let count = max(digitsEnd - firstDigit, other.digitsEnd - other.firstDigit)
        for place in 0..<count {
            let (left, right) = (digit(place), other.digit(place))
            if left != right { return left < right ? -sign : sign }
        }
        return 0
    }

    /// The nearest double; infinite beyond its range. Grows with the number: `a <= b` gives `a.double <= b.double`.
    package var double: Double {
        guard !isZero else { return 0 }
        let count = digitsEnd - firstDigit
        let power = magnitude - count
        if count <= 15, power >= -22, power <= 22 {
            var mantissa: UInt64 = 0
            for place in 0..<count { mantissa = mantissa * 10 + UInt64(digit(place) & 15) }
            let value = power < 0 ? Double(mantissa) / Self.powers[-power] : Double(mantissa) * Self.powers[power]
            return isNegative ? -value : value
        }
        if magnitude > 400 { return isNegative ? -.infinity : .infinity }
        if magnitude < -400 { return 0 }
        return Double(String(decoding: text, as: UTF8.self)) ?? (isNegative ? -.infinity : .infinity)
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
