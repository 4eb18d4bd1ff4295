internal import Glibc

/// Carries units from the reader to the workers, bounded in bytes. All methods may be called from any thread; those
/// that wait block their thread, so they belong on threads of their own, never on the cooperative pool.
package final class UnitQueue: @unchecked Sendable {
    // Unchecked sendable: every stored property below the lock is touched only while it is held.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let hasRoom = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let hasUnits = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
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
        pthread_mutex_init(lock, nil)
        pthread_cond_init(hasRoom, nil)
        pthread_cond_init(hasUnits, nil)
    }

    deinit {
        pthread_cond_destroy(hasUnits)
        pthread_cond_destroy(hasRoom)
        pthread_mutex_destroy(lock)
        hasUnits.deallocate()
        hasRoom.deallocate()
        lock.deallocate()
    }

    /// Adds a unit, waiting for room. Returns false, without adding it, once the queue is closed or cancelled.
    package func push(_ unit: RawUnit) -> Bool {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        let weight = unit.storage.capacity
        while !isCancelled && !isClosed && bytes > 0 && bytes + weight > bytesMax {
            pthread_cond_wait(hasRoom, lock)
        }
        if isCancelled || isClosed { return false }
        bytes += weight
        units.append(unit)
        pthread_cond_signal(hasUnits)
        return true
    }

    /// The next unit in the order they were pushed, waiting for one; `nil` when no more will come.
    /// - Throws: what the queue was failed with, once the units before the failure are taken.
    package func pop() throws -> RawUnit? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while !isCancelled && !isClosed && first == units.count {
            pthread_cond_wait(hasUnits, lock)
        }
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
        pthread_cond_broadcast(hasRoom)
        return unit
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
        pthread_mutex_lock(lock)
        isCancelled = true
        units = []
        first = 0
        bytes = 0
        wakeAll()
        pthread_mutex_unlock(lock)
    }

    /// Bytes that wait in the queue.
    package var waitingBytes: Int {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return bytes
    }

    private func close(with error: (any Error)?) {
        pthread_mutex_lock(lock)
        if !isClosed { failure = error }
        isClosed = true
        wakeAll()
        pthread_mutex_unlock(lock)
    }

    private func wakeAll() {
        pthread_cond_broadcast(hasRoom)
        pthread_cond_broadcast(hasUnits)
    }
}
