internal import Base
internal import Glibc

/// Lets the operator's commands reach the server that has the store open: a socket in the data folder, for processes of
/// the same user. A command hands over its words and its own terminal (standard input, output and error), and the server
/// runs it on the open store as if it had been started there.
final class ControlSocket: Sendable {
    /// Runs a command line with the caller's terminal and gives its exit code.
    typealias Run = @Sendable (_ words: [String], _ console: Console) -> ExitCode

    private let descriptor: Int32
    private let path: String
    private let acceptor: WorkerThread
    private let beside = LongCommands()

    /// Commands that run at a time; others wait.
    private static let backlog: Int32 = 16

    /// - Parameters:
    ///   - path: where the socket lies; what an ended process left there is replaced.
    ///   - isLong: tells of a command's words whether it may take long and so must not keep others waiting.
    /// - Throws: `MartletError.system`.
    init(
        path: String, isLong: @escaping @Sendable ([String]) -> Bool = { _ in false }, run: @escaping Run
    ) throws(MartletError) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure("cannot make a socket") }
        unlink(path)
        let before = umask(0o177)
        let isBound = ControlAddress(path).withSockaddr { bind(descriptor, $0, $1) } == 0
        umask(before)
        guard isBound, listen(descriptor, Self.backlog) == 0 else {
            let error = Self.failure("cannot listen on \(path)")
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.path = path
        let beside = beside
        acceptor = WorkerThread(name: "control") {
            while true {
                let peer = accept(descriptor, nil, nil)
                if peer < 0 && errno == EINTR { continue }
                guard peer >= 0 else { return }
                _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
                guard Self.isOwnUser(peer) else {
                    close(peer)
                    continue
                }
                // One at a time: each changes what the next builds on. What waits for others for hours does so beside.
                guard let message = ControlMessage.receive(from: peer) else {
                    close(peer)
                    continue
                }
                if isLong(message.words) {
                    beside.begin { Self.serve(message, peer, run) }
                } else {
                    Self.serve(message, peer, run)
                }
            }
        }
    }

    /// Takes no more commands, and returns when those under way have ended.
    func stop() {
        unlink(path)
        shutdown(descriptor, Int32(SHUT_RDWR))
        acceptor.join()
        beside.wait()
        close(descriptor)
    }

    private static func serve(_ message: ControlMessage, _ peer: Int32, _ run: Run) {
        let code = run(message.words, Console(input: message.input, output: message.output, errors: message.errors))
        message.closeDescriptors()
        var answer = UInt8(clamping: code.rawValue)
        _ = send(peer, &answer, 1, Int32(MSG_NOSIGNAL))
        close(peer)
    }

    /// Whether the process at the other end belongs to this program's user.
    private static func isOwnUser(_ peer: Int32) -> Bool {
        // pid, uid, gid: `ucred`, which Swift's Glibc does not show.
        var credentials: (Int32, UInt32, UInt32) = (0, .max, .max)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        let isKnown = getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0
        return isKnown && credentials.1 == geteuid()
    }

    private static func failure(_ what: String) -> MartletError {
        MartletError(.system, "\(what): \(String(cString: strerror(errno)))")
    }
}

/// Commands that take long, each on a thread of its own.
private final class LongCommands: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var count = 0

    func begin(_ body: @escaping @Sendable () -> Void) {
        lock.withLock { count += 1 }
        _ = WorkerThread(name: "control, long") { [self] in
            body()
            lock.withLock {
                count -= 1
                lock.signalAll()
            }
        }
    }

    func wait() {
        lock.withLock {
            while count > 0 { lock.wait() }
        }
    }
}

/// The address of a socket in the file system.
struct ControlAddress {
    private let path: String

    /// What an address has room for, the zero at its end included.
    private static let bytesMax = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    init(_ path: String) {
        self.path = path
    }

    /// Hands out the address. A path that is too long for one is reached through its folder, opened for the while.
    /// - Returns: what the body gives; -1, with `errno` set, where there is no such address.
    func withSockaddr(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        guard path.utf8.count >= Self.bytesMax else { return Self.withSockaddr(path, body) }
        guard let slash = path.lastIndex(of: "/") else { return Self.tooLong() }
        let folder = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return -1 }
        defer { close(folder) }
        return Self.withSockaddr("/proc/self/fd/\(folder)\(path[slash...])", body)
    }

    private static func withSockaddr(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        let bytes = Array(path.utf8)
        guard bytes.count < bytesMax else { return tooLong() }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { target in
            for (place, byte) in bytes.enumerated() { target[place] = byte }
        }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func tooLong() -> Int32 {
        errno = ENAMETOOLONG
        return -1
    }
}
