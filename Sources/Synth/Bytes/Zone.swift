internal import Base

/// The offset of a place's clocks from UTC, in whole hours.
package struct Zone: Sendable {
    /// Hours east of UTC in winter; negative in the United States.
    let standardHours: Int
    /// False where the clocks are never moved.
    let hasSummerTime: Bool

    /// As in New York.
    package static let eastern = Zone(standardHours: -5, hasSummerTime: true)
    /// As in Chicago.
    package static let central = Zone(standardHours: -6, hasSummerTime: true)
    static let mountain = Zone(standardHours: -7, hasSummerTime: true)
    /// As in Phoenix.
    package static let arizona = Zone(standardHours: -7, hasSummerTime: false)
    /// As in Los Angeles.
    package static let pacific = Zone(standardHours: -8, hasSummerTime: true)
    static let alaska = Zone(standardHours: -9, hasSummerTime: true)
    /// As in Honolulu.
    package static let hawaii = Zone(standardHours: -10, hasSummerTime: false)

    /// The offset on a whole day, counted from 1970-01-01.
    ///
    /// Summer time runs from the second Sunday of March to the first of November; before 2007 from the first Sunday
    /// of April to the last of October.
    func offsetHours(on day: Int) -> Int {
        guard hasSummerTime else { return standardHours }
        let date = CalendarDate(daysSinceEpoch: day)
        if date.month < 3 || date.month > 11 { return standardHours }
        if date.month > 4 && date.month < 10 { return standardHours + 1 }
        let starts: Int
        let ends: Int
        if date.year >= 2007 {
            starts = Zone.sunday(onOrAfter: CalendarDate(year: date.year, month: 3, day: 8))
            ends = Zone.sunday(onOrAfter: CalendarDate(year: date.year, month: 11, day: 1))
        } else {
            starts = Zone.sunday(onOrAfter: CalendarDate(year: date.year, month: 4, day: 1))
            ends = Zone.sunday(onOrAfter: CalendarDate(year: date.year, month: 10, day: 25))
        }
        return day >= starts && day < ends ? standardHours + 1 : standardHours
    }

    private static func sunday(onOrAfter date: CalendarDate) -> Int {
        let day = date.daysSinceEpoch
        return day + (7 - weekday(day)) % 7
    }

    /// 0 for Sunday to 6 for Saturday; `day` is counted from 1970-01-01, a Thursday.
    package static func weekday(_ day: Int) -> Int {
        ((day + 4) % 7 + 7) % 7
    }
}
