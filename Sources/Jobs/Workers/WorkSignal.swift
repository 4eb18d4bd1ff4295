internal import Base

/// Lets idle threads wait for work without asking again and again, and without missing any.
final class WorkSignal: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var calls: UInt64 = 0
    private var isClosed = false

    /// What to give to `wait` if nothing is found from now on; `nil` once closed.
    var mark: UInt64? { lock.withLock { isClosed ? nil : calls } }

    /// There is work: wakes one.
    func call() {
        lock.withLock {
            calls += 1
            lock.signal()
        }
    }

    /// There may be more work than the one who was woken can do: wakes another, if one waits since before a call.
    func pass() {
        lock.withLock { lock.signal() }
    }

    /// Waits until there was a call after `mark`.
    func wait(since mark: UInt64) {
        lock.withLock {
            while calls == mark && !isClosed { lock.wait() }
        }
    }

    /// As `wait`, but for at most so long.
    func wait(since mark: UInt64, milliseconds: Int) {
        lock.withLock {
            if calls == mark && !isClosed { lock.wait(milliseconds: milliseconds) }
        }
    }

    /// Wakes all, for good.
    func close() {
        lock.withLock {
            isClosed = true
            lock.signalAll()
        }
    }
}
