/// A time of day, of a precision from hours to fractions of a second.
/// - Source: FHIR R4 time, https://hl7.org/fhir/R4/datatypes.html#time.
package struct TimeOfDay: Sendable {
    /// Microseconds since midnight.
    package let microseconds: Int64
    /// `hour` or finer.
    package let precision: DateTimeValue.Precision
    /// Digits behind the second, as written.
    package let fractionDigits: UInt8

    /// `microseconds` must be the start of the span that `precision` makes.
    package init(microseconds: Int64, precision: DateTimeValue.Precision, fractionDigits: UInt8 = 0) {
        self.microseconds = microseconds
        self.precision = precision
        self.fractionDigits = fractionDigits
    }

    /// Reads `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f`.
    package static func parse(_ text: UnsafeRawBufferPointer) -> TimeOfDay? {
        var offset = 0
        guard let time = read(text, &offset, secondMax: 59), offset == text.count else { return nil }
        return time
    }

    /// Reads a time from `offset` on and moves that behind it. `secondMax` is 60 where a leap second may stand: it is
    /// the first second of the next minute.
    static func read(_ text: UnsafeRawBufferPointer, _ offset: inout Int, secondMax: Int) -> TimeOfDay? {
        guard let hour = digits(text, offset, 2), hour < 24 else { return nil }
        offset += 2
        var microseconds = Int64(hour) * 3_600_000_000
        guard offset < text.count, text[offset] == UInt8(ascii: ":") else {
            return TimeOfDay(microseconds: microseconds, precision: .hour)
        }
        guard let minute = digits(text, offset + 1, 2), minute < 60 else { return nil }
        offset += 3
        microseconds += Int64(minute) * 60_000_000
        guard offset < text.count, text[offset] == UInt8(ascii: ":") else {
            return TimeOfDay(microseconds: microseconds, precision: .minute)
        }
        guard let second = digits(text, offset + 1, 2), second <= secondMax else { return nil }
        offset += 3
        microseconds += Int64(second) * 1_000_000
        guard offset < text.count, text[offset] == UInt8(ascii: ".") else {
            return TimeOfDay(microseconds: microseconds, precision: .second)
        }
        offset += 1
        var count: UInt8 = 0
        var length: Int64 = 100_000
        while offset < text.count, isDigit(text[offset]), count < 20 {
            microseconds += Int64(text[offset] - 0x30) * length
            length /= 10
            count += 1
            offset += 1
        }
        return count == 0 ? nil : TimeOfDay(microseconds: microseconds, precision: .fraction, fractionDigits: count)
    }

    /// The time to its precision.
    package var text: String {
        let seconds = Int(microseconds / 1_000_000)
        var text = padded(seconds / 3600, 2)
        if precision >= .minute { text += ":" + padded(seconds / 60 % 60, 2) }
        if precision >= .second { text += ":" + padded(seconds % 60, 2) }
        guard precision == .fraction else { return text }
        let digits = padded(Int(microseconds % 1_000_000), 6)
        let count = Int(fractionDigits)
        text += "."
        text += digits.prefix(count)
        if count > 6 { text += String(repeating: "0", count: count - 6) }
        return text
    }
}
