internal import Base

/// Lets writes through side by side, or holds them all up while something changes that each of them relies on.
final class WriteGate: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var passing = 0
    private var isShut = false

    /// Runs `body` while the gate is open; waits while it is shut.
    func pass<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock.withLock {
            while isShut { lock.wait() }
            passing += 1
        }
        defer {
            lock.withLock {
                passing -= 1
                if passing == 0 { lock.signalAll() }
            }
        }
        return try body()
    }

    /// Runs `body` while nobody passes. One after another, if several want to.
    func shut<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock.withLock {
            while isShut { lock.wait() }
            isShut = true
            while passing > 0 { lock.wait() }
        }
        defer {
            lock.withLock {
                isShut = false
                lock.signalAll()
            }
        }
        return try body()
    }
}
