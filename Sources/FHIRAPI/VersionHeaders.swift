internal import Base
internal import HTTP

/// Header values of a version of a resource, made without going through string interpolation: every read has them.
enum VersionHeaders {
    /// `W/"17"`.
    static func entityTag(_ sequence: UInt64) -> String {
        String(unsafeUninitializedCapacity: 24) { bytes in
            var digits = 1
            var rest = sequence / 10
            while rest > 0 {
                digits += 1
                rest /= 10
            }
            bytes[0] = UInt8(ascii: "W")
            bytes[1] = UInt8(ascii: "/")
            bytes[2] = UInt8(ascii: "\"")
            rest = sequence
            for place in stride(from: digits + 2, to: 2, by: -1) {
                bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            bytes[digits + 3] = UInt8(ascii: "\"")
            return digits + 4
        }
    }

    /// An IMF-fixdate, see `HTTPDate`.
    static func lastModified(_ instant: Instant) -> String {
        var seconds = instant.microseconds / 1_000_000
        if instant.microseconds % 1_000_000 < 0 { seconds -= 1 }
        guard seconds >= 0, seconds < 253_402_300_800 else { return HTTPDate.format(instant) }
        let day = Int(seconds / 86_400)
        let second = Int(seconds % 86_400)
        let date = CalendarDate(daysSinceEpoch: day)
        let weekdays: StaticString = "ThuFriSatSunMonTueWed"
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        return String(unsafeUninitializedCapacity: 29) { bytes in
            func put(_ names: StaticString, _ place: Int, at start: Int) {
                for offset in 0..<3 { bytes[start + offset] = names.utf8Start[place * 3 + offset] }
            }
            func put(_ value: Int, at start: Int) {
                bytes[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10)
                bytes[start + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
            }
            for place in [4, 7, 11, 16, 25] { bytes[place] = UInt8(ascii: " ") }
            put(weekdays, day % 7, at: 0)
            bytes[3] = UInt8(ascii: ",")
            put(date.day, at: 5)
            put(months, date.month - 1, at: 8)
            put(date.year / 100, at: 12)
            put(date.year % 100, at: 14)
            put(second / 3600, at: 17)
            bytes[19] = UInt8(ascii: ":")
            put(second / 60 % 60, at: 20)
            bytes[22] = UInt8(ascii: ":")
            put(second % 60, at: 23)
            put("GMT", 0, at: 26)
            return 29
        }
    }
}
