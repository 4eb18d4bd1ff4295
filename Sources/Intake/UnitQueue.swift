internal import Base

/// Carries units from the reader to the workers, bounded in bytes. All methods may be called from any thread; those
/// that wait block their thread, so they belong on threads of their own, never on the cooperative pool.
package final class UnitQueue: @unchecked Sendable {
    // Unchecked sendable: every stored property below the lock is touched only while it is held.
    private let lock = Lock()
    private let bytesMax: Int
    private var units: [RawUnit?] = []
    private var first = 0
    private var bytes = 0
    private var isClosed = false
    private var isCancelled = false
    private var failure: (any Error)?

    /// - Parameter bytesMax: what may wait in the queue; a single unit may be larger, and waits alone.
    package init(bytesMax: Int = 64 << 20) {
        self.bytesMax = bytesMax
    }

    /// Adds a unit, waiting for room. Returns false, without adding it, once the queue is closed or cancelled.
    package func push(_ unit: RawUnit) -> Bool {
        lock.withLock {
            let weight = unit.storage.capacity
            while !isCancelled && !isClosed && bytes > 0 && bytes + weight > bytesMax { lock.wait() }
            if isCancelled || isClosed { return false }
            bytes += weight
            units.append(unit)
            lock.signalAll()
            return true
        }
    }

    /// The next unit in the order they were pushed, waiting for one; `nil` when no more will come.
    /// - Throws: what the queue was failed with, once the units before the failure are taken.
    package func pop() throws -> RawUnit? {
        try lock.withLock {
            while !isCancelled && !isClosed && first == units.count { lock.wait() }
            if isCancelled { return nil }
            guard first < units.count, let unit = units[first] else {
                if let failure { throw failure }
                return nil
            }
            units[first] = nil
            first += 1
            if first >= 64 && first * 2 >= units.count {
                units.removeFirst(first)
                first = 0
            }
            bytes -= unit.storage.capacity
            lock.signalAll()
            return unit
        }
    }

    /// No more units will come; those in the queue can still be taken.
    package func finish() {
        close(with: nil)
    }

    /// Like `finish`, and every taker then gets the error.
    package func fail(_ error: any Error) {
        close(with: error)
    }

    /// Drops everything and wakes everyone: `push` gives false, `pop` gives `nil`.
    package func cancel() {
        lock.withLock {
            isCancelled = true
            units = []
            first = 0
            bytes = 0
            lock.signalAll()
        }
    }

    /// Bytes that wait in the queue.
    package var waitingBytes: Int { lock.withLock { bytes } }

    private func close(with error: (any Error)?) {
        lock.withLock {
            if !isClosed { failure = error }
            isClosed = true
            lock.signalAll()
        }
    }
}
