internal import Synchronization

/// Those who are told that ingests may have changed.
final class IngestWatchers: Sendable {
    private struct State {
        var next = 0
        var bodies: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    func add(_ body: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.next += 1
            state.bodies[state.next] = body
            return state.next
        }
    }

    func remove(_ number: Int) {
        state.withLock { _ = $0.bodies.removeValue(forKey: number) }
    }

    func call() {
        for body in state.withLock({ Array($0.bodies.values) }) { body() }
    }
}
