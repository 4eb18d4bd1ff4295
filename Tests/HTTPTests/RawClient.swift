import Dispatch
import Foundation
import Glibc
import HTTP
import TestSupport

/// A blocking HTTP client over a loopback socket that sends exactly the bytes it is given.
final class RawClient {
    struct Failure: Error {
        var reason: String
    }

    struct Answer {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: Int, timeoutSeconds: Int = 10) throws {
        do {
            descriptor = try LoopbackSocket.connect(port: port, timeoutSeconds: timeoutSeconds)
        } catch {
            throw Failure(reason: "connect: \(error.reason)")
        }
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(reason: "send: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    /// No more will be sent.
    func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Reads one answer, passing over `100 Continue`.
    func receive(isHead: Bool = false) throws -> Answer {
        while true {
            let answer = try receiveAny(isHead: isHead)
            if answer.status != 100 { return answer }
        }
    }

    /// Reads one answer, which may be `100 Continue`.
    func receiveAny(isHead: Bool = false) throws -> Answer {
        let end = Array("\r\n\r\n".utf8)
        var headEnd = received.firstRange(of: end)
        while headEnd == nil {
            guard try fill() else { throw Failure(reason: "closed before an answer") }
            headEnd = received.firstRange(of: end)
        }
        guard let headEnd else { throw Failure(reason: "no header") }
        let lines = String(decoding: received[..<headEnd.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        received.removeSubrange(..<headEnd.upperBound)
        let statusLine = lines[0].split(separator: " ")
        guard statusLine.count >= 2, let status = Int(statusLine[1]) else { throw Failure(reason: lines[0]) }
        var headers = HTTPHeaders()
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw Failure(reason: line) }
            headers.add(
                String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        let hasBody = !isHead && status >= 200 && status != 204 && status != 304
        return Answer(status: status, headers: headers, body: hasBody ? try body(headers) : [])
    }

    private func body(_ headers: HTTPHeaders) throws -> [UInt8] {
        if headers["transfer-encoding"] == "chunked" {
            var all: [UInt8] = []
            while true {
                guard let size = Int(try line(), radix: 16) else { throw Failure(reason: "chunk size") }
                let chunk = try take(size)
                _ = try line()
                if size == 0 { return all }
                all += chunk
            }
        }
        if let length = headers["content-length"].flatMap({ Int($0) }) { return try take(length) }
        while try fill() {}
        defer { received = [] }
        return received
    }

    private func line() throws -> String {
        while true {
            if let end = received.firstRange(of: [13, 10]) {
                defer { received.removeSubrange(..<end.upperBound) }
                return String(decoding: received[..<end.lowerBound], as: UTF8.self)
            }
            guard try fill() else { throw Failure(reason: "closed within a line") }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while received.count < count {
            guard try fill() else { throw Failure(reason: "closed within a body") }
        }
        defer { received.removeSubrange(..<count) }
        return Array(received[..<count])
    }

    /// Reads more; `false` at the end of the stream.
    private func fill() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 {
            if errno == ECONNRESET { return false }
            throw Failure(reason: "recv: \(String(cString: strerror(errno)))")
        }
        received += buffer[..<count]
        return count > 0
    }

    /// Reads and throws away a little; `false` at the end of the stream.
    func skip(bytesMax: Int) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: bytesMax)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 && errno != ECONNRESET { throw Failure(reason: "recv: \(String(cString: strerror(errno)))") }
        return count > 0
    }

    /// Whether the server has closed, waiting for it.
    func isClosed() throws -> Bool {
        received = []
        while try fill() {}
        return true
    }
}

/// Runs blocking work on a thread of its own, so that it takes none from the tasks that it waits for.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Swift.Result { try body() })
        }
    }
}

extension TestClient.Transport {
    /// Sends over a socket to a server on this machine.
    static func live(port: Int) -> TestClient.Transport {
        TestClient.Transport { request in
            try await onThread {
                let client = try RawClient(port: port)
                var head = "\(request.method.name) \(request.target) HTTP/1.1\r\nHost: localhost\r\n"
                for field in request.headers.fields { head += "\(field.name): \(field.value)\r\n" }
                if !request.body.isEmpty { head += "Content-Length: \(request.body.count)\r\n" }
                try client.send(Array((head + "\r\n").utf8) + request.body)
                let answer = try client.receive(isHead: request.method == .head)
                return HTTPResponse(
                    status: HTTPStatus(answer.status), headers: answer.headers, body: .bytes(answer.body))
            }
        }
    }
}
