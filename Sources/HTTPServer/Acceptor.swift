internal import Base
internal import Glibc
internal import Synchronization

/// Accepts connections on a thread of its own and hands them to libmicrohttpd's.
///
/// libmicrohttpd can listen itself, but not leave off safely: `MHD_quiesce_daemon` takes the socket out of its threads'
/// epoll sets, which they do themselves at the same time, and whoever comes second ends the process.
final class Acceptor: @unchecked Sendable {
    // Safe to share: `thread` is set by `init` and joined by `stop`, which the server calls once; the rest never changes.
    private let socket: ListenSocket
    private let daemons: Daemons
    private let connections: ConnectionTable
    private let connectionCountMax: Int
    private let isStopping = Atomic<Bool>(false)
    private var thread: WorkerThread?

    /// How often it is looked whether there is room for connections, or descriptors, again.
    private static let pauseMicroseconds: UInt32 = 5_000

    init(_ socket: ListenSocket, daemons: Daemons, connections: ConnectionTable, connectionCountMax: Int) {
        self.socket = socket
        self.daemons = daemons
        self.connections = connections
        self.connectionCountMax = connectionCountMax
        thread = WorkerThread(name: "http accept") { [unowned self] in run() }
    }

    /// Makes the kernel refuse new connections and drop those not yet accepted. When it returns, no connection will be
    /// handed over any more, and the socket is closed.
    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        socket.refuseNew()
        thread?.join()
        socket.close()
    }

    private func run() {
        var event = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        while !isStopping.load(ordering: .sequentiallyConsistent) {
            // Those for whom there is no room wait in the kernel's queue.
            if connections.count >= connectionCountMax || !acceptOne() {
                usleep(Self.pauseMicroseconds)
            } else {
                poll(&event, 1, -1)
            }
        }
    }

    /// - Returns: `false` if none can be accepted for the moment.
    private func acceptOne() -> Bool {
        // A client that has gone, or none there; else the process is out of descriptors or memory.
        [0, EAGAIN, EWOULDBLOCK, ECONNABORTED, EINTR].contains(daemons.accept(socket))
    }
}
