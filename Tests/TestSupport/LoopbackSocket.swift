internal import Glibc

/// TCP connections to servers on this machine.
package enum LoopbackSocket {
    /// What the system says of a connection that could not be made.
    package struct Failure: Error {
        package var reason: String
    }

    /// A connected socket, which is the caller's to close.
    /// - Parameter timeoutSeconds: after which a read or write gives up; `nil` for never.
    package static func connect(port: Int, timeoutSeconds: Int? = nil) throws(Failure) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        if let timeoutSeconds {
            var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
            }
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            let failure = Failure(reason: String(cString: strerror(errno)))
            close(descriptor)
            throw failure
        }
        return descriptor
    }
}
