internal import Glibc

/// A moment in time: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
package struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before it.
    package var microseconds: Int64

    @inlinable
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    @inlinable
    package static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// This moment moved by `seconds`, saturating at the ends of the range.
    package func advanced(bySeconds seconds: Double) -> Instant {
        let moved = Double(microseconds) + seconds * 1_000_000
        if moved >= Double(Int64.max) { return Instant(microseconds: .max) }
        if moved <= Double(Int64.min) { return Instant(microseconds: .min) }
        return Instant(microseconds: Int64(moved))
    }
}

/// Where the time comes from: injected, so that tests need no sleep.
package protocol Clock: Sendable {
    /// The current moment.
    func now() -> Instant
}

/// The machine's real-time clock.
package struct SystemClock: Clock {
    package init() {}

    package func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}

/// Nanoseconds of a clock that never goes back, for measuring spans; its zero means nothing.
package func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
