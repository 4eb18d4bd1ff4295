internal import CMicrohttpd
internal import Glibc
package import HTTP
internal import Synchronization

/// An HTTP/1.1 server over libmicrohttpd: some threads, each with its own epoll, that read, call the handler and write.
///
/// A handler that answers before it returns is answered in place; else its connection is set aside until the `Reply`
/// comes, and the thread goes on with others.
package final class Server: Sendable {
    /// The port that it listens on.
    package let port: Int
    package let host: String

    private let engine: Engine
    private let isTLS: Bool
    private let running: Mutex<Running?>

    /// Unchecked Sendable: the daemon's handle is used under the lock, and freed there once.
    private struct Running: @unchecked Sendable {
        let daemon: OpaquePointer
        let acceptor: Acceptor
        /// Strings that libmicrohttpd keeps pointers to.
        let strings: [UnsafeMutablePointer<CChar>?]
    }

    /// Starts to listen and answer.
    /// - Throws: `ServerError`.
    package init(_ configuration: ServerConfiguration, handler: @escaping Handler) throws(ServerError) {
        var flags =
            MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
            | MHD_USE_NO_LISTEN_SOCKET.rawValue
        var strings: [UnsafeMutablePointer<CChar>?] = []
        var options = Self.options(configuration)
        if let tls = configuration.tls {
            guard MHD_is_feature_supported(.FEATURE_SSL) == .YES else {
                throw ServerError(.tlsUnsupported, "This build of libmicrohttpd has no TLS.")
            }
            flags |= MHD_USE_TLS.rawValue
            strings = [strdup(tls.key), strdup(tls.certificate), strdup("NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2")]
            let kinds = [MHD_OPTION.HTTPS_MEM_KEY, .HTTPS_MEM_CERT, .HTTPS_PRIORITIES]
            options += zip(kinds, strings).map { MHD_OptionItem(option: $0, value: 0, ptr_value: $1) }
        }
        let socket: ListenSocket
        do {
            socket = try ListenSocket(host: configuration.host, port: configuration.port)
        } catch {
            for string in strings { free(string) }
            throw error
        }
        options.append(MHD_OptionItem(option: .END, value: 0, ptr_value: nil))
        engine = Engine(configuration: configuration, handler: handler)
        // The threads hold the engine by this pointer; `stop` ends them before `self` lets it go.
        let shared = Unmanaged.passUnretained(engine).toOpaque()
        let daemon = martlet_MHD_start_daemon(
            flags, shared, Callbacks.requestBegins, Callbacks.access, Callbacks.requestEnds,
            Callbacks.connectionChanges, Callbacks.unescape, &options)
        guard let daemon else {
            socket.close()
            for string in strings { free(string) }
            if configuration.tls != nil {
                throw ServerError(.tlsInvalid, "The TLS certificate and key do not load, or are not a pair.")
            }
            throw ServerError(.startFailed, "libmicrohttpd did not start: out of threads, memory or descriptors.")
        }
        host = configuration.host
        port = socket.port
        isTLS = configuration.tls != nil
        let acceptor = Acceptor(
            socket, daemon: daemon, connections: engine.connections,
            connectionCountMax: Self.connectionCountMax(configuration))
        running = Mutex(Running(daemon: daemon, acceptor: acceptor, strings: strings))
    }

    /// No more than there are descriptors for.
    private static func connectionCountMax(_ configuration: ServerConfiguration) -> Int {
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        let forFiles = max(16, Int(clamping: files.rlim_cur) - 128)
        return max(min(configuration.limits.connectionCountMax, forFiles), configuration.threadCount, 1)
    }

    private static func options(_ configuration: ServerConfiguration) -> [MHD_OptionItem] {
        let limits = configuration.limits
        let threadCount = max(1, configuration.threadCount)
        // One connection's memory: request line and header, and beside them the answer's header.
        let memory = limits.headerBytesMax + limits.targetBytesMax + (8 << 10)
        var values: [(MHD_OPTION, Int)] = [
            (.CONNECTION_MEMORY_LIMIT, memory),
            (.CONNECTION_MEMORY_INCREMENT, 4 << 10),
            // Of all threads together; each has its share, and connections are not spread quite evenly.
            (.CONNECTION_LIMIT, connectionCountMax(configuration) * 2),
            (.CONNECTION_TIMEOUT, max(1, limits.idleSecondsMax)),
            (.STRICT_FOR_CLIENT, 1),
        ]
        if limits.connectionsPerAddressMax > 0 {
            values.append((.PER_IP_CONNECTION_LIMIT, limits.connectionsPerAddressMax))
        }
        if threadCount > 1 { values.append((.THREAD_POOL_SIZE, threadCount)) }
        return values.map { MHD_OptionItem(option: $0.0, value: $0.1, ptr_value: nil) }
    }

    deinit {
        stop(deadlineSeconds: 0)
    }

    /// Where the server is reached, such as `http://127.0.0.1:8080`.
    package var address: String {
        (isTLS ? "https://" : "http://") + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }

    /// Requests whose header has come and whose answer has not been sent whole.
    package var requestCount: Int { engine.gate.count }

    /// Stops: refuses new connections at once, lets the requests under way finish until the deadline, then answers 503
    /// to those that still wait for their `Reply`, and ends the threads. Returns when all is ended; again at once.
    ///
    /// Blocks; never call it from a handler. A handler that has not returned by the deadline is waited for.
    /// - Parameter deadlineSeconds: how long requests may take to finish.
    package func stop(deadlineSeconds: Double = 30) {
        running.withLock { running in
            guard let current = running else { return }
            running = nil
            engine.isDraining.store(true, ordering: .sequentiallyConsistent)
            current.acceptor.stop()
            if !Self.wait(deadlineSeconds, until: engine.gate.closeIfEmpty) {
                engine.gate.close()
                let error = HTTPError(.stopping, "The server is stopping.")
                for exchange in engine.suspended.close() { exchange.deliver(.failure(error)) }
                _ = Self.wait(1) { engine.gate.count == 0 }
            }
            // libmicrohttpd ends the process if a connection is suspended while it stops.
            _ = Self.wait(Self.resumeSecondsMax, until: { engine.suspended.isEmpty })
            MHD_stop_daemon(current.daemon)
            for string in current.strings { free(string) }
        }
    }

    /// How long another thread may take from settling an answer to resuming its connection.
    private static let resumeSecondsMax = 30.0

    /// Looks every millisecond whether `condition` holds, for `seconds` at most.
    private static func wait(_ seconds: Double, until condition: () -> Bool) -> Bool {
        var rest = Int(seconds * 1000)
        while !condition() {
            guard rest > 0 else { return false }
            rest -= 1
            usleep(1000)
        }
        return true
    }
}
