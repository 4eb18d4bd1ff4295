internal import CMicrohttpd
internal import Glibc
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
    }

    let descriptor: Int32
    /// The peer's address without port.
    let remoteAddress: String
    private let phase = Atomic<Int>(Phase.header.rawValue)
    private let sinceMilliseconds: Atomic<Int>
    private let bodyBytes = Atomic<Int>(0)

    init(descriptor: Int32, remoteAddress: String, now milliseconds: Int) {
        self.descriptor = descriptor
        self.remoteAddress = remoteAddress
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

    /// Whether the client has closed while it was to send something. libmicrohttpd misses the end of a stream that comes
    /// together with the last data (its epoll is edge-triggered), and would keep the connection until it times out.
    var isAbandoned: Bool {
        guard phase.load(ordering: .acquiring) != Phase.answer.rawValue else { return false }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0
    }

    /// The numeric form of a socket address; empty if it is neither IPv4 nor IPv6.
    static func numericHost(_ address: UnsafePointer<sockaddr>?) -> String {
        guard let address else { return "" }
        let length: Int
        switch Int32(address.pointee.sa_family) {
        case AF_INET: length = MemoryLayout<sockaddr_in>.size
        case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
        default: return ""
        }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(address, socklen_t(length), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
