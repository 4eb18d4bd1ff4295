internal import Base

/// A span of time with both ends in it, in microseconds since 1970-01-01T00:00:00Z: what a date of FHIR says, given how
/// precise it is. An end that is open is the end of `Int64`'s range.
package struct DateRange: Hashable, Sendable {
    package var low: Int64
    package var high: Int64

    @inlinable
    package init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }

    static let openLow = Int64.min
    static let openHigh = Int64.max

    /// The span of a date, dateTime or instant: "2015" is the whole year, "2015-02-07T13:28" the whole minute. Without
    /// a time zone UTC is assumed; digits of a second beyond the sixth are cut.
    /// - Returns: `nil` where the text is none of these.
    package init?(_ text: UnsafeRawBufferPointer) {
        var reader = DateReader(text: text)
        guard let range = reader.read() else { return nil }
        self = range
    }

    /// Whether `other` lies wholly in this span.
    func contains(_ other: DateRange) -> Bool {
        low <= other.low && other.high <= high
    }
}

/// Reads the forms of date, dateTime and instant.
private struct DateReader {
    let text: UnsafeRawBufferPointer
    var offset = 0

    static let microsecondsPerDay: Int64 = 86_400_000_000

    init(text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// A number of exactly `count` digits.
    private mutating func digits(_ count: Int) -> Int? {
        guard offset + count <= text.count else { return nil }
        var value = 0
        for place in offset..<offset + count {
            let digit = text[place] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        offset += count
        return value
    }

    private mutating func take(_ character: UInt8) -> Bool {
        guard offset < text.count, text[offset] == character else { return false }
        offset += 1
        return true
    }

    private var isAtEnd: Bool { offset == text.count }

    mutating func read() -> DateRange? {
        guard let year = digits(4), year > 0 else { return nil }
        if isAtEnd {
            return Self.days(CalendarDate(year: year, month: 1, day: 1), CalendarDate(year: year, month: 12, day: 31))
        }
        guard take(UInt8(ascii: "-")), let month = digits(2), (1...12).contains(month) else { return nil }
        let lastDay = CalendarDate.daysInMonth(month, year: year)
        if isAtEnd {
            return Self.days(
                CalendarDate(year: year, month: month, day: 1), CalendarDate(year: year, month: month, day: lastDay))
        }
        guard take(UInt8(ascii: "-")), let day = digits(2), (1...lastDay).contains(day) else { return nil }
        let date = CalendarDate(year: year, month: month, day: day)
        if isAtEnd { return Self.days(date, date) }
        guard take(UInt8(ascii: "T")) else { return nil }
        return time(on: date)
    }

    private static func days(_ first: CalendarDate, _ last: CalendarDate) -> DateRange {
        DateRange(
            low: Int64(first.daysSinceEpoch) * microsecondsPerDay,
            high: Int64(last.daysSinceEpoch + 1) * microsecondsPerDay - 1)
    }

    private mutating func time(on date: CalendarDate) -> DateRange? {
        guard let hour = digits(2), hour < 24, take(UInt8(ascii: ":")), let minute = digits(2), minute < 60 else {
            return nil
        }
        var start = Int64(date.daysSinceEpoch) * Self.microsecondsPerDay + Int64(hour * 60 + minute) * 60_000_000
        var length: Int64 = 60_000_000
        if take(UInt8(ascii: ":")) {
            guard let second = digits(2), second <= 60 else { return nil }
            start += Int64(min(second, 59)) * 1_000_000
            length = 1_000_000
            if take(UInt8(ascii: ".")) {
                guard let (part, unit) = fraction() else { return nil }
                start += part
                length = unit
            }
        }
        guard let shift = zone() else { return nil }
        start -= shift
        return DateRange(low: start, high: start + length - 1)
    }

    /// The microseconds of a fraction of a second, and how long the span is that its last digit leaves open.
    private mutating func fraction() -> (part: Int64, unit: Int64)? {
        var part: Int64 = 0
        var unit: Int64 = 1_000_000
        let start = offset
        while offset < text.count, text[offset] &- 0x30 < 10 {
            if unit > 1 {
                unit /= 10
                part += Int64(text[offset] & 15) * unit
            }
            offset += 1
        }
        return offset > start ? (part, unit) : nil
    }

    /// The offset of the time zone from UTC in microseconds; 0 where none is given; `nil` if anything else follows.
    private mutating func zone() -> Int64? {
        if isAtEnd { return 0 }
        if take(UInt8(ascii: "Z")) { return isAtEnd ? 0 : nil }
        let sign: Int64
        if take(UInt8(ascii: "+")) { sign = 1 } else if take(UInt8(ascii: "-")) { sign = -1 } else { return nil }
        guard let hours = digits(2), hours <= 14, take(UInt8(ascii: ":")), let minutes = digits(2), minutes < 60,
            isAtEnd
        else { return nil }
        return sign * Int64(hours * 60 + minutes) * 60_000_000
    }
}
