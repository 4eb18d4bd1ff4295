internal import Synchronization

/// Counts the requests under way and, once closed, lets no more in.
final class RequestGate: Sendable {
    private static let closedBit = 1 << 62
    private let state = Atomic<Int>(0)

    /// Whether the request may go on; if so, `leave` follows.
    func enter() -> Bool {
        let before = state.add(1, ordering: .acquiringAndReleasing).oldValue
        guard before & Self.closedBit != 0 else { return true }
        leave()
        return false
    }

    func leave() {
        state.subtract(1, ordering: .acquiringAndReleasing)
    }

    var count: Int { state.load(ordering: .acquiring) & ~Self.closedBit }

    /// Closes only if no request is under way.
    /// - Returns: whether it is closed now.
    func closeIfEmpty() -> Bool {
        state.compareExchange(expected: 0, desired: Self.closedBit, ordering: .acquiringAndReleasing).exchanged
    }

    func close() {
        state.bitwiseOr(Self.closedBit, ordering: .acquiringAndReleasing)
    }
}
