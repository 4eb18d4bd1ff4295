/// Jobs that wait for threads, in the order in which they came.
package final class WorkQueue<Job: Sendable>: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private let waitingMax: Int
    private var jobs: [Job?] = []
    /// The place of the first that was not taken yet.
    private var first = 0
    private var isClosed = false

    /// - Parameter waitingMax: how many may wait.
    package init(waitingMax: Int) {
        self.waitingMax = waitingMax
    }

    /// Adds a job at the end.
    /// - Parameter isLimited: whether it is refused if too many wait.
    /// - Returns: `false` if it was refused, or the queue is closed; the job is then dropped.
    package func put(_ job: Job, isLimited: Bool = true) -> Bool {
        lock.withLock {
            guard !isClosed, !isLimited || jobs.count - first < waitingMax else { return false }
            jobs.append(job)
            lock.signal()
            return true
        }
    }

    /// Waits for a job and takes it out.
    /// - Returns: `nil` once the queue is closed and empty.
    package func take() -> Job? {
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

    /// Takes no more jobs; whoever waits for one is woken.
    package func close() {
        lock.withLock {
            isClosed = true
            lock.signalAll()
        }
    }
}
