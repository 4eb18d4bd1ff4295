internal import Base
internal import CMicrohttpd
internal import Glibc
internal import HTTP
internal import Synchronization

/// One thread that reads, handles and writes, with its own instance of libmicrohttpd and the connections handed to it.
///
/// The loop is this one and not libmicrohttpd's own. There, a connection whose answer comes later must be suspended, and
/// resumed by whoever has the answer: system calls for each, and a thread woken for each. Here such a connection stays
/// among the ready ones: libmicrohttpd asks for its answer again with every turn of the loop, and one wake is enough
/// for all answers that came meanwhile. What waits long is suspended all the same: a turn must not grow with it.
final class EventLoop: Sleeper, @unchecked Sendable {
    // Safe to share: `handle`, `memory` and `thread` are set by `init` before any connection comes, and used up by `stop`,
    // which is called once; what is marked as the thread's own is used by nobody else while it runs; the rest is atomic
    // or has a lock.
    let engine: Engine
    /// Of the daemon that it belongs to.
    let daemon: Int
    let suspended = SuspendedExchanges()
    /// Set when another daemon takes the new connections: answers then close theirs.
    let isDraining = Atomic<Bool>(false)
    /// Set when requests that still wait are to be answered at once.
    private let isClosed = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)

    private var handle: OpaquePointer?
    private var thread: WorkerThread?
    /// What libmicrohttpd keeps pointers to.
    private var memory: [UnsafeMutableRawPointer] = []
    private var startLog: UnsafeMutablePointer<martlet_start_log>?

    /// Wakes the thread: an eventfd.
    private let alarm: Int32
    /// Whether the thread waits, or is about to, and nobody has woken it yet.
    private let isAsleep = Atomic<Bool>(false)
    /// Grows with everything that the thread should look at.
    private let work = Atomic<Int>(0)
    private let arrivals = Mutex<[Arrival]>([])

    // The thread's own.
    private var seenWork = 0
    private var turnNanoseconds: UInt64 = 0
    /// Connections that stay among the ready ones for their answer.
    private var waitingCount = 0
    /// Whether the turn had any input to handle.
    private var hadInput = false

    /// An accepted connection that the thread is to begin with.
    private struct Arrival {
        var descriptor: Int32
        var address: sockaddr_storage
        var length: socklen_t
    }

    /// How many connections may stay among the ready ones for their answer.
    private static let waitingCountMax = 64
    /// For how long.
    private static let waitingNanosecondsMax: UInt64 = 20_000_000
    /// How long the thread sleeps at most while some do: libmicrohttpd does not tell whether anything else is ready.
    private static let waitingSleepMilliseconds: Int32 = 1
    /// How long it sleeps at most otherwise; libmicrohttpd looks for idle connections when it is awake.
    private static let sleepMilliseconds: Int32 = 1000

    /// Starts libmicrohttpd and the thread.
    /// - Throws: `ServerError.tlsUnsupported`, `.tlsInvalid`, `.startFailed`.
    init(
        _ engine: Engine, _ configuration: ServerConfiguration, tls: ServerConfiguration.TLS?, daemon: Int
    ) throws(ServerError) {
        self.engine = engine
        self.daemon = daemon
        alarm = martlet_eventfd()
        guard alarm >= 0 else { throw Self.startFailure("", isTLS: false) }
        try start(configuration, tls)
        thread = WorkerThread(name: "http") { [unowned self] in run() }
    }

    deinit {
        if alarm >= 0 { Glibc.close(alarm) }
        startLog?.deallocate()
    }

    private func start(_ configuration: ServerConfiguration, _ tls: ServerConfiguration.TLS?) throws(ServerError) {
        var flags =
            MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_USE_NO_LISTEN_SOCKET.rawValue
            | MHD_USE_ERROR_LOG.rawValue
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
        // It holds this object by the pointer; `stop` ends it before the server lets the object go.
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

    private static func startFailure(_ reason: String, isTLS: Bool) -> ServerError {
        let said = reason.split { $0 == "\n" || $0 == "\r" }.first.map { " libmicrohttpd says: \($0)" } ?? ""
        guard isTLS else {
            return ServerError(
                .startFailed, "libmicrohttpd did not start: out of threads, memory or descriptors." + said)
        }
        return ServerError(.tlsInvalid, "The TLS certificate and key do not load, or are not a pair." + said)
    }

    private static func options(_ configuration: ServerConfiguration) -> [MHD_OptionItem] {
        let limits = configuration.limits
        // One connection's memory: request line and header, and beside them the answer's header.
        let memory = limits.headerBytesMax + limits.targetBytesMax + (8 << 10)
        let values: [(MHD_OPTION, Int)] = [
            (.CONNECTION_MEMORY_LIMIT, memory),
            (.CONNECTION_MEMORY_INCREMENT, 4 << 10),
            // Of all loops together, as whoever accepts holds them to it: none must refuse where others have room.
            (.CONNECTION_LIMIT, Daemon.connectionCountMax(configuration)),
            (.CONNECTION_TIMEOUT, max(1, limits.idleSecondsMax)),
            (.STRICT_FOR_CLIENT, 1),
        ]
        return values.map { MHD_OptionItem(option: $0.0, value: $0.1, ptr_value: nil) }
    }

    // MARK: From any thread

    /// Takes over an accepted connection that was admitted.
    func add(_ descriptor: Int32, _ address: sockaddr_storage, _ length: socklen_t) {
        arrivals.withLock { $0.append(Arrival(descriptor: descriptor, address: address, length: length)) }
        wake()
    }

    /// Has the thread look for answers and arrivals.
    package func wake() {
        work.add(1, ordering: .sequentiallyConsistent)
        guard isAsleep.exchange(false, ordering: .sequentiallyConsistent) else { return }
        var one: UInt64 = 1
        // It can only fail where it is signalled already.
        _ = write(alarm, &one, MemoryLayout<UInt64>.size)
    }

    /// Has all requests answered with 503 that wait for their answer.
    func answerWaiting() {
        isClosed.store(true, ordering: .sequentiallyConsistent)
        for exchange in suspended.close() { exchange.stop() }
        wake()
    }

    /// Ends the thread and closes its connections. None may be suspended: libmicrohttpd would end the process.
    func stop() {
        guard let handle else { return }
        isStopping.store(true, ordering: .sequentiallyConsistent)
        wake()
        thread?.join()
        thread = nil
        isClosed.store(true, ordering: .sequentiallyConsistent)
        for arrival in takeArrivals() {
            engine.connections.refused(arrival.descriptor)
            Glibc.close(arrival.descriptor)
        }
        MHD_stop_daemon(handle)
        self.handle = nil
        freeMemory()
    }

    private func freeMemory() {
        for pointer in memory { free(pointer) }
        memory = []
    }

    private func takeArrivals() -> [Arrival] {
        arrivals.withLock { arrivals in
            defer { arrivals.removeAll() }
            return arrivals
        }
    }

    // MARK: On the thread

    private func run() {
        guard let handle else { return }
        var events = [martlet_MHD_epoll(handle), alarm].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            seenWork = work.load(ordering: .sequentiallyConsistent)
            for arrival in takeArrivals() {
                var address = arrival.address
                if martlet_MHD_add(handle, arrival.descriptor, &address, arrival.length) == 0 {
                    engine.connections.refused(arrival.descriptor)
                }
            }
            hadInput = false
            turnNanoseconds = monotonicNanoseconds()
            MHD_run(handle)
            if isStopping.load(ordering: .sequentiallyConsistent) { return }
            sleep(handle, &events)
        }
    }

    /// Waits for input, an answer or an arrival.
    private func sleep(_ handle: OpaquePointer, _ events: inout [pollfd]) {
        var milliseconds = Self.sleepMilliseconds
        var limit: UInt64 = 0
        if MHD_get_timeout(handle, &limit) == .YES {
            milliseconds = Int32(clamping: min(limit, UInt64(Self.sleepMilliseconds)))
            if milliseconds == 0 {
                // Something is ready: input that was not read whole, or just those that wait for their answer.
                guard waitingCount > 0, !hadInput else { return }
                milliseconds = Self.waitingSleepMilliseconds
            }
        }
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        if work.load(ordering: .sequentiallyConsistent) == seenWork {
            events[0].revents = 0
            events[1].revents = 0
            if poll(&events, 2, milliseconds) > 0, events[1].revents != 0 {
                var count: UInt64 = 0
                _ = read(alarm, &count, MemoryLayout<UInt64>.size)
            }
        }
        isAsleep.store(false, ordering: .sequentiallyConsistent)
    }

    /// A callback had input to handle.
    func noteInput() {
        hadInput = true
    }

    /// Whether an exchange may stay among the ready ones until its answer comes.
    /// - Parameter since: the turn in which it began to; `nil` if it did not yet.
    func mayWait(_ since: inout UInt64?) -> Bool {
        if let since { return turnNanoseconds &- since < Self.waitingNanosecondsMax }
        guard waitingCount < Self.waitingCountMax else { return false }
        since = turnNanoseconds
        waitingCount += 1
        return true
    }

    /// An exchange that stayed among the ready ones does so no longer.
    func endWait(_ since: inout UInt64?) {
        guard since != nil else { return }
        since = nil
        waitingCount -= 1
    }

    /// Whether requests that wait are to be answered at once.
    var answersAtOnce: Bool { isClosed.load(ordering: .relaxed) }
}
