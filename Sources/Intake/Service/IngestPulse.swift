internal import Base

/// A thread that looks after ingests: five times a second while a part runs, else once a second or when it is called.
final class IngestPulse: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var thread: WorkerThread?
    private var isStopping = false
    private var isCalled = false

    static let milliseconds = 200

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
            if !isCalled && !isStopping { lock.wait(milliseconds: Self.milliseconds) }
            isCalled = false
            return !isStopping
        }
    }
}
