internal import Base

/// A moment of the queue's own time, in microseconds. It never goes back and does not jump when the machine's clock is
/// set: what waits, waits as long as was meant.
package struct QueueTime: Hashable, Comparable, Sendable {
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func < (left: QueueTime, right: QueueTime) -> Bool {
        left.microseconds < right.microseconds
    }

    /// Saturates at the ends of the range.
    package func advanced(byMicroseconds span: Int64) -> QueueTime {
        let (sum, isOver) = microseconds.addingReportingOverflow(span)
        return QueueTime(microseconds: isOver ? (span > 0 ? .max : .min) : sum)
    }
}

/// The queue's own time: at opening it is the machine's clock, or where it stopped if that is later; from then on it goes
/// by the monotonic clock.
struct QueueClock: Sendable {
    private let wall: any Clock
    private let monotonic: @Sendable () -> UInt64
    private let origin: Int64
    private let started: UInt64

    /// - Parameter last: where the queue's time was when it was last written down.
    init(wall: any Clock, monotonic: @escaping @Sendable () -> UInt64, last: QueueTime?) {
        self.wall = wall
        self.monotonic = monotonic
        origin = max(wall.now().microseconds, last?.microseconds ?? .min)
        started = monotonic()
    }

    func now() -> QueueTime {
        QueueTime(microseconds: origin + Int64(clamping: nanoseconds() / 1000))
    }

    /// Since the queue was opened.
    func nanoseconds() -> UInt64 {
        let time = monotonic()
        return time > started ? time - started : 0
    }

    /// The machine's clock, for what people read.
    func wallNow() -> Instant { wall.now() }

    /// When a moment given by the machine's clock comes, if that goes on as it does now.
    func time(of instant: Instant) -> QueueTime {
        let span = instant.microseconds.subtractingReportingOverflow(wallNow().microseconds)
        guard !span.overflow else { return QueueTime(microseconds: instant.microseconds > 0 ? .max : .min) }
        return now().advanced(byMicroseconds: span.partialValue)
    }

    /// What the machine's clock will show then, if it goes on as it does now.
    func instant(of time: QueueTime) -> Instant {
        let span = time.microseconds.subtractingReportingOverflow(now().microseconds)
        guard !span.overflow else { return Instant(microseconds: time.microseconds > 0 ? .max : .min) }
        let (sum, isOver) = wallNow().microseconds.addingReportingOverflow(span.partialValue)
        return Instant(microseconds: isOver ? (span.partialValue > 0 ? .max : .min) : sum)
    }
}
