package import Base

/// A moment as a server wrote it. What is asked for later (`_since`) repeats its very text, whatever its precision.
/// - Source: FHIR R4 instant, https://hl7.org/fhir/R4/datatypes.html#instant
package struct FHIRInstant: Hashable, Sendable {
    package let text: String
    package let instant: Instant

    /// - Returns: `nil` for anything but a moment with date, time and zone: `2026-01-31T08:00:00.123+01:00`.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (20...40).contains(bytes.count), bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
            let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
            year > 0, (1...12).contains(month), (1...CalendarDate.daysInMonth(month, year: year)).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var place = 19
        var microseconds: Int64 = 0
        if bytes[place] == UInt8(ascii: ".") {
            var unit: Int64 = 100_000
            place += 1
            let start = place
            while place < bytes.count, let digit = Self.number(bytes[place...place]) {
                microseconds += Int64(digit) * unit
                unit /= 10
                place += 1
            }
            guard place > start else { return nil }
        }
        guard let zone = Self.zoneMinutes(bytes[place...]) else { return nil }
        let days = Int64(CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
        let seconds = days * 86_400 + Int64(hour * 3_600 + minute * 60 + second - zone * 60)
        instant = Instant(microseconds: seconds * 1_000_000 + microseconds)
        self.text = text
    }

    /// A moment of this machine, in milliseconds of UTC.
    package init(_ instant: Instant) {
        let milliseconds =
            instant.microseconds >= 0 ? instant.microseconds / 1_000 : (instant.microseconds - 999) / 1_000
        let day = Int(milliseconds >= 0 ? milliseconds / 86_400_000 : (milliseconds - 86_399_999) / 86_400_000)
        let rest = Int(milliseconds) - day * 86_400_000
        let date = CalendarDate(daysSinceEpoch: day)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        text =
            "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
            + "\(padded(rest / 3_600_000, 2)):\(padded(rest / 60_000 % 60, 2)):\(padded(rest / 1_000 % 60, 2))."
            + "\(padded(rest % 1_000, 3))Z"
        self.instant = Instant(microseconds: milliseconds * 1_000)
    }

    private static func zoneMinutes(_ bytes: ArraySlice<UInt8>) -> Int? {
        if bytes.elementsEqual("Z".utf8) { return 0 }
        let text = Array(bytes)
        guard text.count == 6, text[3] == UInt8(ascii: ":"), let hours = number(text[1..<3]),
            let minutes = number(text[4..<6]), hours <= 14, minutes < 60
        else { return nil }
        switch text[0] {
        case UInt8(ascii: "+"): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
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
