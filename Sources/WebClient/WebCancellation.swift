internal import Base

/// Ends requests from another thread: those that carry it now, at once, and those that will.
package final class WebCancellation: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var isSet = false
    private var wakes: [Int: @Sendable () -> Void] = [:]
    private var next = 0

    package init() {}

    /// Ends the requests; they throw `WebClientError.cancelled`. Cannot be taken back.
    package func cancel() {
        lock.withLock {
            isSet = true
            for wake in wakes.values { wake() }
        }
    }

    package var isCancelled: Bool { lock.withLock { isSet } }

    /// Has `wake` called if it is cancelled, on the canceller's thread and never after `remove` returned.
    func add(_ wake: @escaping @Sendable () -> Void) -> Int {
        lock.withLock {
            next += 1
            wakes[next] = wake
            return next
        }
    }

    func remove(_ number: Int) {
        lock.withLock { wakes[number] = nil }
    }
}
