internal import CMicrohttpd
internal import Glibc

/// A bound, listening TCP socket. Its owner calls `close` once.
struct ListenSocket {
    let descriptor: Int32
    /// The port, also where 0 was asked for.
    let port: Int

    /// Binds and listens; port 0 is any free one.
    /// - Throws: `ServerError.hostUnknown`, `ServerError.listenFailed`.
    init(host: String, port: Int) throws(ServerError) {
        guard (0...65_535).contains(port) else { throw ServerError(.listenFailed, "\(port) is not a port.") }
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &found)
        guard code == 0, let first = found else {
            throw ServerError(.hostUnknown, "Cannot resolve \(host): \(String(cString: gai_strerror(code))).")
        }
        defer { freeaddrinfo(first) }
        var failure = ""
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let candidate = next {
            let descriptor = Self.listening(candidate.pointee)
            if descriptor >= 0 {
                self.descriptor = descriptor
                self.port = Self.boundPort(descriptor)
                return
            }
            failure = String(cString: strerror(errno))
            next = candidate.pointee.ai_next
        }
        throw ServerError(.listenFailed, "Cannot listen on \(host) port \(port): \(failure).")
    }

    /// A descriptor, or -1 with `errno` set.
    private static func listening(_ address: addrinfo) -> Int32 {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, address.ai_socktype | flags, address.ai_protocol)
        guard descriptor >= 0 else { return -1 }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0, listen(descriptor, SOMAXCONN) == 0 else {
            let reason = errno
            Glibc.close(descriptor)
            errno = reason
            return -1
        }
        return descriptor
    }

    private static func boundPort(_ descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let bound = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard bound == 0 else { return 0 }
        // The port lies at the same place in both families.
        return withUnsafeBytes(of: &storage) { bytes in
            Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }

    /// Accepts a connection that waits: a descriptor, or -1 with `errno` set.
    func accept(_ address: inout sockaddr_storage, _ length: inout socklen_t) -> Int32 {
        martlet_accept(descriptor, &address, &length)
    }

    /// Makes the kernel refuse new connections, and drop those not yet accepted; a thread that polls the socket wakes.
    /// The descriptor stays open.
    func refuseNew() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    func close() {
        Glibc.close(descriptor)
    }
}
