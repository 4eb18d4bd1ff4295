package import Base

/// Which firings of a schedule are to be made up for now: a pure decision.
package struct ScheduleDue: Hashable, Sendable {
    /// In order.
    package var fire: [Instant] = []
    package var missed: Missed?
    /// No firing up to this moment is to come any more.
    package var last: Instant
    /// The next one; `nil` if none is to come.
    package var next: Instant?

    package struct Missed: Hashable, Sendable {
        package var first: Instant
        package var last: Instant
        package var count: Int
    }

    /// A clock that was this far ahead, and was set back, is believed to have been wrong: what is to come goes by the new
    /// time. Less than that, and nothing fires until the clock has come to where it was.
    package static let clockErrorSecondsMax = 86_400.0
    /// Firings further back than this are not looked for.
    package static let lookBackSecondsMax = 366.0 * 86_400
    /// A firing that is late by less is on time.
    static let graceSeconds = 60.0

    /// - Parameters:
    ///   - last: as `last` of the decision before.
    ///   - now: the machine's clock.
    package init(_ schedule: JobSchedule, last: Instant, now: Instant, zone: TimeZoneRules) {
        let isWrong = now < last.advanced(bySeconds: -Self.clockErrorSecondsMax)
        let begin = isWrong ? now : max(last, now.advanced(bySeconds: -Self.lookBackSecondsMax))
        let room =
            switch schedule.missed {
            case .all(let max): max
            case .coalesce, .skip: 1
            }
        self.last = isWrong ? now : last
        var newest: [Instant] = []
        var first: Instant?
        var count = 0
        next = schedule.cron.next(after: begin, in: zone)
        while let due = next, due <= now {
            first = first ?? due
            count += 1
            newest.append(due)
            // One more than are fired, for where the missed ones end.
            if newest.count > 2 * room + 2 { newest.removeFirst(newest.count - room - 1) }
            self.last = due
            next = schedule.cron.next(after: due, in: zone)
        }
        fire = Array(newest.suffix(room))
        if case .skip = schedule.missed {
            fire = fire.filter { now < $0.advanced(bySeconds: Self.graceSeconds) }
        }
        guard count > fire.count, let first else { return }
        let lastMissed = fire.first.map { fired in newest.last { $0 < fired } ?? first } ?? newest.last ?? first
        missed = Missed(first: first, last: lastMissed, count: count - fire.count)
    }
}
