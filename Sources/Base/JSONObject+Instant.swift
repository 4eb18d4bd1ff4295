extension JSONObject {
    /// Adds a member with a moment to the millisecond, in UTC.
    package func add(_ name: String, _ value: Instant) {
        add(name, InstantText.of(value))
    }
}

/// Moments as texts.
package enum InstantText {
    /// `2026-11-21T20:06:53.123Z`
    package static func of(_ instant: Instant) -> String {
        let milliseconds = Int(max(0, instant.microseconds) / 1000)
        let date = CalendarDate(daysSinceEpoch: milliseconds / 86_400_000)
        let seconds = milliseconds / 1000 % 86_400
        let day = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
        let time = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return "\(day)T\(time).\(padded(milliseconds % 1000, 3))Z"
    }

    private static func padded(_ value: Int, _ count: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}
