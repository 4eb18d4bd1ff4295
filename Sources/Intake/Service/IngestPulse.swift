internal import Base

/// A thread that looks after something again and again, and at once when it is called.
final class IngestPulse: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var thread: WorkerThread?
    private var isStopping = false
    private var isCalled = false

    /// Between two beats.
    private let milliseconds: Int

    init(milliseconds: Int) {
        self.milliseconds = milliseconds
    }

    /// - Parameter beat: gets how often it was called before.
    func start(_ beat: @escaping @Sendable (Int) -> Void) {
        lock.withLock {
            guard thread == nil, !isStopping else { return }
            thread = WorkerThread(name: "ingest-pulse") { [self] in
                var tick = 0
                while wait() {
                    beat(tick)
                    tick += 1
                }
            }
        }
    }

    /// Has the next beat come at once.
    func call() {
        lock.withLock {
            isCalled = true
            lock.signalAll()
        }
    }

    func stop() {
        let thread = lock.withLock {
            isStopping = true
            lock.signalAll()
            defer { self.thread = nil }
            return self.thread
        }
        thread?.join()
    }

    private func wait() -> Bool {
        lock.withLock {
            if !isCalled && !isStopping { lock.wait(milliseconds: milliseconds) }
            isCalled = false
            return !isStopping
        }
    }
}
