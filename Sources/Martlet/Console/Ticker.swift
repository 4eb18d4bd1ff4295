internal import Base
internal import Synchronization

/// Does something again and again on a thread of its own until it is stopped.
final class Ticker: Sendable {
    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }

    private let thread: WorkerThread
    private let lock = Lock()
    private let stopped = Flag()

    init(everyMilliseconds pause: Int, _ body: @escaping @Sendable () -> Void) {
        let lock = lock
        let stopped = stopped
        thread = WorkerThread(name: "ticker") {
            while true {
                let isOver = lock.withLock {
                    if !stopped.isSet.load(ordering: .relaxed) { lock.wait(milliseconds: pause) }
                    return stopped.isSet.load(ordering: .relaxed)
                }
                if isOver { return }
                body()
            }
        }
    }

    /// Ends the thread; nothing is done any more once this returns.
    func stop() {
        lock.withLock {
            stopped.isSet.store(true, ordering: .relaxed)
            lock.signalAll()
        }
        thread.join()
    }
}
