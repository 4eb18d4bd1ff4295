internal import CMicrohttpd
internal import Glibc
internal import HTTP
internal import Synchronization

/// The event loops that serve under one certificate. The daemons of a server share its engine.
final class Daemon: Sendable {
    /// Which it is, among all of the process.
    let number: Int
    private let engine: Engine
    private let loops: [EventLoop]
    private let next = Atomic<Int>(0)

    private static let numbers = Atomic<Int>(0)

    /// - Throws: `ServerError.tlsUnsupported`, `.tlsInvalid`, `.startFailed`.
    init(_ engine: Engine, _ configuration: ServerConfiguration, tls: ServerConfiguration.TLS?) throws(ServerError) {
        self.engine = engine
        number = Self.numbers.add(1, ordering: .relaxed).newValue
        var loops: [EventLoop] = []
        do throws(ServerError) {
            for _ in 0..<max(1, configuration.threadCount) {
                loops.append(try EventLoop(engine, configuration, tls: tls, daemon: number))
            }
        } catch {
            for loop in loops { loop.stop() }
            throw error
        }
        self.loops = loops
    }

    /// No more than there are descriptors for.
    static func connectionCountMax(_ configuration: ServerConfiguration) -> Int {
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        let forFiles = max(16, Int(clamping: files.rlim_cur) - 128)
        return max(min(configuration.limits.connectionCountMax, forFiles), configuration.threadCount, 1)
    }

    /// Takes over an accepted connection, or closes it where its client has too many.
    func add(_ descriptor: Int32, _ address: inout sockaddr_storage, _ length: socklen_t) {
        let peer = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { IPAddress($0) }
        }
        guard engine.connections.admit(descriptor, from: peer, to: self) else {
            Glibc.close(descriptor)
            return
        }
        let turn = next.add(1, ordering: .relaxed).oldValue
        loops[Int(UInt(bitPattern: turn) % UInt(loops.count))].add(descriptor, address, length)
    }

    /// Answers close their connections from now on.
    func drain() {
        for loop in loops { loop.isDraining.store(true, ordering: .relaxed) }
    }

    /// Answers 503 to those that still wait for their answer.
    func answerWaiting() {
        for loop in loops { loop.answerWaiting() }
    }

    var hasSuspended: Bool { loops.contains { !$0.suspended.isEmpty } }

    /// Whether it has no connections and nothing under way, and none can come: only to be asked once no more are added.
    var isEmpty: Bool { engine.connections.count(of: self) == 0 && !hasSuspended }

    /// Ends its threads and closes its connections. None may be suspended: libmicrohttpd would end the process.
    func stop() {
        for loop in loops { loop.stop() }
    }
}
