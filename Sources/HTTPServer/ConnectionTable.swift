internal import Base
internal import Dispatch
internal import Glibc
internal import HTTP
internal import Synchronization

/// All open connections; closes those whose clients are overdue or gone, and says who may open more.
///
/// A connection is removed before libmicrohttpd closes its descriptor, and a descriptor is shut down only under the
/// lock: so it can't be another connection's by then.
final class ConnectionTable: Sendable {
    /// A connection that was handed to a daemon whose thread has not begun with it.
    private struct Arrival {
        let address: IPAddress?
        let daemon: Int
    }

    private struct State {
        var open: [ObjectIdentifier: ConnectionWatch] = [:]
        /// By descriptor: should a daemon give up a connection without a word, the next with its number takes its place.
        var arriving: [Int32: Arrival] = [:]
        /// Connections of each client that has a limit, open and arriving.
        var counts: [IPAddress: Int] = [:]

        mutating func release(_ address: IPAddress?) {
            guard let address, let count = counts[address] else { return }
            counts[address] = count > 1 ? count - 1 : nil
        }
    }

    private static let periodMilliseconds = 250
    /// How often it is looked whether clients have gone or take nothing: dearer, system calls for each.
    private static let socketPeriodMilliseconds = 1000
    private let state = Mutex(State())
    private let milliseconds = Atomic<Int>(0)
    /// Dispatch sources may be used from any thread; the protocol does not say so.
    nonisolated(unsafe) private let timer: any DispatchSourceTimer
    private let limits: ServerLimits
    private let trustedProxies: TrustedProxies
    private let start = monotonicNanoseconds()

    init(limits: ServerLimits, trustedProxies: TrustedProxies) {
        self.limits = limits
        self.trustedProxies = trustedProxies
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

    /// Connections open and arriving.
    var count: Int { state.withLock { $0.open.count + $0.arriving.count } }

    /// Connections of one daemon, open and arriving.
    func count(of daemon: Daemon) -> Int {
        let daemon = daemon.number
        return state.withLock { state in
            var count = 0
            for watch in state.open.values where watch.daemon == daemon { count += 1 }
            for arrival in state.arriving.values where arrival.daemon == daemon { count += 1 }
            return count
        }
    }

    /// Whether a connection that was accepted may go to `daemon`; if so, it is counted from now on.
    func admit(_ descriptor: Int32, from address: IPAddress?, to daemon: Daemon) -> Bool {
        let client = limited(address)
        return state.withLock { state in
            if let lost = state.arriving.removeValue(forKey: descriptor) { state.release(lost.address) }
            if let client {
                let count = state.counts[client] ?? 0
                guard count < limits.connectionsPerAddressMax else { return false }
                state.counts[client] = count + 1
            }
            state.arriving[descriptor] = Arrival(address: client, daemon: daemon.number)
            return true
        }
    }

    /// A daemon did not take a connection that was admitted.
    func refused(_ descriptor: Int32) {
        state.withLock { state in
            if let arrival = state.arriving.removeValue(forKey: descriptor) { state.release(arrival.address) }
        }
    }

    /// A daemon begins with a connection that was admitted.
    func insert(_ connection: ConnectionWatch) {
        state.withLock { state in
            state.arriving[connection.descriptor] = nil
            state.open[ObjectIdentifier(connection)] = connection
        }
    }

    func remove(_ connection: ConnectionWatch) {
        let client = limited(connection.address)
        state.withLock { state in
            guard state.open.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
            state.release(client)
        }
    }

    /// Cuts off all connections of a daemon.
    func shutDown(_ daemon: Daemon) {
        state.withLock { state in
            for connection in state.open.values where connection.daemon == daemon.number {
                shutdown(connection.descriptor, Int32(SHUT_RDWR))
            }
        }
    }

    /// What a client's connections are counted by; `nil` where there is no limit.
    private func limited(_ address: IPAddress?) -> IPAddress? {
        guard let address, limits.connectionsPerAddressMax > 0 else { return nil }
        if limits.exemptsLoopback && address.isLoopback { return nil }
        return trustedProxies.contains(address) ? nil : address.network
    }

    private func tick() {
        let now = Int((monotonicNanoseconds() - start) / 1_000_000)
        let before = milliseconds.exchange(now, ordering: .relaxed)
        let looksAtSocket = now / Self.socketPeriodMilliseconds != before / Self.socketPeriodMilliseconds
        state.withLock { state in
            for connection in state.open.values {
                var isEnded = connection.isOverdue(now: now, limits: limits)
                if looksAtSocket && !isEnded {
                    isEnded =
                        connection.isAbandoned
                        || connection.isStalled(after: Self.socketPeriodMilliseconds, limits: limits)
                }
                if isEnded { shutdown(connection.descriptor, Int32(SHUT_RDWR)) }
            }
        }
    }
}
