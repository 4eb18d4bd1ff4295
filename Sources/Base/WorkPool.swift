/// Threads for work that blocks, such as calls of a database. What waits is bounded.
package final class WorkPool: Sendable {
    package typealias Job = @Sendable () -> Void

    private let queue: WorkQueue<Job>
    private let threads: [WorkerThread]

    /// - Parameters:
    ///   - name: of the threads, at most 15 bytes.
    ///   - count: how many jobs run at once, one at least.
    ///   - waitingMax: how many may wait.
    package init(name: String, count: Int, waitingMax: Int) {
        let queue = WorkQueue<Job>(waitingMax: waitingMax)
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
    package func run(_ job: @escaping Job) -> Bool {
        queue.put(job)
    }

    /// Has a job done that continues one which was taken before, however many wait.
    /// - Returns: `false` if the pool was stopped; the job is then dropped.
    package func proceed(_ job: @escaping Job) -> Bool {
        queue.put(job, isLimited: false)
    }

    /// Takes no more jobs, and returns once those that wait are done. Not from a job.
    package func stop() {
        queue.close()
        for thread in threads { thread.join() }
    }
}
