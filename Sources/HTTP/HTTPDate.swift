package import Base

/// Dates of header fields, in whole seconds of UTC: `Sun, 06 Nov 1994 08:49:37 GMT`.
/// - Source: RFC 9110 section 5.6.7, IMF-fixdate.
package enum HTTPDate {
    /// 1970-01-01 was a Thursday.
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let secondsPerDay: Int64 = 86_400

    /// `instant`, rounded down to the second; outside the years 0 to 9999 the nearest second within.
    package static func format(_ instant: Instant) -> String {
        let first = Int64(CalendarDate(year: 0, month: 1, day: 1).daysSinceEpoch) * secondsPerDay
        let end = Int64(CalendarDate(year: 10_000, month: 1, day: 1).daysSinceEpoch) * secondsPerDay
        let seconds = min(max(floorDivide(instant.microseconds, 1_000_000), first), end - 1)
        let day = Int(floorDivide(seconds, secondsPerDay))
        let second = Int(seconds) - day * Int(secondsPerDay)
        let date = CalendarDate(daysSinceEpoch: day)
        let weekday = days[((day % 7) + 7) % 7]
        return "\(weekday), \(padded(date.day, 2)) \(months[date.month - 1]) \(padded(date.year, 4)) "
            + "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2)) GMT"
    }

    /// The moment that `text` names.
    /// - Returns: `nil` for anything but an IMF-fixdate of a day that exists. The day of the week is not compared;
    ///   a leap second counts as the first second of the next minute.
    package static func parse(_ text: String) -> Instant? {
        let bytes = Array(text.utf8)
        guard bytes.count == 29, bytes[3] == UInt8(ascii: ","),
            days.contains(String(decoding: bytes[0..<3], as: UTF8.self)),
            [4, 7, 11, 16, 25].allSatisfy({ bytes[$0] == UInt8(ascii: " ") }),
            bytes[19] == UInt8(ascii: ":"), bytes[22] == UInt8(ascii: ":"),
            bytes[26...].elementsEqual("GMT".utf8),
            let month = months.firstIndex(of: String(decoding: bytes[8..<11], as: UTF8.self)).map({ $0 + 1 }),
            let day = number(bytes[5..<7]), let year = number(bytes[12..<16]),
            let hour = number(bytes[17..<19]), let minute = number(bytes[20..<22]), let second = number(bytes[23..<25]),
            (1...CalendarDate.daysInMonth(month, year: year)).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        let date = CalendarDate(year: year, month: month, day: day)
        let seconds = Int64(date.daysSinceEpoch) * secondsPerDay + Int64(hour * 3600 + minute * 60 + second)
        return Instant(microseconds: seconds * 1_000_000)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value / divisor - (value % divisor < 0 ? 1 : 0)
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
