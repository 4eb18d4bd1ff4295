internal import Foundation

/// A thread of its own for blocking work, which must not run on Swift's cooperative pool.
package final class WorkerThread: Sendable {
    private let finished = Lock()
    private let state = ThreadState()

    /// Starts `body` at once.
    /// - Parameter name: shown by debuggers and profilers; at most 15 bytes of it.
    package init(name: String, stackBytes: Int = 4 << 20, _ body: @escaping @Sendable () -> Void) {
        let finished = finished
        let state = state
        let thread = Thread {
            body()
            finished.withLock {
                state.isFinished = true
                finished.signalAll()
            }
        }
        thread.name = name
        thread.stackSize = stackBytes
        thread.start()
    }

    /// Waits until the body has returned.
    package func join() {
        finished.withLock {
            while !state.isFinished { finished.wait() }
        }
    }
}

private final class ThreadState: @unchecked Sendable {
    // Read and written only under the lock of its `WorkerThread`.
    var isFinished = false
}
