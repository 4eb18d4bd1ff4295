internal import Foundation

/// Asks a server of this machine one thing, over a connection of its own.
struct ProbeClient {
    let port: Int
    let token: String

    /// An answer; `nil` if none came, as from a server that does not listen yet.
    struct Answer {
        var status: Int
        /// Header and body.
        var bytes: Int
    }

    private static let secondsMax = 30

    func get(_ path: String) -> Answer? {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        var patience = timeval(tv_sec: Self.secondsMax, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard connect(socket) else { return nil }
        let request =
            "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAuthorization: Bearer \(token)\r\n"
            + "Accept: application/fhir+json\r\nConnection: close\r\n\r\n"
        let bytes = Array(request.utf8)
        guard send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return nil }
        return answer(on: socket)
    }

    private func connect(_ socket: Int32) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private func answer(on socket: Int32) -> Answer? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var head: [UInt8] = []
        var total = 0
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            if head.count < 12 { head += buffer.prefix(min(count, 12 - head.count)) }
            total += count
        }
        // "HTTP/1.1 200"
        guard head.count == 12, let status = Int(String(decoding: head.dropFirst(9), as: UTF8.self)) else { return nil }
        return Answer(status: status, bytes: total)
    }
}
