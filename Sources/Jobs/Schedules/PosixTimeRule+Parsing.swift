extension PosixTimeRule {
    /// - Returns: `nil` if the text is no rule.
    init?(_ text: String) {
        guard text.utf8.count <= 256 else { return nil }
        var reader = Reader(rest: Array(text.utf8)[...])
        guard reader.skipName(), let west = reader.time(hoursMax: 24) else { return nil }
        standardOffset = -west
        guard !reader.rest.isEmpty else { return }
        guard reader.skipName() else { return nil }
        var offset = standardOffset + 3600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let west = reader.time(hoursMax: 24) else { return nil }
            offset = -west
        }
        guard reader.skip(","), let start = reader.date(), reader.skip(","), let end = reader.date(),
            reader.rest.isEmpty
        else { return nil }
        summer = Summer(offset: offset, start: start, end: end)
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        /// Three letters or more, or anything sensible in angle brackets.
        mutating func skipName() -> Bool {
            if skip("<") {
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")),
                    rest.distance(from: rest.startIndex, to: end) >= 3
                else { return false }
                rest = rest[(end + 1)...]
                return true
            }
            let letters = rest.prefix { byte in
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            }
            guard letters.count >= 3 else { return false }
            rest.removeFirst(letters.count)
            return true
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard (1...3).contains(digits.count) else { return nil }
            rest.removeFirst(digits.count)
            let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            return range.contains(number) ? number : nil
        }

        /// `[+-]hh[:mm[:ss]]`, in seconds.
        mutating func time(hoursMax: Int) -> Int64? {
            var sign: Int64 = 1
            if skip("-") { sign = -1 } else { _ = skip("+") }
            guard let hours = number(0...hoursMax) else { return nil }
            var seconds = hours * 3600
            if skip(":") {
                guard let minutes = number(0...59) else { return nil }
                seconds += minutes * 60
                if skip(":") {
                    guard let rest = number(0...59) else { return nil }
                    seconds += rest
                }
            }
            return sign * Int64(seconds)
        }

        mutating func date() -> Date? {
            let day: Date.Day
            if skip("J") {
                guard let number = number(1...365) else { return nil }
                day = .julian(number)
            } else if skip("M") {
                guard let month = number(1...12), skip("."), let week = number(1...5), skip("."),
                    let weekday = number(0...6)
                else { return nil }
                day = .ofMonth(month: month, week: week, weekday: weekday)
            } else {
                guard let number = number(0...365) else { return nil }
                day = .ofYear(number)
            }
            guard skip("/") else { return Date(day: day, seconds: 7200) }
            return time(hoursMax: 167).map { Date(day: day, seconds: $0) }
        }
    }
}
