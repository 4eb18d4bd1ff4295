internal import Base

/// The buckets by which dates are found: days, months, years and decades of UTC from 1800 to 2299, and one bucket each
/// for all that is earlier and all that is later, open ends included.
package enum DateBucket {
    enum Level: UInt64 {
        case day = 1
        case month = 2
        case year = 3
        case decade = 4
        case earlier = 5
        case later = 6
    }

    static let microsecondsPerDay: Int64 = 86_400_000_000
    /// 1800-01-01 and 2300-01-01 in days since 1970-01-01.
    static let firstDay = CalendarDate(year: 1800, month: 1, day: 1).daysSinceEpoch
    static let endDay = CalendarDate(year: 2300, month: 1, day: 1).daysSinceEpoch

    /// The day of a moment, rounded down.
    @inline(__always)
    package static func day(of moment: Int64) -> Int {
        let quotient = moment / microsecondsPerDay
        return Int(moment % microsecondsPerDay < 0 ? quotient - 1 : quotient)
    }

    /// What is hashed for a bucket: level and number in one word.
    @inline(__always)
    static func word(_ level: Level, _ number: Int) -> UInt64 {
        UInt64(bitPattern: Int64(number)) << 3 | level.rawValue
    }

    /// The buckets of a moment, fine to coarse: four of the calendar, or one that lies outside of it.
    package struct Ladder {
        /// The day; where `isOutside`, the one bucket.
        package var day: UInt64
        /// The month; 0 where `isOutside`.
        package var month: UInt64 = 0
        /// The year; 0 where `isOutside`.
        package var year: UInt64 = 0
        /// The decade; 0 where `isOutside`.
        package var decade: UInt64 = 0
        /// Whether there is one bucket only, in `day`.
        package var isOutside = false

        /// The buckets of a moment in microseconds since 1970-01-01T00:00:00Z.
        @inline(__always)
        package init(_ moment: Int64) {
            let number = DateBucket.day(of: moment)
            guard number >= DateBucket.firstDay else {
                day = DateBucket.word(.earlier, 0)
                isOutside = true
                return
            }
            guard number < DateBucket.endDay else {
                day = DateBucket.word(.later, 0)
                isOutside = true
                return
            }
            let date = CalendarDate(daysSinceEpoch: number)
            day = DateBucket.word(.day, number)
            month = DateBucket.word(.month, date.year * 12 + date.month - 1)
            year = DateBucket.word(.year, date.year)
            decade = DateBucket.word(.decade, date.year / 10)
        }
    }

    /// The buckets that hold every moment from `low` to `high`, and of these the ones that hold no other.
    package static func cover(low: Int64, high: Int64) -> (inner: [UInt64], edge: [UInt64]) {
        guard low <= high else { return ([], []) }
        var inner: [UInt64] = []
        var edge: [UInt64] = []
        var first = day(of: low)
        var last = day(of: high)
        if first < firstDay {
            if low == .min && last >= firstDay {
                inner.append(word(.earlier, 0))
            } else {
                edge.append(word(.earlier, 0))
            }
            first = firstDay
        } else if first < endDay, Int64(first) * microsecondsPerDay < low {
            edge.append(word(.day, first))
            if first == last { return (inner, edge) }
            first += 1
        }
        if last >= endDay {
            if high == .max && day(of: low) < endDay {
                inner.append(word(.later, 0))
            } else {
                edge.append(word(.later, 0))
            }
            last = endDay - 1
        } else if last >= firstDay, Int64(last + 1) * microsecondsPerDay - 1 > high {
            if last >= first { edge.append(word(.day, last)) }
            last -= 1
        }
        if first <= last { appendDays(first, last, to: &inner) }
        return (inner, edge)
    }

    /// Whole days as the fewest decades, years, months and days.
    private static func appendDays(_ first: Int, _ last: Int, to words: inout [UInt64]) {
        var next = first
        while next <= last {
            let date = CalendarDate(daysSinceEpoch: next)
            let decadeEnd = CalendarDate(year: date.year / 10 * 10 + 10, month: 1, day: 1).daysSinceEpoch
            let yearEnd = CalendarDate(year: date.year + 1, month: 1, day: 1).daysSinceEpoch
            let monthEnd = next + CalendarDate.daysInMonth(date.month, year: date.year)
            let isYearStart = date.month == 1 && date.day == 1
            if isYearStart, date.year % 10 == 0, decadeEnd <= last + 1 {
                words.append(word(.decade, date.year / 10))
                next = decadeEnd
            } else if isYearStart, yearEnd <= last + 1 {
                words.append(word(.year, date.year))
                next = yearEnd
            } else if date.day == 1, monthEnd <= last + 1 {
                words.append(word(.month, date.year * 12 + date.month - 1))
                next = monthEnd
            } else {
                words.append(word(.day, next))
                next += 1
            }
        }
    }
}
