internal import CMicrohttpd
internal import Glibc
internal import HTTP
internal import Synchronization

/// What is known of one connection: its peer, and how far the client has got.
///
/// libmicrohttpd's own timeout counts from the last byte, so a client that sends a byte now and then could hold a
/// connection for ever. This counts from the start of what the connection waits for.
final class ConnectionWatch: Sendable {
    enum Phase: Int {
        /// Waiting for a request's header.
        case header
        /// Waiting for a request's body.
        case body
        /// The request is there: what now takes time is the server's doing.
        case answer
        /// The answer is on its way.
        case sending
    }

    let descriptor: Int32
    /// The number of the daemon that has the connection.
    let daemon: Int
    /// The peer's address; `nil` if it is neither IPv4 nor IPv6.
    let address: IPAddress?
    /// The same as text; empty for none.
    let remoteAddress: String
    /// Whether the peer's word counts on who the client is.
    let isTrustedProxy: Bool
    private let phase = Atomic<Int>(Phase.header.rawValue)
    private let sinceMilliseconds: Atomic<Int>
    private let bodyBytes = Atomic<Int>(0)
    /// How many bytes the client's machine had acknowledged when it was last looked.
    private let takenBytes = Atomic<Int>(0)
    /// For how long the client has taken less of an answer than it should.
    private let stalledMilliseconds = Atomic<Int>(0)

    init(descriptor: Int32, daemon: Int, address: IPAddress?, isTrustedProxy: Bool, now milliseconds: Int) {
        self.descriptor = descriptor
        self.daemon = daemon
        self.address = address
        self.isTrustedProxy = isTrustedProxy
        remoteAddress = address?.description ?? ""
        sinceMilliseconds = Atomic(milliseconds)
    }

    func enter(_ newPhase: Phase, now milliseconds: Int) {
        sinceMilliseconds.store(milliseconds, ordering: .relaxed)
        bodyBytes.store(0, ordering: .relaxed)
        phase.store(newPhase.rawValue, ordering: .releasing)
    }

    func received(_ count: Int) {
        bodyBytes.add(count, ordering: .relaxed)
    }

    /// Whether the client takes longer than it may.
    func isOverdue(now milliseconds: Int, limits: ServerLimits) -> Bool {
        let waited = milliseconds - sinceMilliseconds.load(ordering: .relaxed)
        switch phase.load(ordering: .acquiring) {
        case Phase.header.rawValue: return waited > limits.headerSecondsMax * 1000
        case Phase.body.rawValue:
            let earned = bodyBytes.load(ordering: .relaxed) * 1000 / max(limits.bodyBytesPerSecondMin, 1)
            return waited > limits.bodySecondsMin * 1000 + earned
        default: return false
        }
    }

    /// Whether the client leaves its answer lying. To be asked by one thread, at regular times.
    /// - Parameter milliseconds: since it was asked last.
    func isStalled(after milliseconds: Int, limits: ServerLimits) -> Bool {
        guard phase.load(ordering: .acquiring) == Phase.sending.rawValue,
            let flow = SocketFlow(descriptor), flow.waitingBytes > 0
        else {
            // Also where the server has nothing to send for the moment.
            stalledMilliseconds.store(0, ordering: .relaxed)
            return false
        }
        let taken = flow.takenBytes - takenBytes.exchange(flow.takenBytes, ordering: .relaxed)
        let earned = taken * 1000 / max(limits.answerBytesPerSecondMin, 1)
        let stalled = max(0, stalledMilliseconds.load(ordering: .relaxed) + milliseconds - earned)
        stalledMilliseconds.store(stalled, ordering: .relaxed)
        return stalled > limits.answerSecondsMin * 1000
    }

    /// Whether the client has closed while it was to send something. libmicrohttpd misses the end of a stream that comes
    /// together with the last data (its epoll is edge-triggered), and would keep the connection until it times out.
    var isAbandoned: Bool {
        guard phase.load(ordering: .acquiring) < Phase.answer.rawValue else { return false }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0
    }
}
