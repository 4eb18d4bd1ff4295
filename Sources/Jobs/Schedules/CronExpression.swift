internal import Base

/// When something is to happen, in the five fields of cron: minute, hour, day of month, month, day of week.
///
/// Fields take numbers, ranges, lists, steps and, for months and days of the week, names. Where both fields of days are
/// restricted (neither begins with `*`), a day counts that meets one of them; else it must meet both.
/// - Source: POSIX.1-2017, crontab; steps, names and `@daily` as in Vixie cron.
package struct CronExpression: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    package let description: String
    let minute: CronField
    let hour: CronField
    private let dayOfMonth: CronField
    private let month: CronField
    private let dayOfWeek: CronField

    private static let short = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    private static let bytesMax = 256

    /// - Throws: `JobsError.invalid` if it is malformed, or names a day that no year has.
    package init(_ text: String) throws(JobsError) {
        guard text.utf8.count <= Self.bytesMax else {
            throw JobsError(.invalid, "a cron expression has at most \(Self.bytesMax) bytes")
        }
        let whole = Self.short[text.lowercased()] ?? text
        let fields = whole.split { $0 == " " || $0 == "\t" }
        guard fields.count == 5 else {
            throw JobsError(.invalid, "a cron expression has five fields, or is one of @hourly, @daily, @weekly …")
        }
        description = text
        minute = try CronField(fields[0], .minute)
        hour = try CronField(fields[1], .hour)
        dayOfMonth = try CronField(fields[2], .dayOfMonth)
        month = try CronField(fields[3], .month)
        var dayOfWeek = try CronField(fields[4], .dayOfWeek)
        dayOfWeek.foldSunday()
        self.dayOfWeek = dayOfWeek
        // Leap years have all the days there are.
        let isPossible = month.numbers.contains { month in
            (dayOfMonth.numbers.first ?? 32) <= CalendarDate.daysInMonth(month, year: 2000)
        }
        guard isPossible || isEitherDay else {
            throw JobsError(.invalid, "a cron expression names a day that no year has")
        }
    }

    /// Whether it happens in every hour: then it follows the time that passes, not the clock on the wall.
    var isEveryHour: Bool { hour.numbers.count == 24 }

    /// Whether meeting one of the fields of days is enough.
    private var isEitherDay: Bool { !dayOfMonth.isStarred && !dayOfWeek.isStarred }

    func matches(month: Int) -> Bool { self.month.contains(month) }

    func matches(_ date: CalendarDate) -> Bool {
        guard month.contains(date.month) else { return false }
        let isOfMonth = dayOfMonth.contains(date.day)
        // 1970-01-01 was a Thursday.
        let isOfWeek = dayOfWeek.contains(((date.daysSinceEpoch + 4) % 7 + 7) % 7)
        return isEitherDay ? isOfMonth || isOfWeek : isOfMonth && isOfWeek
    }
}
