/// Threads for what blocks: hashes of passwords, calls of a database, files. What waits is bounded.
package final class WorkPool: Sendable {
    private let queue: WorkQueue
    private let threads: [WorkerThread]

    /// - Parameters:
    ///   - name: of the threads, at most 15 bytes.
    ///   - count: how many jobs run at once.
    ///   - waitingMax: how many may wait.
    package init(name: String, count: Int, waitingMax: Int) {
        let queue = WorkQueue(waitingMax: waitingMax)
        self.queue = queue
        threads = (0..<max(1, count)).map { _ in
            WorkerThread(name: name) {
                while let job = queue.take() { job() }
            }
        }
    }

    deinit {
        queue.close()
    }

    /// Has a job done soon, on a thread of the pool.
    /// - Returns: `false` if too many wait, or the pool was stopped; the job is then dropped.
    package func run(_ job: @escaping @Sendable () -> Void) -> Bool {
        queue.put(job, isLimited: true)
    }

    /// Has a job done that continues one which was taken before, however many wait.
    /// - Returns: `false` if the pool was stopped; the job is then dropped.
    package func proceed(_ job: @escaping @Sendable () -> Void) -> Bool {
        queue.put(job, isLimited: false)
    }

    /// Takes no more jobs, and returns once those that wait are done. Not from a job.
    package func stop() {
        queue.close()
        for thread in threads { thread.join() }
    }
}

private final class WorkQueue: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private let waitingMax: Int
    private var jobs: [(@Sendable () -> Void)?] = []
    private var first = 0
    private var isClosed = false

    init(waitingMax: Int) {
        self.waitingMax = waitingMax
    }

    func put(_ job: @escaping @Sendable () -> Void, isLimited: Bool) -> Bool {
        lock.withLock {
            guard !isClosed, !isLimited || jobs.count - first < waitingMax else { return false }
            jobs.append(job)
            lock.signal()
            return true
        }
    }

    /// Waits for a job; `nil` once the queue is closed and empty.
    func take() -> (@Sendable () -> Void)? {
        lock.withLock {
            while first == jobs.count {
                if isClosed { return nil }
                lock.wait()
            }
            let job = jobs[first]
            jobs[first] = nil
            first += 1
            if first == jobs.count || first >= 1024 {
                jobs.removeFirst(first)
                first = 0
            }
            return job
        }
    }

    func close() {
        lock.withLock {
            isClosed = true
            lock.signalAll()
        }
    }
}
