internal import Base

/// Recognises R4's texts of date and time.
///
/// Years are 0001 to 9999, days are real days, a second may be 60 (a leap second), hours end at 23. Where there is a
/// time there are seconds and a zone, from -14:00 to +14:00.
/// - Source: FHIR R4 datatypes, https://hl7.org/fhir/R4/datatypes.html#dateTime
enum DateFormat {
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    static func isDate(_ text: UnsafeRawBufferPointer) -> Bool {
        switch text.count {
        case 4: year(text) != nil
        case 7: year(text) != nil && month(text) != nil
        case 10: isDay(text)
        default: false
        }
    }

    /// A date, or a whole date with time and zone.
    static func isDateTime(_ text: UnsafeRawBufferPointer) -> Bool {
        text.count <= 10 ? isDate(text) : isInstant(text)
    }

    /// `YYYY-MM-DDThh:mm:ss[.sss](Z|±hh:mm)`.
    static func isInstant(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count >= 20, isDay(text), text[10] == UInt8(ascii: "T"),
            let end = timeEnd(text, from: 11), end < text.count
        else { return false }
        return isZone(text, from: end)
    }

    /// `hh:mm:ss[.sss]`.
    static func isTime(_ text: UnsafeRawBufferPointer) -> Bool {
        timeEnd(text, from: 0) == text.count
    }

    @inline(__always)
    private static func two(_ text: UnsafeRawBufferPointer, _ offset: Int) -> Int? {
        let tens = text[offset] &- UInt8(ascii: "0")
        let ones = text[offset + 1] &- UInt8(ascii: "0")
        guard tens < 10, ones < 10 else { return nil }
        return Int(tens) * 10 + Int(ones)
    }

    @inline(__always)
    private static func year(_ text: UnsafeRawBufferPointer) -> Int? {
        guard let high = two(text, 0), let low = two(text, 2), high + low > 0 else { return nil }
        return high * 100 + low
    }

    @inline(__always)
    private static func month(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text[4] == UInt8(ascii: "-"), let month = two(text, 5), 1...12 ~= month else { return nil }
        return month
    }

    @inline(__always)
    private static func isDay(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let year = year(text), let month = month(text), text[7] == UInt8(ascii: "-"), let day = two(text, 8),
            day >= 1
        else { return false }
        return day <= 28 || day <= CalendarDate.daysInMonth(month, year: year)
    }

    /// Where the time that starts at `start` ends; `nil` if there is none.
    private static func timeEnd(_ text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard text.count >= start + 8, let hour = two(text, start), hour < 24,
            text[start + 2] == UInt8(ascii: ":"), let minute = two(text, start + 3), minute < 60,
            text[start + 5] == UInt8(ascii: ":"), let second = two(text, start + 6), second <= 60
        else { return nil }
        var end = start + 8
        guard end < text.count, text[end] == UInt8(ascii: ".") else { return end }
        end += 1
        let fraction = end
        while end < text.count && isDigit(text[end]) { end += 1 }
        return end > fraction ? end : nil
    }

    private static func isZone(_ text: UnsafeRawBufferPointer, from start: Int) -> Bool {
        let sign = text[start]
        if sign == UInt8(ascii: "Z") { return text.count == start + 1 }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), text.count == start + 6,
            let hour = two(text, start + 1), text[start + 3] == UInt8(ascii: ":"), let minute = two(text, start + 4)
        else { return false }
        return hour < 14 && minute < 60 || hour == 14 && minute == 0
    }
}
