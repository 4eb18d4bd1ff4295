internal import Base
internal import Synchronization

/// Notes how a count grows while something runs.
package final class RateRecorder: Sendable {
    private struct Point: Sendable {
        var nanoseconds: UInt64
        var count: Int
    }

    private struct State: Sendable {
        var points: [Point] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let pause = Lock()
    private let thread = Mutex<WorkerThread?>(nil)

    private static let intervalMilliseconds = 50

    package init() {}

    /// Looks at the count now and every 50 ms until `stop`.
    func start(_ count: @escaping @Sendable () -> Int) {
        let made = WorkerThread(name: "bench rate", stackBytes: 256 << 10) { [self] in
            while true {
                note(count(), at: monotonicNanoseconds())
                if state.withLock({ $0.isStopped }) { return }
                pause.withLock { pause.wait(milliseconds: Self.intervalMilliseconds) }
            }
        }
        thread.withLock { $0 = made }
    }

    /// Takes a last look and ends.
    func stop() {
        state.withLock { $0.isStopped = true }
        pause.withLock { pause.signalAll() }
        thread.withLock { $0 }?.join()
    }

    /// Notes one point.
    package func note(_ count: Int, at nanoseconds: UInt64) {
        state.withLock { $0.points.append(Point(nanoseconds: nanoseconds, count: count)) }
    }

    /// A second's growth while the first `count` came; `nil` if not so many came.
    package func rate(ofFirst count: Int) -> Double? {
        let points = state.withLock { $0.points }
        guard let first = points.first, let end = points.first(where: { $0.count >= count }) else { return nil }
        return Self.rate(first, end)
    }

    /// A second's growth while the last `count` came; `nil` if not so many came.
    package func rate(ofLast count: Int) -> Double? {
        let points = state.withLock { $0.points }
        guard let last = points.last, let whole = points.first(where: { $0.count == last.count }),
            let start = points.last(where: { $0.count <= last.count - count })
        else { return nil }
        return Self.rate(start, whole)
    }

    private static func rate(_ start: Point, _ end: Point) -> Double? {
        guard end.nanoseconds > start.nanoseconds, end.count > start.count else { return nil }
        return Double(end.count - start.count) * 1e9 / Double(end.nanoseconds - start.nanoseconds)
    }
}
