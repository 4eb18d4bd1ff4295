internal import Base

/// Counts commits whose answer is still to be sent, so that stopping can wait for them.
final class OpenCommits: @unchecked Sendable {
    // Safe to share: the count is used under `lock`.
    private let lock = Lock()
    private var count = 0

    func begin() {
        lock.withLock { count += 1 }
    }

    func end() {
        lock.withLock {
            count -= 1
            if count == 0 { lock.signalAll() }
        }
    }

    /// Waits until none is open.
    func wait() {
        lock.withLock {
            while count > 0 { lock.wait() }
        }
    }
}
