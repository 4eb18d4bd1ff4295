internal import CMicrohttpd
internal import Glibc
internal import HTTP
internal import Synchronization

/// One daemon of libmicrohttpd: threads, the connections that were handed to them, and the certificate that those are
/// under. The daemons of a server share its engine.
final class Daemon: @unchecked Sendable {
    // Safe to share: `handle` and `memory` are set by `init` before any connection comes, and used up by `stop`, which
    // is called once, when nobody adds connections any more.
    let engine: Engine
    let suspended = SuspendedExchanges()
    /// Set when another daemon takes the new connections: answers then close theirs.
    let isDraining = Atomic<Bool>(false)
    private var handle: OpaquePointer?
    /// What libmicrohttpd keeps pointers to.
    private var memory: [UnsafeMutableRawPointer] = []
    private var startLog: UnsafeMutablePointer<martlet_start_log>?

    /// - Throws: `ServerError.tlsUnsupported`, `.tlsInvalid`, `.startFailed`.
    init(_ engine: Engine, _ configuration: ServerConfiguration, tls: ServerConfiguration.TLS?) throws(ServerError) {
        self.engine = engine
        var flags =
            MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
            | MHD_USE_NO_LISTEN_SOCKET.rawValue | MHD_USE_ERROR_LOG.rawValue
        var options = Self.options(configuration)
        var key: UnsafeMutablePointer<CChar>?
        if let tls {
            guard MHD_is_feature_supported(.FEATURE_SSL) == .YES else {
                throw ServerError(.tlsUnsupported, "This build of libmicrohttpd has no TLS.")
            }
            flags |= MHD_USE_TLS.rawValue
            key = tls.key.withCString { strdup($0) }
            let strings: [(MHD_OPTION, UnsafeMutablePointer<CChar>?)] = [
                (.HTTPS_MEM_KEY, key), (.HTTPS_MEM_CERT, strdup(tls.certificate)),
                (.HTTPS_PRIORITIES, strdup(ServerConfiguration.TLS.priorities)),
            ]
            options += strings.map { MHD_OptionItem(option: $0.0, value: 0, ptr_value: $0.1) }
            memory = strings.compactMap { $0.1.map { UnsafeMutableRawPointer($0) } }
        }
        options.append(MHD_OptionItem(option: .END, value: 0, ptr_value: nil))
        let log = UnsafeMutablePointer<martlet_start_log>.allocate(capacity: 1)
        log.initialize(to: martlet_start_log())
        // The threads hold this object by the pointer; `stop` ends them before the server lets it go.
        handle = martlet_MHD_start_daemon(
            flags, Unmanaged.passUnretained(self).toOpaque(), log, Callbacks.requestBegins, Callbacks.access,
            Callbacks.requestEnds, Callbacks.connectionChanges, Callbacks.unescape, &options)
        martlet_start_log_close(log)
        let reason = String(cString: martlet_start_log_text(log))
        // By now GnuTLS has read the key into memory of its own, which it wipes itself.
        if let key { explicit_bzero(key, strlen(key)) }
        guard handle != nil else {
            freeMemory()
            log.deallocate()
            throw Self.startFailure(reason, isTLS: tls != nil)
        }
        // libmicrohttpd goes on to look there, and finds it closed.
        startLog = log
    }

    deinit {
        startLog?.deallocate()
    }

    private static func startFailure(_ reason: String, isTLS: Bool) -> ServerError {
        let said = reason.split { $0 == "\n" || $0 == "\r" }.first.map { " libmicrohttpd says: \($0)" } ?? ""
        guard isTLS else {
            return ServerError(
                .startFailed, "libmicrohttpd did not start: out of threads, memory or descriptors." + said)
        }
        return ServerError(.tlsInvalid, "The TLS certificate and key do not load, or are not a pair." + said)
    }

    /// No more than there are descriptors for.
    static func connectionCountMax(_ configuration: ServerConfiguration) -> Int {
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
        if threadCount > 1 { values.append((.THREAD_POOL_SIZE, threadCount)) }
        return values.map { MHD_OptionItem(option: $0.0, value: $0.1, ptr_value: nil) }
    }

    /// Takes over an accepted connection, or closes it where its client has too many.
    func add(_ descriptor: Int32, _ address: inout sockaddr_storage, _ length: socklen_t) {
        let peer = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { IPAddress($0) }
        }
        guard engine.connections.admit(descriptor, from: peer, to: self) else {
            close(descriptor)
            return
        }
        if martlet_MHD_add(handle, descriptor, &address, length) == 0 { engine.connections.refused(descriptor) }
    }

    /// Whether it has no connections and nothing under way, and none can come: only to be asked once no more are added.
    var isEmpty: Bool { engine.connections.count(of: self) == 0 && suspended.isEmpty }

    /// Ends its threads and closes its connections. None may be suspended: libmicrohttpd would end the process.
    func stop() {
        guard let handle else { return }
        MHD_stop_daemon(handle)
        self.handle = nil
        freeMemory()
    }

    private func freeMemory() {
        for pointer in memory { free(pointer) }
        memory = []
    }
}
