/// How often something may be done: so many times in a span, and so many at once.
package struct Rate: Sendable, Equatable {
    /// Nanoseconds from one to the next where they come evenly.
    let intervalNanoseconds: UInt64
    /// How far ahead of that they may be.
    let burstNanoseconds: UInt64

    /// - Parameters:
    ///   - count: at least 1; how many in `seconds` in the long run.
    ///   - seconds: at least 1.
    ///   - burst: at least 1; how many at once after a pause. `count` where it is left out.
    package init(_ count: Int, perSeconds seconds: Int = 1, burst: Int? = nil) {
        let seconds = UInt64(min(max(seconds, 1), 86_400))
        intervalNanoseconds = max(1, seconds * 1_000_000_000 / UInt64(max(count, 1)))
        let burst = UInt64(min(max(burst ?? count, 1), 1_000_000))
        burstNanoseconds = intervalNanoseconds * burst
    }
}

/// Whether one more is within the rate.
package enum RateDecision: Sendable, Equatable {
    case allowed
    /// Not before so many nanoseconds have passed.
    case refused(waitNanoseconds: UInt64)

    package var isAllowed: Bool { self == .allowed }
}
