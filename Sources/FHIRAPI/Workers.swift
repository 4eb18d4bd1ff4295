internal import Base

/// Threads for requests that take longer than a server's thread should give: each has a workbench of its own.
final class Workers: Sendable {
    typealias Job = @Sendable (Workbench) -> Void

    private let queue: WorkQueue<Job>
    private let threads: [WorkerThread]

    /// - Parameters:
    ///   - count: how many threads.
    ///   - waitingMax: how many jobs may wait before `run` refuses.
    /// - Throws: what a workbench throws.
    init(
        name: String, count: Int, waitingMax: Int, makeBench: () throws -> Workbench
    ) throws {
        let queue = WorkQueue<Job>(waitingMax: waitingMax)
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
        queue.put(job)
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
