internal import Base
internal import CMicrohttpd
internal import Glibc
internal import Synchronization

/// The daemons of a server: the one that gets new connections, and those before it, under earlier certificates, that
/// come to their end.
final class Daemons: @unchecked Sendable {
    // Safe to share: everything that changes is used under `lock`.
    private let engine: Engine
    private let lock = Lock()
    private var current: Daemon
    private var old: [(daemon: Daemon, sinceNanoseconds: UInt64)] = []
    private var isStopped = false
    private var thread: WorkerThread?

    /// How many earlier daemons may have connections at once.
    static let oldCountMax = 4
    /// After so long their connections are cut off.
    static let drainSecondsMax: UInt64 = 600
    private static let periodMilliseconds = 100
    private static let nanosecondsPerSecond: UInt64 = 1_000_000_000

    init(_ engine: Engine, first: Daemon) {
        self.engine = engine
        current = first
    }

    /// Accepts a connection that waits, for the current daemon.
    /// - Returns: `errno` where there is none; else 0.
    func accept(_ socket: ListenSocket) -> Int32 {
        lock.withLock {
            var address = sockaddr_storage()
            var length = socklen_t(0)
            let descriptor = socket.accept(&address, &length)
            guard descriptor >= 0 else { return errno }
            current.add(descriptor, &address, length)
            return 0
        }
    }

    /// Gives new connections to `next`. The connections of the one before go on until their next answer.
    /// - Throws: `ServerError.reloadBusy`, `.notServingTLS` once stopped; `next` is then unused.
    func replace(by next: Daemon) throws(ServerError) {
        let ended = try lock.withLock { () throws(ServerError) -> [Daemon] in
            guard !isStopped else { throw ServerError(.notServingTLS, "The server has been stopped.") }
            let ended = takeEmpty()
            guard old.count < Self.oldCountMax else {
                // The oldest has had its time. What its handlers still work on keeps it a little longer.
                engine.connections.shutDown(old[0].daemon)
                throw ServerError(
                    .reloadBusy, "Connections under \(old.count) earlier certificates are still open; try again.")
            }
            current.drain()
            old.append((current, monotonicNanoseconds()))
            current = next
            if thread == nil {
                thread = WorkerThread(name: "http drain") { [unowned self] in drain() }
            }
            lock.signalAll()
            return ended
        }
        for daemon in ended { daemon.stop() }
    }

    /// Takes out earlier daemons that may be stopped. Only under `lock`.
    private func takeEmpty() -> [Daemon] {
        var ended: [Daemon] = []
        old.removeAll { entry in
            guard entry.daemon.isEmpty else { return false }
            ended.append(entry.daemon)
            return true
        }
        return ended
    }

    /// How many earlier daemons there still are.
    var oldCount: Int { lock.withLock { old.count } }

    /// Ends earlier daemons when they are empty.
    private func drain() {
        while true {
            let ended: [Daemon]? = lock.withLock {
                while !isStopped && old.isEmpty { lock.wait() }
                if isStopped { return nil }
                lock.wait(milliseconds: Self.periodMilliseconds)
                if isStopped { return nil }
                let now = monotonicNanoseconds()
                for entry in old
                where now - entry.sinceNanoseconds > Self.drainSecondsMax * Self.nanosecondsPerSecond {
                    engine.connections.shutDown(entry.daemon)
                }
                return takeEmpty()
            }
            guard let ended else { return }
            for daemon in ended { daemon.stop() }
        }
    }

    /// Gives all daemons over to be stopped; to be called once, when no more connections are accepted.
    func takeAll() -> [Daemon] {
        let (all, thread) = lock.withLock {
            isStopped = true
            lock.signalAll()
            defer { old = [] }
            return (old.map(\.daemon) + [current], self.thread)
        }
        thread?.join()
        return all
    }
}
