import Foundation
import HTTP
import HTTPServer
import Testing

@Suite struct ServerTests {
    @Test(arguments: [false, true])
    func `the same requests get the same answers in process and over a socket`(_ isLive: Bool) async throws {
        let server = try Fixture.server()
        let client = TestClient(isLive ? .live(port: server.port) : .inProcess(Fixture.router()))
        func text(_ response: HTTPResponse) throws -> String {
            try String(decoding: response.body.collect(), as: UTF8.self)
        }
        #expect(try await text(client.get("/hello")) == "hello")
        #expect(try await text(client.get("/later?n=1")) == "later 1")
        #expect(try await text(client.get("/thread?n=a%20b")) == "thread a b")
        #expect(try await text(client.get("/twice")) == "first")
        #expect(try await client.get("/nothing").status == .notFound)
        #expect(try await client.get("/%zz").status == .badRequest)
        #expect(try await client.get("/a/%2e%2e/b").status == .badRequest)
        #expect(try await client.delete("/hello").headers["allow"] == "GET, HEAD, OPTIONS")
        let head = try await client.send(.head, "/hello")
        #expect(head.status == .ok && head.body.byteCount == 0)
        #expect(try await client.send(.options, "/hello").status == .noContent)
        #expect(try await client.get("/dropped").status == .internalServerError)
        #expect(try await client.get("/dropped-later").status == .internalServerError)
        #expect(try await text(client.post("/echo", headers: ["Content-Type": "a/b"], body: Array("x".utf8))) == "x")
        let injected = try await client.get("/inject?to=/a%0d%0aSet-Cookie:%20x=1")
        #expect(injected.status == .internalServerError)
        #expect(injected.headers["set-cookie"] == nil && injected.headers["location"] == nil)
        #expect(try await client.get("/inject?to=/a").headers["location"] == "/a")
        #expect(try await text(client.get("/stream?pieces=5")) == "piece 0\npiece 2\npiece 3\n")
        await stop(server)
    }

    @Test func `a large buffer and a long stream arrive whole`() async throws {
        let server = try Fixture.server()
        let client = TestClient(.live(port: server.port))
        let large = try await client.get("/large").body.collect()
        #expect(large.count == 800_000)
        #expect(large[799_996...].elementsEqual([0x3f, 0x0d, 0x03, 0]))
        let stream = try await client.get("/stream?pieces=30000").body.collect()
        #expect(stream.filter { $0 == 10 }.count == 20_000)
        await stop(server)
    }

    @Test func `a stream that breaks closes the connection before its end`() async throws {
        let server = try Fixture.server()
        await #expect(throws: RawClient.Failure.self) {
            try await TestClient(.live(port: server.port)).get("/stream?pieces=5&fails=1")
        }
        #expect(try await TestClient(.live(port: server.port)).get("/hello").status == .ok)
        await stop(server)
    }

    @Test func `a connection is kept alive and pipelined requests are answered in order`() async throws {
        let server = try Fixture.server()
        try await onThread {
            let client = try RawClient(port: server.port)
            let paths = (0..<50).map { ["/later?n=\($0)", "/hello", "/thread?n=\($0)"][$0 % 3] }
            try client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            for (number, path) in paths.enumerated() {
                let expected = path == "/hello" ? "hello" : "\(path.dropFirst().prefix { $0 != "?" }) \(number)"
                #expect(try client.receive().text == expected)
            }
            try client.send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET /where HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receive().text == "hi")
            #expect(try client.receive().text == "127.0.0.1")
        }
        await stop(server)
        #expect(server.requestCount == 0)
    }

    @Test func `many clients with replies from other threads all get their own answer`() async throws {
        let server = try Fixture.server()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<16 {
                group.addTask {
                    try await onThread {
                        let connection = try RawClient(port: server.port)
                        for turn in 0..<200 {
                            let path = turn % 2 == 0 ? "later" : "thread"
                            try connection.send("GET /\(path)?n=\(client)-\(turn) HTTP/1.1\r\nHost: a\r\n\r\n")
                            #expect(try connection.receive().text == "\(path) \(client)-\(turn)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        await stop(server)
    }

    @Test func `a stop lets the requests under way finish and refuses new ones`() async throws {
        let kept = Kept()
        let server = try Fixture.server(kept: kept)
        async let answers = withThrowingTaskGroup(of: RawClient.Answer.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await onThread {
                        let client = try RawClient(port: server.port)
                        try client.send("GET /kept HTTP/1.1\r\nHost: a\r\n\r\n")
                        return try client.receive()
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await onThread { try kept.wait(for: 8) }
        let stops = Counter()
        async let stopping: Void = onThread {
            server.stop(deadlineSeconds: 20)
            stops.next()
        }
        try await onThread {
            for _ in 0..<2000 {
                guard (try? RawClient(port: server.port)) != nil else { break }
                Thread.sleep(forTimeInterval: 0.001)
            }
            #expect(throws: RawClient.Failure.self) { try RawClient(port: server.port) }
            #expect(stops.value == 0)
            for reply in kept.takeAll() { reply(HTTPResponse(text: "finished")) }
        }
        for answer in try await answers {
            #expect(answer.text == "finished")
            #expect(answer.headers["connection"]?.lowercased() == "close")
        }
        try await stopping
        #expect(server.requestCount == 0)
    }

    @Test func `past the deadline those that still wait get 503 and late replies do no harm`() async throws {
        let kept = Kept()
        let server = try Fixture.server(kept: kept)
        async let answer = onThread {
            let client = try RawClient(port: server.port)
            try client.send("GET /kept HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.receive()
        }
        try await onThread {
            try kept.wait(for: 1)
            server.stop(deadlineSeconds: 0.05)
        }
        #expect(try await answer.status == 503)
        for reply in kept.takeAll() { reply(HTTPResponse(text: "too late")) }
        server.stop()
    }

    @Test func `replies that race a stop never crash and every client is answered or cut off`() async throws {
        for turn in 0..<20 {
            let server = try Fixture.server()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await onThread {
                            guard let client = try? RawClient(port: server.port) else { return }
                            while (try? client.send("GET /thread?n=1 HTTP/1.1\r\nHost: a\r\n\r\n")) != nil {
                                guard let answer = try? client.receive() else { return }
                                #expect(answer.status == 200 || answer.status == 503)
                            }
                        }
                    }
                }
                try await onThread {
                    Thread.sleep(forTimeInterval: 0.005 + Double(turn) * 0.001)
                    server.stop(deadlineSeconds: turn % 2 == 0 ? 1 : 0)
                }
                try await group.waitForAll()
            }
            #expect(server.requestCount == 0)
        }
    }

    @Test func `a port in use and an unknown host are clear errors`() async throws {
        let server = try Fixture.server()
        let handler = Fixture.router().handler
        #expect { try Server(ServerConfiguration(port: server.port), handler: handler) } throws: { error in
            (error as? ServerError)?.code == .listenFailed
        }
        #expect { try Server(ServerConfiguration(host: "no.such.host.invalid"), handler: handler) } throws: { error in
            (error as? ServerError)?.code == .hostUnknown
        }
        await stop(server)
    }

    @Test func `a certificate that is none is a clear error`() {
        let tls = ServerConfiguration.TLS(certificate: "nonsense", key: "nonsense")
        #expect {
            try Server(ServerConfiguration(tls: tls), handler: Fixture.router().handler)
        } throws: { error in
            (error as? ServerError)?.code == .tlsInvalid || (error as? ServerError)?.code == .tlsUnsupported
        }
    }

    private func stop(_ server: Server) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                server.stop()
                continuation.resume()
            }
        }
    }
}
