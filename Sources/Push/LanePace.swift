/// How many parts go at a time: fewer when the line or the server is bad, one more after each row of successes.
package struct LanePace: Sendable {
    package let most: Int
    package private(set) var allowed: Int
    private var successes = 0
    private var cutAt: UInt64?

    /// What goes wrong in so short a time has one cause.
    private static let cutNanoseconds: UInt64 = 2_000_000_000

    package init(most: Int) {
        self.most = max(most, 1)
        allowed = self.most
    }

    /// A part went through.
    package mutating func succeed() {
        successes += 1
        guard successes >= allowed * 2 else { return }
        successes = 0
        if allowed < most { allowed += 1 }
    }

    /// A part did not go through.
    /// - Parameter now: nanoseconds of a clock that never goes back.
    package mutating func fail(now: UInt64) {
        successes = 0
        if let cutAt, now - cutAt < Self.cutNanoseconds { return }
        cutAt = now
        allowed = max(1, allowed / 2)
    }
}
