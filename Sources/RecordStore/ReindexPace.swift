internal import Base

/// Lets the indexing of older records for new search parameters be held up, and be let go on step by step.
package final class ReindexPace: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    /// Steps that may still be made; `nil` for any number.
    private var steps: Int?
    private var isWaiting = false

    package init() {}

    /// Lets no further step begin.
    package func hold() {
        lock.withLock { steps = 0 }
    }

    /// Lets some more steps be made, of `StoreLimits.reindexEntries` versions each.
    package func allow(steps count: Int) {
        lock.withLock {
            steps = (steps ?? 0) + count
            isWaiting = false
            lock.signalAll()
        }
    }

    /// Lets it go on.
    package func release() {
        lock.withLock {
            steps = nil
            lock.signalAll()
        }
    }

    /// Waits until the steps that were allowed are made and a further one is held up.
    package func waitUntilHeld() {
        lock.withLock {
            while !isWaiting { lock.wait() }
        }
    }

    /// Waits for leave to make a step.
    /// - Parameter goesOn: whether anybody still wants it.
    /// - Returns: whether it may be made.
    func takeStep(_ goesOn: () -> Bool) -> Bool {
        lock.withLock {
            defer { isWaiting = false }
            while let left = steps, goesOn() {
                if left > 0 {
                    steps = left - 1
                    return true
                }
                isWaiting = true
                lock.signalAll()
                lock.wait(milliseconds: 20)
            }
            return goesOn()
        }
    }
}
