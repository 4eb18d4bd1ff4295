internal import Base

/// Threads for requests that wait for the disk, with a queue that has an end.
final class Workers: Sendable {
    private let queue: JobQueue
    private let threads: [WorkerThread]

    init(name: String, count: Int, waitingMax: Int) {
        let queue = JobQueue(waitingMax: waitingMax)
        self.queue = queue
        threads = (0..<max(count, 1)).map { _ in
            WorkerThread(name: name) {
                while let job = queue.take() { job() }
            }
        }
    }

    deinit {
        queue.close()
    }

    /// Has a job done soon.
    /// - Returns: `false` if too many wait already or the workers were stopped; the job is then dropped.
    func run(_ job: @escaping @Sendable () -> Void) -> Bool {
        queue.put(job)
    }

    /// Takes no more jobs, and returns once those that wait are done.
    func stop() {
        queue.close()
        for thread in threads { thread.join() }
    }
}

/// Jobs in the order in which they came.
private final class JobQueue: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private let waitingMax: Int
    private var jobs: [@Sendable () -> Void] = []
    private var isClosed = false

    init(waitingMax: Int) {
        self.waitingMax = waitingMax
    }

    func put(_ job: @escaping @Sendable () -> Void) -> Bool {
        lock.withLock {
            guard !isClosed, jobs.count < waitingMax else { return false }
            jobs.append(job)
            lock.signal()
            return true
        }
    }

    /// Waits for a job; `nil` once the queue is closed and empty.
    func take() -> (@Sendable () -> Void)? {
        lock.withLock {
            while jobs.isEmpty {
                if isClosed { return nil }
                lock.wait()
            }
            // Short by its limit, so that moving the rest up costs little.
            return jobs.removeFirst()
        }
    }

    func close() {
        lock.withLock {
            isClosed = true
            lock.signalAll()
        }
    }
}
