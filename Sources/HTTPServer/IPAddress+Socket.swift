internal import CMicrohttpd
internal import Glibc
internal import HTTP

extension IPAddress {
    /// The address of a socket address; `nil` if it is neither IPv4 nor IPv6.
    init?(_ address: UnsafePointer<sockaddr>?) {
        guard let address else { return nil }
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let socketAddress = raw.loadUnaligned(as: sockaddr_in.self)
            self.init(v4: UInt32(bigEndian: socketAddress.sin_addr.s_addr))
        case AF_INET6:
            var socketAddress = raw.loadUnaligned(as: sockaddr_in6.self)
            guard let address = withUnsafeBytes(of: &socketAddress.sin6_addr, { IPAddress(v6: $0) }) else { return nil }
            self = address
        default: return nil
        }
    }
}
