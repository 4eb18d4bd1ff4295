internal import Base
internal import Foundation

/// Sends uploads to a server of this machine, a connection for each request.
struct UploadClient {
    /// What is sent, over and over.
    struct Part: Sendable {
        let bytes: [UInt8]
        /// Base64 of its SHA-256.
        let digest: String
    }

    let port: Int
    let token: String

    /// - Returns: the new upload's id.
    /// - Throws: `BenchmarkError.server`, as all calls.
    func begin(partCount: Int) throws -> String {
        let body = Array(#"{"fileName":"bench.zip","partCount":\#(partCount)}"#.utf8)
        let answer = try send("POST", "/api/v1/uploads", ["Content-Type: application/json"], body, expecting: 201)
        guard let start = answer.range(of: #""id":""#) else {
            throw BenchmarkError(.server, "the server names no upload")
        }
        return String(answer[start.upperBound...].prefix { $0 != "\"" })
    }

    func put(_ part: Part, upload: String, number: Int) throws {
        _ = try send(
            "PUT", "/api/v1/uploads/\(upload)/parts/\(number)", ["Content-Digest: sha-256=:\(part.digest):"],
            part.bytes, expecting: 201)
    }

    func complete(_ upload: String) throws {
        _ = try send("POST", "/api/v1/uploads/\(upload)/complete", [], [], expecting: 200)
    }

    private func send(
        _ method: String, _ path: String, _ fields: [String], _ body: [UInt8], expecting status: Int
    ) throws -> String {
        let socket = try connected()
        defer { close(socket) }
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n"
        head +=
            (fields + ["Content-Length: \(body.count)", "Connection: close"]).joined(separator: "\r\n") + "\r\n\r\n"
        try send(Array(head.utf8), on: socket)
        try send(body, on: socket)
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer.prefix(count)
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 \(status)") else {
            throw BenchmarkError(.server, "\(method) \(path) is answered: \(text.prefix { $0 != "\r" })")
        }
        return text
    }

    private func connected() throws -> Int32 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw BenchmarkError(.server, "no socket can be had") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            close(socket)
            throw BenchmarkError(.server, "the server takes no connection")
        }
        return socket
    }

    private func send(_ bytes: [UInt8], on socket: Int32) throws {
        try bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Foundation.send(
                    socket, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw BenchmarkError(.server, "the server closed the connection") }
                sent += count
            }
        }
    }
}
