internal import Base
internal import Glibc
internal import Synchronization

/// Waits for the signals that ask the program to end, or to read its certificate anew: the first asks for a graceful stop, the second ends it at once.
///
/// To be made before any other thread is started: threads inherit what is blocked from the one that starts them, and
/// a signal that another thread took would end the process.
final class StopSignals: Sendable {
    private struct Flags: Sendable {
        var isServing = false
        var received: Int32?
        var reload: (@Sendable () -> Void)?
    }

    private let flags = Mutex(Flags())
    private let lock = Lock()

    /// Starts to listen for SIGINT, SIGTERM and SIGHUP.
    init() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        _ = WorkerThread(name: "signals", stackBytes: 256 << 10) { [self] in
            while true {
                var signals = waited
                var signal: Int32 = 0
                guard sigwait(&signals, &signal) == 0 else { continue }
                receive(signal)
            }
        }
    }

    /// Waits until a signal asks for a graceful stop. Before this is called a signal ends the process at once: what was
    /// acknowledged is durable by then, and opening a large store must not keep anybody waiting.
    /// - Returns: the signal.
    func wait() -> Int32 {
        flags.withLock { $0.isServing = true }
        return lock.withLock {
            while true {
                if let signal = flags.withLock({ $0.received }) { return signal }
                lock.wait()
            }
        }
    }

    /// Has `body` run at each SIGHUP from now on; before, one ends the process.
    func onReload(_ body: @escaping @Sendable () -> Void) {
        flags.withLock { $0.reload = body }
    }

    private func receive(_ signal: Int32) {
        if signal == SIGHUP, let reload = flags.withLock({ $0.reload }) { return reload() }
        let isFirst = flags.withLock { flags in
            guard flags.isServing, flags.received == nil else { return false }
            flags.received = signal
            return true
        }
        // The exit code that a shell gives a process which a signal ended.
        guard isFirst else { _exit(128 + signal) }
        lock.withLock { lock.signalAll() }
    }
}
