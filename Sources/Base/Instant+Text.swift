extension ByteWriter {
    /// A moment in UTC, to the microsecond: `2026-01-31T08:05:09.123456Z`, which is a FHIR `instant` as well.
    /// - Source: RFC 3339 section 5.6.
    package func writeTimestamp(_ instant: Instant) {
        let microsecondsPerDay: Int64 = 86_400_000_000
        var days = instant.microseconds / microsecondsPerDay
        var rest = instant.microseconds % microsecondsPerDay
        if rest < 0 {
            days -= 1
            rest += microsecondsPerDay
        }
        let date = CalendarDate(daysSinceEpoch: Int(days))
        let seconds = Int(rest / 1_000_000)
        writeDigits(date.year, 4)
        write(UInt8(ascii: "-"))
        writeDigits(date.month, 2)
        write(UInt8(ascii: "-"))
        writeDigits(date.day, 2)
        write(UInt8(ascii: "T"))
        writeDigits(seconds / 3600, 2)
        write(UInt8(ascii: ":"))
        writeDigits(seconds / 60 % 60, 2)
        write(UInt8(ascii: ":"))
        writeDigits(seconds % 60, 2)
        write(UInt8(ascii: "."))
        writeDigits(Int(rest % 1_000_000), 6)
        write(UInt8(ascii: "Z"))
    }

    /// The last `count` decimal digits of a number that is not negative.
    private func writeDigits(_ value: Int, _ count: Int) {
        var divisor = 1
        for _ in 1..<count { divisor *= 10 }
        var rest = value
        while divisor > 0 {
            write(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / divisor % 10))
            rest %= divisor
            divisor /= 10
        }
    }
}
