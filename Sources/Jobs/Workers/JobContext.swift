internal import Base
package import SQLDatabase
internal import Synchronization

/// What a worker has of the job that it does.
package final class JobContext: Sendable {
    package let job: ClaimedJob
    private let state: Mutex<State>

    private struct State {
        var isCancelled = false
        var isLost = false
        var isDraining = false
        var progress: JobProgress?
        var alongside: (@Sendable (any SQLConnection) throws -> Void)?
        /// When the lease was last known to hold, by the monotonic clock.
        var confirmed: UInt64
    }

    init(_ job: ClaimedJob, confirmed: UInt64) {
        self.job = job
        state = Mutex(State(confirmed: confirmed))
    }

    /// Whether the job is to end now: somebody cancelled it, or the lease is lost, so that nothing more counts. The body
    /// should look at this often, and return soon with any outcome.
    package var isCancelled: Bool { state.withLock { $0.isCancelled || $0.isLost } }

    /// Whether the lease is lost: another worker may have the job already.
    package var isLost: Bool { state.withLock { $0.isLost } }

    /// Whether the process is about to stop: a body that can go on another time should return `.again` soon.
    package var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Says how far the job is; it is written within a second or so.
    package func progress(done: UInt64, total: UInt64?, note: String? = nil) {
        state.withLock { state in
            state.progress = JobProgress(done: done, total: total, note: note ?? state.progress?.note)
        }
    }

    /// Has `body` write what the job did when it ends as `.done`, in the same transaction: exactly once, if and only if the
    /// lease still holds. See `JobQueue.finish`. A second call replaces the first.
    package func finishing(alongside body: @escaping @Sendable (any SQLConnection) throws -> Void) {
        state.withLock { $0.alongside = body }
    }

    // MARK: For the workers

    var alongside: (@Sendable (any SQLConnection) throws -> Void)? { state.withLock { $0.alongside } }

    var hasProgress: Bool { state.withLock { $0.progress != nil } }

    /// The progress that was not written yet.
    func takeProgress() -> JobProgress? {
        state.withLock { state in
            defer { state.progress = nil }
            return state.progress
        }
    }

    func drain() {
        state.withLock { $0.isDraining = true }
    }

    func lose() {
        state.withLock { $0.isLost = true }
    }

    /// - Parameter nanoseconds: when the heartbeat was sent.
    func heard(_ signal: LeaseSignal, at nanoseconds: UInt64) {
        state.withLock { state in
            switch signal {
            case .goOn: state.confirmed = nanoseconds
            case .cancel:
                state.confirmed = nanoseconds
                state.isCancelled = true
            case .lost: state.isLost = true
            }
        }
    }

    /// Takes note that a heartbeat failed: after as long as the lease lasts without one, others may have the job.
    func heardNothing(at nanoseconds: UInt64) {
        state.withLock { state in
            let silent = nanoseconds > state.confirmed ? nanoseconds - state.confirmed : 0
            if Double(silent) >= job.leaseSeconds * 1e9 { state.isLost = true }
        }
    }
}
