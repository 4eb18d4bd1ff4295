internal import Synchronization

/// The exchanges whose connections are suspended: all must be resumed before libmicrohttpd may stop.
///
/// One may be suspended anew before the thread that resumed it has said so: it is counted how often.
final class SuspendedExchanges: Sendable {
    private struct State {
        var exchanges: [ObjectIdentifier: (exchange: Exchange, count: Int)] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// - Returns: `false` once closed: the exchange must then be answered and not suspended.
    func insert(_ exchange: Exchange) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.exchanges[ObjectIdentifier(exchange), default: (exchange, 0)].count += 1
            return true
        }
    }

    func remove(_ exchange: Exchange) {
        state.withLock { state in
            guard let count = state.exchanges[ObjectIdentifier(exchange)]?.count else { return }
            state.exchanges[ObjectIdentifier(exchange)] = count > 1 ? (exchange, count - 1) : nil
        }
    }

    var isEmpty: Bool { state.withLock { $0.exchanges.isEmpty } }

    /// Takes no more, and gives those that are there.
    func close() -> [Exchange] {
        state.withLock { state in
            state.isClosed = true
            return state.exchanges.values.map(\.exchange)
        }
    }
}
