internal import Base

/// What the clocks on the wall of a zone show, and when they are changed.
package struct TimeZoneRules: Sendable {
    /// A moment from which another offset holds.
    struct Change: Hashable, Sendable {
        /// Seconds since 1970-01-01T00:00:00Z.
        var time: Int64
        /// Seconds east of Greenwich from then on.
        var offset: Int64
    }

    /// Before the first change.
    private let firstOffset: Int64
    /// In order.
    private let changes: [Change]
    /// What holds after the last change; `nil` if that goes on.
    private let rule: PosixTimeRule?

    init(firstOffset: Int64, changes: [Change], rule: PosixTimeRule?) {
        self.firstOffset = firstOffset
        self.changes = changes
        self.rule = rule
    }

    /// Seconds east of Greenwich at a moment, in seconds since 1970-01-01T00:00:00Z.
    func offset(at time: Int64) -> Int64 {
        guard let last = changes.last, time < last.time else {
            if let rule { return rule.offset(at: time) }
            return changes.last?.offset ?? firstOffset
        }
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? firstOffset : changes[low - 1].offset
    }

    /// The first change after one moment and not after another, if there is one.
    func change(after first: Int64, upTo last: Int64) -> Int64? {
        changes(after: first, upTo: last).first?.time
    }

    /// The moment at which the clock shows a time, in seconds since 1970-01-01T00:00:00 of that clock: the first if it
    /// shows it twice, and the end of the gap if it skips it.
    func instant(ofLocal local: Int64) -> Int64 {
        let start = local - Self.windowSeconds
        let end = local + Self.windowSeconds
        var offset = offset(at: start)
        var from = start
        for change in changes(after: start, upTo: end) {
            let time = local - offset
            if time >= from && time < change.time { return time }
            // The clock goes forward over the time: what it skips is at the end of the gap.
            if change.time + offset <= local && local < change.time + change.offset { return change.time }
            offset = change.offset
            from = change.time
        }
        return local - offset
    }

    /// More than any clock is from Greenwich's, on both sides, even where a zone crosses the date line.
    private static let windowSeconds: Int64 = 36 * 3600

    private func changes(after first: Int64, upTo last: Int64) -> [Change] {
        var found = changes.filter { $0.time > first && $0.time <= last }
        if let rule {
            let begin = max(first, changes.last?.time ?? .min)
            if begin < last {
                // What the table says last holds until the rule does.
                found += rule.changes(after: begin, upTo: last)
            }
        }
        return found
    }
}
