internal import CCurl
internal import Glibc
internal import HTTP

/// Opens the sockets of a connection: to addresses that the policy permits and to no others.
///
/// It sees each address after the host's name was resolved and just before the connection is made to it, so nothing can
/// change in between.
final class SocketGate {
    /// Judges an address, with whether it is an IPv4 address within IPv6, and a port.
    typealias Judge = (_ address: IPAddress, _ isMapped: Bool, _ port: Int) -> Bool

    /// What a refusal says to whoever runs the program.
    let refusal: String
    private let judge: Judge
    private(set) var refusedCount = 0
    private(set) var openedCount = 0

    init(refusal: String, _ judge: @escaping Judge) {
        self.refusal = refusal
        self.judge = judge
    }

    convenience init(_ policy: AddressPolicy, host: String, isPlain: Bool) {
        let host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let refusal = "the host has no address of the public internet; an operator can allow it by its name"
        self.init(refusal: refusal) { address, isMapped, port in
            policy.permits(address, isMapped: isMapped, port: port, host: host, isPlain: isPlain)
        }
    }

    /// Whether there were addresses and none of them is permitted.
    var refusedAll: Bool { refusedCount > 0 && openedCount == 0 }

    /// A socket for libcurl, or that there is none.
    static let open:
        @convention(c) (
            UnsafeMutableRawPointer?, curlsocktype, UnsafeMutablePointer<curl_sockaddr>?
        ) -> curl_socket_t = { context, purpose, address in
            guard let context, let address, purpose == CURLSOCKTYPE_IPCXN else { return CURL_SOCKET_BAD }
            let gate = Unmanaged<SocketGate>.fromOpaque(context).takeUnretainedValue()
            guard gate.permits(address) else {
                gate.refusedCount += 1
                return CURL_SOCKET_BAD
            }
            let kind = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = socket(address.pointee.family, kind, address.pointee.`protocol`)
            if descriptor >= 0 { gate.openedCount += 1 }
            return descriptor >= 0 ? descriptor : CURL_SOCKET_BAD
        }

    private func permits(_ address: UnsafeMutablePointer<curl_sockaddr>) -> Bool {
        let length = Int(address.pointee.addrlen)
        return withUnsafeMutablePointer(to: &address.pointee.addr) { pointer in
            let bytes = UnsafeRawBufferPointer(start: pointer, count: length)
            return permits(bytes, family: address.pointee.family)
        }
    }

    private func permits(_ bytes: UnsafeRawBufferPointer, family: Int32) -> Bool {
        switch family {
        case AF_INET:
            guard bytes.count >= MemoryLayout<sockaddr_in>.size else { return false }
            let name = bytes.loadUnaligned(as: sockaddr_in.self)
            let address = IPAddress(v4: UInt32(bigEndian: name.sin_addr.s_addr))
            return judge(address, false, Int(UInt16(bigEndian: name.sin_port)))
        case AF_INET6:
            guard bytes.count >= MemoryLayout<sockaddr_in6>.size else { return false }
            let name = bytes.loadUnaligned(as: sockaddr_in6.self)
            return withUnsafeBytes(of: name.sin6_addr) { number in
                guard let address = IPAddress(v6: number) else { return false }
                return judge(address, address.isV4, Int(UInt16(bigEndian: name.sin6_port)))
            }
        default: return false
        }
    }
}
