package import Base

/// Counts failed attempts and says when the next may come: a pure machine, which its owner asks and keeps.
///
/// An attempt counts as failed from when it is let in, so that many at once gain nothing; `succeeded` takes it back.
package struct SignInThrottle: Sendable {
    /// What an attempt is counted against.
    package enum Kind: Hashable, Sendable {
        case pair, address, account, mail
    }

    /// One thing that attempts are counted against, by its hash.
    package struct Subject: Hashable, Sendable {
        package var kind: Kind
        /// 32 bytes that stand for it alone.
        package var hash: [UInt8]

        package init(_ kind: Kind, hash: [UInt8]) {
            self.kind = kind
            self.hash = hash
        }
    }

    /// What is known of a subject.
    package struct Count: Hashable, Sendable {
        package var failures: Int
        package var last: Instant
        package var blockedUntil: Instant
    }

    /// Whether an attempt may be made.
    package enum Decision: Hashable, Sendable {
        case admit
        case wait(seconds: Int)
    }

    private let rules: ThrottleRules
    private let subjectsMax: Int
    package private(set) var counts: [[UInt8]: Count] = [:]

    package init(rules: ThrottleRules, subjectsMax: Int = 100_000) {
        self.rules = rules
        self.subjectsMax = subjectsMax
    }

    /// Takes back what was kept over a restart.
    package mutating func restore(hash: [UInt8], _ count: Count) {
        counts[hash] = count
    }

    /// Whether an attempt may go on. One that may is counted against all its subjects; one that must wait counts for
    /// nothing, so that asking does not prolong the wait.
    package mutating func admit(_ subjects: [Subject], at now: Instant) -> Decision {
        let wait =
            subjects.map { subject in
                present(subject, at: now).map { $0.blockedUntil.microseconds - now.microseconds } ?? 0
            }.max() ?? 0
        if wait > 0 { return .wait(seconds: Int((wait + 999_999) / 1_000_000)) }
        makeRoom(at: now)
        for subject in subjects {
            let rule = rule(of: subject.kind)
            let failures = (present(subject, at: now)?.failures ?? 0) + 1
            counts[subject.hash] = Count(
                failures: failures, last: now,
                blockedUntil: now.advanced(bySeconds: Self.waitSeconds(rule, failures: failures)))
        }
        return .admit
    }

    /// An attempt was right: what it was made with starts anew, and it no longer counts against the rest.
    package mutating func succeeded(_ subjects: [Subject], at now: Instant) {
        for subject in subjects where subject.kind == .pair { counts[subject.hash] = nil }
        retract(subjects.filter { $0.kind != .pair }, at: now)
    }

    /// An attempt was neither right nor wrong: it counts for nothing.
    package mutating func retract(_ subjects: [Subject], at now: Instant) {
        for subject in subjects {
            guard let count = counts[subject.hash] else { continue }
            guard count.failures > 1 else {
                counts[subject.hash] = nil
                continue
            }
            counts[subject.hash]?.failures = count.failures - 1
            counts[subject.hash]?.blockedUntil = now
        }
    }

    private static func waitSeconds(_ rule: ThrottleRules.Rule, failures: Int) -> Double {
        guard failures >= rule.free else { return 0 }
        var wait = rule.baseSeconds
        for _ in 0..<min(failures - rule.free, 32) { wait *= 2 }
        return min(wait, rule.waitSecondsMax)
    }

    private func rule(of kind: Kind) -> ThrottleRules.Rule {
        switch kind {
        case .pair: rules.pair
        case .address: rules.address
        case .account: rules.account
        case .mail: rules.mail
        }
    }

    private func present(_ subject: Subject, at now: Instant) -> Count? {
        guard let count = counts[subject.hash] else { return nil }
        return count.last.advanced(bySeconds: rule(of: subject.kind).forgetSeconds) < now ? nil : count
    }

    /// Lets go of the oldest quarter when there are too many: a flood of made-up names must not take all memory.
    private mutating func makeRoom(at now: Instant) {
        guard counts.count >= subjectsMax else { return }
        // What still waits goes last: it is what the flood would like to be forgotten.
        let order = counts.sorted { left, right in
            (left.value.blockedUntil, left.value.last) < (right.value.blockedUntil, right.value.last)
        }
        for (hash, _) in order.prefix(max(1, subjectsMax / 4)) { counts[hash] = nil }
    }
}
