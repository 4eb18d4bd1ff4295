import Foundation
import Glibc
import TestSupport

/// One connection to a server on this machine, kept from request to request.
final class KeptClient {
    /// An answer with its body.
    struct Answer {
        var status: Int
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32
    private let token: String
    /// What was received and not yet read.
    private var received: [UInt8] = []

    init(port: Int, token: String) throws {
        self.token = token
        descriptor = try LoopbackSocket.connect(port: port)
        var isOn: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
        close(descriptor)
    }

    /// Sends one request and reads its answer.
    func send(_ method: String, _ target: String, body: [UInt8]? = nil) throws -> Answer {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n"
        if let body { head += "Content-Type: application/fhir+json\r\nContent-Length: \(body.count)\r\n" }
        try write(Array((head + "\r\n").utf8) + (body ?? []))
        return try read()
    }

    private func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Glibc.send(descriptor, raw.baseAddress.map { $0 + sent }, raw.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw WireClient.Failure(reason: String(cString: strerror(errno))) }
            sent += count
        }
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw WireClient.Failure(reason: "the server closed the connection") }
        received += buffer[..<count]
    }

    private func read() throws -> Answer {
        let end = Array("\r\n\r\n".utf8)
        while received.firstRange(of: end) == nil { try receive() }
        guard let headEnd = received.firstRange(of: end)?.upperBound else { return Answer(status: 0, body: []) }
        let lines = String(decoding: received[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count > 1, let status = Int(words[1]) else { throw WireClient.Failure(reason: "no answer") }
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
        let count = length.flatMap { Int($0.dropFirst("content-length:".count).filter(\.isNumber)) }
        guard let count = count ?? (status == 204 || status == 304 ? 0 : nil) else {
            throw WireClient.Failure(reason: "an answer without a length: \(lines)")
        }
        while received.count < headEnd + count { try receive() }
        let body = Array(received[headEnd..<headEnd + count])
        received.removeFirst(headEnd + count)
        return Answer(status: status, body: body)
    }
}
