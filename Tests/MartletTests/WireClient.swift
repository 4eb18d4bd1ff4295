import Foundation
import Glibc
import TestSupport

/// Sends bytes to a server on this machine and reads what comes back until it closes.
final class WireClient {
    struct Failure: Error {
        var reason: String
    }

    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = try LoopbackSocket.connect(port: port)
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        let count = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        guard count == bytes.count else { throw Failure(reason: String(cString: strerror(errno))) }
    }

    /// Takes the bytes that are expected next.
    /// - Throws: `Failure` with what came instead.
    func receive(_ expected: String) throws {
        var buffer = [UInt8](repeating: 0, count: expected.utf8.count)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_WAITALL))
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        guard text == expected else { throw Failure(reason: text) }
    }

    /// The status and body of the one answer that comes before the server closes.
    func receive() throws -> (status: Int, text: String) {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { break }
            all += buffer.prefix(count)
        }
        let text = String(decoding: all, as: UTF8.self)
        let words = text.prefix { $0 != "\r\n" }.split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { throw Failure(reason: "no answer") }
        return (status, text)
    }

    /// One request without a body.
    static func get(_ target: String, port: Int, token: String? = nil) throws -> (status: Int, text: String) {
        let client = try WireClient(port: port)
        try client.send(head("GET", target, token: token) + "\r\n")
        return try client.receive()
    }

    /// The start of a request's header, without the empty line that ends it.
    static func head(_ method: String, _ target: String, token: String?) -> String {
        let credential = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        return "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + credential
    }
}
