package import Base

extension CronExpression {
    /// The first time after a moment, by the clock on the wall of a zone; `nil` if there is none in sixty years.
    ///
    /// Where the hours are restricted, a time that the zone skips comes once, at the first instant after the gap, and a
    /// time that comes twice counts the first time alone. Where every hour is meant, it comes at each instant at which the
    /// clock shows a time that matches: not in a gap, and in both passes of an hour that is repeated.
    package func next(after moment: Instant, in zone: TimeZoneRules) -> Instant? {
        let before = Self.seconds(moment)
        guard let next = isEveryHour ? nextPassing(before, zone) : nextNamed(before, zone) else { return nil }
        return Instant(microseconds: next * 1_000_000)
    }

    private static let yearsMax = 60

    /// Whole seconds, so that what is after the moment is after them.
    private static func seconds(_ moment: Instant) -> Int64 {
        let (whole, rest) = moment.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? whole - 1 : whole
    }

    private static func day(_ local: Int64) -> Int {
        Int(local >= 0 ? local / 86_400 : (local - 86_399) / 86_400)
    }

    // MARK: Restricted hours

    private func nextNamed(_ before: Int64, _ zone: TimeZoneRules) -> Int64? {
        // A day earlier, for what a gap has moved.
        let first = Self.day(before + zone.offset(at: before)) - 1
        let times = hour.numbers.flatMap { hour in minute.numbers.map { Int64(hour * 3600 + $0 * 60) } }
        var day = first
        while let date = matchingDay(from: day, limit: first + Self.yearsMax * 366) {
            for time in times {
                let found = zone.instant(ofLocal: Int64(date) * 86_400 + time)
                if found > before { return found }
            }
            day = date + 1
        }
        return nil
    }

    /// The first day that matches, as days since 1970, from one on.
    private func matchingDay(from first: Int, limit: Int) -> Int? {
        var day = first
        while day <= limit {
            let date = CalendarDate(daysSinceEpoch: day)
            if !matches(month: date.month) {
                day += CalendarDate.daysInMonth(date.month, year: date.year) - date.day + 1
            } else if matches(date) {
                return day
            } else {
                day += 1
            }
        }
        return nil
    }

    // MARK: Every hour

    private func nextPassing(_ before: Int64, _ zone: TimeZoneRules) -> Int64? {
        let first = Self.day(before + zone.offset(at: before))
        var time = before + 1
        while true {
            let offset = zone.offset(at: time)
            let local = time + offset
            let day = Self.day(local)
            guard let match = matchingDay(from: day, limit: first + Self.yearsMax * 366) else { return nil }
            if match > day {
                time = max(time + 1, zone.instant(ofLocal: Int64(match) * 86_400))
                continue
            }
            let ofDay = Int(local - Int64(day) * 86_400)
            let ofHour = ofDay % 3600
            if ofHour % 60 == 0, minute.contains(ofHour / 60) { return time }
            // To the next minute that matches, or the next hour; not past a change of the offset.
            let target = minute.numbers.first { $0 * 60 > ofHour }.map { $0 * 60 } ?? 3600
            let next = time + Int64(target - ofHour)
            time = zone.change(after: time, upTo: next) ?? next
        }
    }
}
