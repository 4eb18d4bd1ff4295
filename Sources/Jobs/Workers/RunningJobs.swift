internal import Base

/// The jobs that the threads of this process do, with the times of their heartbeats.
final class RunningJobs: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var entries: [JobID: Entry] = [:]
    /// Threads that are about to have a job, or not.
    private var claiming = 0
    private var isClosed = false

    private struct Entry {
        var context: JobContext
        var beatAt: UInt64
        /// Before this, progress waits for the next heartbeat.
        var progressAt: UInt64

        init(_ context: JobContext, at now: UInt64) {
            self.context = context
            beatAt = now + RunningJobs.beatNanoseconds(context.job)
            progressAt = now + RunningJobs.progressNanoseconds
        }

        func isDue(at now: UInt64) -> Bool {
            beatAt <= now || progressAt <= now && context.hasProgress
        }
    }

    /// Progress is written this often.
    private static let progressNanoseconds: UInt64 = 1_000_000_000

    /// A lease is renewed this many times before it could end.
    private static let beatsPerLease = 3.0

    private static func beatNanoseconds(_ job: ClaimedJob) -> UInt64 {
        UInt64(job.leaseSeconds / beatsPerLease * 1e9)
    }

    /// Runs a claim and what it leads to `add`; so long something counts as running.
    func whileClaiming<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock.withLock { claiming += 1 }
        defer {
            lock.withLock {
                claiming -= 1
                lock.signalAll()
            }
        }
        return try body()
    }

    func add(_ context: JobContext, at now: UInt64) {
        lock.withLock {
            entries[context.job.id] = Entry(context, at: now)
            lock.signalAll()
        }
    }

    func remove(_ context: JobContext) {
        lock.withLock {
            if entries[context.job.id]?.context === context { entries[context.job.id] = nil }
            lock.signalAll()
        }
    }

    var all: [JobContext] { lock.withLock { entries.values.map(\.context) } }

    /// Waits until heartbeats are due, and gives their jobs; `nil` once closed.
    func nextBeats(_ monotonic: @Sendable () -> UInt64) -> [JobContext]? {
        lock.withLock {
            while !isClosed {
                let now = monotonic()
                let due = entries.values.filter { $0.isDue(at: now) }.map(\.context)
                for context in due {
                    entries[context.job.id] = Entry(context, at: now)
                }
                if !due.isEmpty { return due }
                guard let first = entries.values.map(\.beatAt).min() else {
                    lock.wait()
                    continue
                }
                lock.wait(milliseconds: Int(clamping: min((first - now) / 1_000_000 + 1, 1000)))
            }
            return nil
        }
    }

    /// Waits until nothing runs.
    /// - Returns: whether that was so in time.
    func waitUntilEmpty(seconds: Double, _ monotonic: @Sendable () -> UInt64) -> Bool {
        let end = monotonic() + UInt64(max(0, min(seconds, 1e9)) * 1e9)
        return lock.withLock {
            while !entries.isEmpty || claiming > 0 {
                let now = monotonic()
                guard now < end else { return false }
                lock.wait(milliseconds: Int(clamping: min((end - now) / 1_000_000 + 1, 1000)))
            }
            return true
        }
    }

    func close() {
        lock.withLock {
            isClosed = true
            lock.signalAll()
        }
    }
}
