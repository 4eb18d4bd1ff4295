internal import Base

/// Threads for requests that take longer than a server's thread should give: each has a workbench of its own.
final class Workers: Sendable {
    typealias Job = @Sendable (Workbench) -> Void

    private let queue: JobQueue
    private let threads: [WorkerThread]

    /// - Parameters:
    ///   - count: how many threads.
    ///   - waitingMax: how many jobs may wait before `run` refuses.
    /// - Throws: what a workbench throws.
    init(
        name: String, count: Int, waitingMax: Int, makeBench: () throws -> Workbench
    ) throws {
        let queue = JobQueue(waitingMax: waitingMax)
        self.queue = queue
        threads = try (0..<max(count, 1)).map { _ in
            let bench = try makeBench()
            return WorkerThread(name: name) {
                while let job = queue.take() {
                    job(bench)
                    bench.tidy()
                }
            }
        }
    }

    deinit {
        queue.close()
    }

    /// Has a job done soon.
    /// - Returns: `false` if too many wait already or the workers were stopped; the job is then dropped.
    func run(_ job: @escaping Job) -> Bool {
        queue.put(job, isLimited: true)
    }

    /// Has a job done that continues one which was taken before, however many wait.
    /// - Returns: `false` if the workers were stopped; the job is then dropped.
    func proceed(_ job: @escaping Job) -> Bool {
        queue.put(job, isLimited: false)
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
    private var jobs: [Workers.Job?] = []
    private var first = 0
    private var isClosed = false

    init(waitingMax: Int) {
        self.waitingMax = waitingMax
    }

    func put(_ job: @escaping Workers.Job, isLimited: Bool) -> Bool {
        lock.withLock {
            guard !isClosed, !isLimited || jobs.count - first < waitingMax else { return false }
            jobs.append(job)
            lock.signal()
            return true
        }
    }

    /// Waits for a job; `nil` once the queue is closed and empty.
    func take() -> Workers.Job? {
        lock.withLock {
            while first == jobs.count {
                if isClosed { return nil }
                lock.wait()
            }
            let job = jobs[first]
            jobs[first] = nil
            first += 1
            if first == jobs.count {
                jobs.removeAll(keepingCapacity: jobs.capacity <= 4096)
                first = 0
            } else if first >= 1024, first * 2 >= jobs.count {
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
