internal import Base

/// A rule for the time of a zone in all years, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
/// - Source: POSIX.1-2017, 8.3, TZ; with hours from -167 to 167 as in RFC 8536, 3.3.1.
struct PosixTimeRule: Hashable, Sendable {
    /// A day of each year, with the time of the clock at which the offset changes.
    struct Date: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// 1 to 365; 29 February is not counted.
            case julian(Int)
            /// 0 to 365; 29 February counts.
            case ofYear(Int)
            /// The week is 1 to 5, 5 for the last; the weekday is 0 for Sunday.
            case ofMonth(month: Int, week: Int, weekday: Int)
        }

        var day: Day
        var seconds: Int64

        /// The moment in a year, by a clock of an offset.
        func time(year: Int, offset: Int64) -> Int64 {
            Int64(days(year: year)) * 86_400 + seconds - offset
        }

        private func days(year: Int) -> Int {
            let first = CalendarDate(year: year, month: 1, day: 1).daysSinceEpoch
            switch day {
            case .julian(let number):
                let isLeap = CalendarDate.daysInMonth(2, year: year) == 29
                return first + number - 1 + (isLeap && number >= 60 ? 1 : 0)
            case .ofYear(let number): return first + number
            case .ofMonth(let month, let week, let weekday):
                let begin = CalendarDate(year: year, month: month, day: 1).daysSinceEpoch
                let firstWeekday = ((begin + 4) % 7 + 7) % 7
                var dayOfMonth = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
                if dayOfMonth >= CalendarDate.daysInMonth(month, year: year) { dayOfMonth -= 7 }
                return begin + dayOfMonth
            }
        }
    }

    /// Seconds east of Greenwich.
    var standardOffset: Int64
    /// In summer, with when that begins and ends; `nil` for a zone that has none.
    var summer: Summer?

    struct Summer: Hashable, Sendable {
        var offset: Int64
        var start: Date
        var end: Date
    }

    func offset(at time: Int64) -> Int64 {
        guard summer != nil else { return standardOffset }
        // Every year has its changes.
        return changes(after: time - 800 * 86_400, upTo: time).last?.offset ?? standardOffset
    }

    /// The changes of the offset after one moment and not after another, in order.
    func changes(after first: Int64, upTo last: Int64) -> [TimeZoneRules.Change] {
        guard let summer, first < last else { return [] }
        var found: [TimeZoneRules.Change] = []
        for year in Self.year(first) - 1...Self.year(last) + 1 {
            // The end first: where summer time begins anew at the moment at which it ends, it never ends.
            let end = summer.end.time(year: year, offset: summer.offset)
            found.append(TimeZoneRules.Change(time: end, offset: standardOffset))
            let start = summer.start.time(year: year, offset: standardOffset)
            found.append(TimeZoneRules.Change(time: start, offset: summer.offset))
        }
        let order = found.enumerated().sorted { left, right in
            (left.element.time, left.element.offset == summer.offset ? 1 : 0, left.offset)
                < (right.element.time, right.element.offset == summer.offset ? 1 : 0, right.offset)
        }
        return order.map(\.element).filter { $0.time > first && $0.time <= last }
    }

    private static func year(_ time: Int64) -> Int {
        // Far beyond all dates that mean something, where a day's number would overflow.
        let bounded = max(-10_000_000_000_000, min(time, 10_000_000_000_000))
        return CalendarDate(daysSinceEpoch: Int(bounded / 86_400)).year
    }
}
