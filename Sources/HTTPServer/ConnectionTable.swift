internal import Dispatch
internal import Glibc
internal import Base
internal import Synchronization

/// All open connections; closes those whose clients are overdue or gone.
///
/// A connection is removed before libmicrohttpd closes its descriptor, and a descriptor is shut down only under the
/// lock: so it can't be another connection's by then.
final class ConnectionTable: Sendable {
    private static let periodMilliseconds = 250
    /// How often it is looked whether clients have gone: dearer, a system call each.
    private static let abandonedPeriodMilliseconds = 1000
    private let connections = Mutex<[ObjectIdentifier: ConnectionWatch]>([:])
    private let milliseconds = Atomic<Int>(0)
    /// Dispatch sources may be used from any thread; the protocol does not say so.
    nonisolated(unsafe) private let timer: any DispatchSourceTimer
    private let limits: ServerLimits
    private let start = monotonicNanoseconds()

    init(limits: ServerLimits) {
        self.limits = limits
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "martlet.http.connections"))
        timer.setEventHandler { [weak self] in self?.tick() }
        timer.schedule(deadline: .now(), repeating: .milliseconds(Self.periodMilliseconds))
        timer.resume()
    }

    deinit {
        timer.cancel()
    }

    /// Milliseconds since the start, of a clock that moves in steps of a period: cheap enough to ask per request.
    var now: Int { milliseconds.load(ordering: .relaxed) }

    var count: Int { connections.withLock { $0.count } }

    func insert(_ connection: ConnectionWatch) {
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
    }

    func remove(_ connection: ConnectionWatch) {
        connections.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    private func tick() {
        let now = Int((monotonicNanoseconds() - start) / 1_000_000)
        let before = milliseconds.exchange(now, ordering: .relaxed)
        let looksForAbandoned = now / Self.abandonedPeriodMilliseconds != before / Self.abandonedPeriodMilliseconds
        connections.withLock { open in
            for connection in open.values
            where connection.isOverdue(now: now, limits: limits) || (looksForAbandoned && connection.isAbandoned) {
                shutdown(connection.descriptor, Int32(SHUT_RDWR))
            }
        }
    }
}
