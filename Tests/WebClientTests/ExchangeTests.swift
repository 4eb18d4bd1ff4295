import Foundation
import HTTP
import HTTPServer
import Testing
import WebClient

@Suite struct ExchangeTests {
    @Test func `an answer comes with its header and piece by piece`() async throws {
        try await onThread {
            let server = try Fixture.server()
            let client = try Fixture.client()
            var (pieces, bytes) = (0, 0)
            let head = try client.send(WebRequest(.get, "\(server.address)/large")) { head, piece in
                #expect(head.status == .ok)
                pieces += 1
                bytes += piece.count
            }
            #expect(bytes == 3_000_000 && pieces > 1 && head.headers["content-length"] == "3000000")
            let missing = try client.send(WebRequest(.get, "\(server.address)/nothing"))
            #expect(missing.head.status == .notFound && !missing.body.isEmpty)
            #expect(try client.send(WebRequest(.head, "\(server.address)/large")).body.isEmpty)
            server.stop()
        }
    }

    @Test func `bodies of every kind arrive whole, with every method`() async throws {
        try await onThread {
            let server = try Fixture.server()
            let client = try Fixture.client()
            let content = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let readable = WebBody.readable(byteCount: UInt64(content.count)) { buffer, offset in
                let piece = content[Int(offset)...].prefix(buffer.count)
                buffer.copyBytes(from: piece)
                return piece.count
            }
            for body in [WebBody.bytes(content), readable, stream(content, isCounted: true), stream(content)] {
                let answer = try client.send(
                    WebRequest(.put, "\(server.address)/echo", headers: ["Content-Type": "text/plain"], body: body))
                #expect(answer.head.headers["X-Method"] == "PUT")
                #expect(answer.body == content)
            }
            for method in [HTTPMethod.post, .patch, .delete] {
                let answer = try client.send(WebRequest(method, "\(server.address)/echo", body: .bytes([65])))
                #expect(answer.head.headers["X-Method"] == method.name && answer.body == [65])
                let empty = try client.send(WebRequest(method, "\(server.address)/echo"))
                #expect(empty.head.headers["X-Method"] == method.name)
            }
            server.stop()
        }
    }

    private func stream(_ content: [UInt8], isCounted: Bool = false) -> WebBody {
        var sent = 0
        return .stream(byteCount: isCounted ? UInt64(content.count) : nil) { buffer in
            let piece = content[sent...].prefix(min(buffer.count, 10_000))
            buffer.copyBytes(from: piece)
            sent += piece.count
            return piece.count
        }
    }

    @Test func `a body whose source fails or ends early fails the request`() async throws {
        struct Broken: Error {}
        try await onThread {
            let server = try RawServer { $0.wait() }
            let client = try Fixture.client()
            let failing = WebBody.readable(byteCount: 10) { _, _ in throw Broken() }
            let error = #expect(throws: WebClientError.self) {
                _ = try client.send(WebRequest(.put, server.address, body: failing))
            }
            #expect(error?.code == .bodyFailed && error?.cause is Broken)
            let short = WebBody.stream(byteCount: 10) { _ in 0 }
            #expect(Fixture.code { _ = try client.send(WebRequest(.put, server.address, body: short)) } == .bodyFailed)
        }
    }

    @Test func `a receiver that throws ends the request with its reason`() async throws {
        struct Full: Error {}
        try await onThread {
            let server = try Fixture.server()
            let client = try Fixture.client()
            let error = #expect(throws: WebClientError.self) {
                _ = try client.send(WebRequest(.get, "\(server.address)/large")) { _, _ in throw Full() }
            }
            #expect(error?.code == .receiverFailed && error?.cause is Full)
            server.stop()
        }
    }

    @Test func `a range is asked for and said to be one`() async throws {
        try await onThread {
            let server = try Fixture.server()
            let client = try Fixture.client()
            var request = WebRequest(.get, "\(server.address)/range")
            #expect(try client.send(request).head.range == nil)
            request.setRange(from: 3, through: 5)
            let answer = try client.send(request)
            #expect(answer.head.status == .partialContent && answer.body == Array("345".utf8))
            #expect(answer.head.range == WebResponse.Range(first: 3, last: 5, byteCount: 10))
            server.stop()
        }
    }

    @Test func `what a range claims is believed only if it can be`() {
        let range = { (text: String) in
            WebResponse(status: .partialContent, headers: ["Content-Range": text], url: "").range
        }
        #expect(range("bytes 0-0/*") == WebResponse.Range(first: 0, last: 0, byteCount: nil))
        for text in [
            "bytes 5-4/10", "bytes 0-10/10", "bytes */10", "items 0-1/2", "bytes 0-1", "bytes -1-2/9", "bytes +1-2/9",
        ] {
            #expect(range(text) == nil, "\(text)")
        }
        #expect(range("bytes 0-99999999999999999999/*") == nil)
    }

    @Test func `compression is used where it is asked for and limits count what it becomes`() async throws {
        try await onThread {
            let server = try Fixture.server()
            let client = try Fixture.client()
            var request = WebRequest(.get, "\(server.address)/packed")
            #expect(try client.send(request).body == Array("not packed".utf8))
            request.acceptsCompression = true
            let answer = try client.send(request)
            #expect(answer.body == [UInt8](repeating: 0, count: 100_000))
            #expect(answer.head.headers["Content-Encoding"] == nil && answer.head.headers["Content-Length"] == nil)
            request.answerBytesMax = 50_000
            #expect(Fixture.code { _ = try client.send(request) } == .tooLarge)
            server.stop()
        }
    }

    @Test func `a connection is used again, and a closed one costs no request that can be repeated`() async throws {
        try await onThread {
            let server = try RawServer { connection in
                // The first connection answers twice and closes without a word.
                var left = connection.number == 0 ? 2 : 100
                while left > 0, connection.request() != nil {
                    connection.answer("connection \(connection.number)")
                    left -= 1
                }
            }
            let client = try Fixture.client()
            let body = WebBody.readable(byteCount: 3) { buffer, _ in
                buffer.copyBytes(from: Array("abc".utf8).prefix(buffer.count))
                return 3
            }
            var answers: [String] = []
            for _ in 0..<4 {
                let answer = try client.send(WebRequest(.put, server.address, body: body))
                answers.append(String(decoding: answer.body, as: UTF8.self))
            }
            #expect(answers == ["connection 0", "connection 0", "connection 1", "connection 1"])
            #expect(server.connectionCount == 2)
        }
    }

    @Test func `many threads ask at once`() async throws {
        let server = try Fixture.server()
        let client = try Fixture.client()
        let address = server.address
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await onThread {
                        try (0..<20).count { _ in
                            try client.send(WebRequest(.get, "\(address)/echo")).head.status == .ok
                        }
                    }
                }
            }
            var count = 0
            for try await one in group { count += one }
            #expect(count == 160)
        }
        server.stop()
    }

    @Test func `limits of rate let everything through`() async throws {
        try await onThread {
            let server = try Fixture.server()
            var request = WebRequest(.put, "\(server.address)/echo", body: .bytes([UInt8](repeating: 5, count: 4_000)))
            request.sentBytesPerSecondMax = 1_000_000
            request.receivedBytesPerSecondMax = 1_000_000
            #expect(try Fixture.client().send(request).body.count == 4_000)
            server.stop()
        }
    }
}
