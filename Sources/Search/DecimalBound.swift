/// A decimal number of a query, exact, with the arithmetic that implicit precision needs.
package struct DecimalBound: Sendable, Equatable {
    /// Digits, most significant first, each 0 to 9; the number is these as an integer times ten to `exponent`.
    private var digits: [UInt8]
    private var exponent: Int
    private var isNegative: Bool
    /// The number written as digits and exponent, for exact comparison.
    package private(set) var text: [UInt8]
    /// The nearest double.
    let double: Double

    /// - Source: FHIR R4 search, number, https://hl7.org/fhir/R4/search.html#number
    /// - Parameter source: sign, digits, point and exponent; at most 64 bytes and an exponent within ±999.
    package init?(_ source: String) {
        let bytes = Array(source.utf8)
        guard bytes.count <= 64, bytes.withUnsafeBytes({ DecimalText($0) }) != nil else { return nil }
        var digits: [UInt8] = []
        var fraction = 0
        var hasPoint = false
        var exponent = 0
        for (offset, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: ".") {
                hasPoint = true
            } else if byte | 0x20 == UInt8(ascii: "e") {
                guard let value = Int(String(decoding: bytes[(offset + 1)...], as: UTF8.self)) else { return nil }
                exponent = value
                break
            } else if byte &- 0x30 < 10 {
                digits.append(byte & 15)
                if hasPoint { fraction += 1 }
            }
        }
        guard abs(exponent) <= 999 else { return nil }
        // R4 has 1e2 mean 95 up to 105: a whole number with an exponent is precise to a tenth of its last digit.
        if !hasPoint, exponent > 0 {
            digits.append(0)
            exponent -= 1
        }
        self.init(digits: digits, exponent: exponent - fraction, isNegative: bytes.first == UInt8(ascii: "-"))
    }

    private init(digits: [UInt8], exponent: Int, isNegative: Bool) {
        self.digits = digits
        self.exponent = exponent
        self.isNegative = isNegative
        text = (isNegative ? [UInt8(ascii: "-")] : []) + digits.map { $0 | 0x30 } + Array("e\(exponent)".utf8)
        double = text.withUnsafeBytes { DecimalText($0)?.double ?? 0 }
    }

    /// Negative, zero or positive as `number` is less than, equal to or greater than this.
    func compare(_ number: DecimalText) -> Int {
        text.withUnsafeBytes { bytes in
            guard let own = DecimalText(bytes) else { return 0 }
            return number.compare(own)
        }
    }

    /// The range of numbers that round to this one at its last digit: half a unit to either side. For 100 it is 99.5
    /// up to but without 100.5.
    package var roundingRange: (low: DecimalBound, high: DecimalBound) {
        widened(by: [5])
    }

    /// A tenth of the number to either side, and at least half a unit of its last digit.
    package var approximateRange: (low: DecimalBound, high: DecimalBound) {
        let isSmall = digits.dropLast().allSatisfy { $0 == 0 } && (digits.last ?? 0) < 5
        return widened(by: isSmall ? [5] : digits)
    }

    /// This number less and more `delta` units of a tenth of its last digit.
    private func widened(by delta: [UInt8]) -> (low: DecimalBound, high: DecimalBound) {
        let scaled = digits + [0]
        let grown = DecimalBound(digits: Self.sum(scaled, delta), exponent: exponent - 1, isNegative: isNegative)
        let (difference, isFlipped) = Self.difference(scaled, delta)
        let shrunk = DecimalBound(digits: difference, exponent: exponent - 1, isNegative: isNegative != isFlipped)
        return isNegative ? (grown, shrunk) : (shrunk, grown)
    }

    private static func padded(_ left: [UInt8], _ right: [UInt8]) -> ([UInt8], [UInt8]) {
        let count = max(left.count, right.count)
        func pad(_ digits: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: count - digits.count) + digits }
        return (pad(left), pad(right))
    }

    private static func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        let (first, second) = padded(left, right)
        var result = [UInt8](repeating: 0, count: first.count + 1)
        var carry: UInt8 = 0
        for place in first.indices.reversed() {
            let digit = first[place] + second[place] + carry
            result[place + 1] = digit % 10
            carry = digit / 10
        }
        result[0] = carry
        return result
    }

    /// The distance of two numbers, and whether the second is the greater.
    private static func difference(_ left: [UInt8], _ right: [UInt8]) -> (digits: [UInt8], isFlipped: Bool) {
        let (first, second) = padded(left, right)
        let isFlipped = first.lexicographicallyPrecedes(second)
        let (greater, smaller) = isFlipped ? (second, first) : (first, second)
        var result = greater
        var borrow: Int8 = 0
        for place in greater.indices.reversed() {
            var digit = Int8(greater[place]) - Int8(smaller[place]) - borrow
            borrow = digit < 0 ? 1 : 0
            if digit < 0 { digit += 10 }
            result[place] = UInt8(digit)
        }
        return (result, isFlipped)
    }
}
