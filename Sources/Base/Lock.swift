internal import Glibc

/// A mutual exclusion lock with a condition that threads may wait for.
///
/// For blocking code on threads of its own, never around an `await`.
package final class Lock: @unchecked Sendable {
    // Safe to share: pthread mutexes and conditions are made for it.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` while no other thread runs one under this lock. Not re-entrant.
    package func withLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// As `withLock`, but does nothing if another thread has the lock.
    /// - Returns: `nil` in that case.
    package func tryLock<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard pthread_mutex_trylock(mutex) == 0 else { return nil }
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Lets the lock go, waits for `signalAll`, and takes it again. Only within `withLock`; may return early.
    package func wait() {
        pthread_cond_wait(condition, mutex)
    }

    /// As `wait`, but returns after `milliseconds` at the latest, whatever is done to the machine's clock meanwhile.
    package func wait(milliseconds: Int) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        time.tv_sec += milliseconds / 1000
        time.tv_nsec += (milliseconds % 1000) * 1_000_000
        if time.tv_nsec >= 1_000_000_000 {
            time.tv_sec += 1
            time.tv_nsec -= 1_000_000_000
        }
        pthread_cond_timedwait(condition, mutex, &time)
    }

    /// Wakes one of the threads that wait. Only within `withLock`.
    package func signal() {
        pthread_cond_signal(condition)
    }

    /// Wakes every thread that waits. Only within `withLock`.
    package func signalAll() {
        pthread_cond_broadcast(condition)
    }
}
