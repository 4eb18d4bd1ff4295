import Base
import Foundation
import HTTP
import HTTPServer
import Testing

@Suite struct HostileInputTests {
    /// Sends `text` on a connection of its own and reads one answer.
    private func answer(_ port: Int, _ text: String) async throws -> RawClient.Answer {
        try await onThread {
            let client = try RawClient(port: port)
            try client.send(text)
            return try client.receive()
        }
    }

    private func status(_ port: Int, _ text: String) async -> Int? {
        try? await answer(port, text).status
    }

    @Test func `a body at the limit passes and one byte more is refused with a reason`() async throws {
        let server = try Fixture.server()
        let client = TestClient(.live(port: server.port))
        let allowed = try await client.post("/length", body: [UInt8](repeating: 97, count: 100_000))
        #expect(try String(decoding: allowed.body.collect(), as: UTF8.self) == "100000")
        let refused = try await client.post("/length", body: [UInt8](repeating: 97, count: 100_001))
        #expect(refused.status == .contentTooLarge)
        #expect(try String(decoding: refused.body.collect(), as: UTF8.self).contains("100000 bytes"))
        let huge = try await answer(
            server.port, "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999\r\n\r\n")
        #expect(huge.status == 413)
        #expect(huge.headers["connection"]?.lowercased() == "close")
    }

    @Test func `chunked bodies are joined and those past the limit are refused`() async throws {
        let server = try Fixture.server()
        let head = "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(try await answer(server.port, head + "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n").text == "4")
        let chunk = "2710\r\n" + String(repeating: "a", count: 10_000) + "\r\n"
        #expect(try await answer(server.port, head + String(repeating: chunk, count: 11) + "0\r\n\r\n").status == 413)
        let endless = await status(server.port, head + String(repeating: chunk, count: 60))
        #expect(endless == nil || endless == 413)
        let broken = await status(server.port, head + "zz\r\nabc\r\n")
        #expect(broken == nil || broken == 400)
    }

    @Test func `a client that expects 100 gets it or the refusal before it sends the body`() async throws {
        let server = try Fixture.server(admit: { request in
            request.bearerToken == "t" ? nil : HTTPResponse(status: .unauthorized)
        })
        try await onThread {
            let client = try RawClient(port: server.port)
            let head = "POST /length HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            try client.send(head + "Authorization: Bearer t\r\nContent-Length: 3\r\n\r\n")
            #expect(try client.receiveAny().status == 100)
            try client.send("abc")
            #expect(try client.receive().text == "3")
            try client.send(head + "Authorization: Bearer t\r\nContent-Length: 300000\r\n\r\n")
            #expect(try client.receiveAny().status == 413)
            let stranger = try RawClient(port: server.port)
            try stranger.send(head + "Content-Length: 3\r\n\r\n")
            #expect(try stranger.receiveAny().status == 401)
        }
        let late = try await answer(server.port, "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        #expect(late.status == 401)
        #expect(server.requestCount == 0 || late.status == 401)
    }

    @Test func `a target or header past its limit is refused`() async throws {
        let server = try Fixture.server()
        let long = String(repeating: "a", count: 8193)
        #expect(await status(server.port, "GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n") == 414)
        let fields = (0..<101).map { "X-\($0): 1\r\n" }.joined()
        #expect(await status(server.port, "GET /hello HTTP/1.1\r\nHost: a\r\n\(fields)\r\n") == 431)
        let large = String(repeating: "b", count: 17_000)
        #expect(await status(server.port, "GET /hello HTTP/1.1\r\nHost: a\r\nX: \(large)\r\n\r\n") == 431)
        let huge = String(repeating: "c", count: 300_000)
        let refused = await status(server.port, "GET /hello HTTP/1.1\r\nHost: a\r\nX: \(huge)\r\n\r\n")
        #expect(refused == nil || refused == 431)
        let hugeTarget = await status(server.port, "GET /\(huge) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(hugeTarget == nil || hugeTarget == 414)
        #expect(await status(server.port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n") == 200)
    }

    @Test(arguments: [
        "Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Content-Length: -1\r\n", "Content-Length: +3\r\n",
        "Content-Length: 3, 3\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Content-Length: 99999999999999999999999\r\n",
    ])
    func `a body framed in a doubtful way is refused and the connection closed`(_ fields: String) async throws {
        let server = try Fixture.server()
        try await onThread {
            let client = try RawClient(port: server.port)
            try client.send("POST /length HTTP/1.1\r\nHost: a\r\n\(fields)\r\nabc")
            let status = try? client.receive().status
            #expect(status == nil || status == 400 || status == 413)
            #expect(try client.isClosed())
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n\r\n", "GET /hello HTTP/9.9\r\nHost: a\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", "GET /hello HTTP/1.1\nHost: a\n\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ])
    func `a malformed request is refused and the next client served`(_ text: String) async throws {
        let server = try Fixture.server()
        _ = try await onThread {
            let client = try RawClient(port: server.port, timeoutSeconds: 2)
            try client.send(text)
            client.endSending()
            return try? client.receive().status
        }
        #expect(await status(server.port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n") == 200)
    }

    @Test func `an upload that breaks off leaves nothing behind`() async throws {
        let server = try Fixture.server()
        try await onThread {
            for _ in 0..<20 {
                let client = try RawClient(port: server.port)
                try client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n")
                try client.send([UInt8](repeating: 1, count: 20_000))
                for _ in 0..<5000 where server.requestCount == 0 { Thread.sleep(forTimeInterval: 0.001) }
                #expect(server.requestCount > 0)
            }
            for _ in 0..<5000 where server.requestCount > 0 { Thread.sleep(forTimeInterval: 0.001) }
        }
        #expect(server.requestCount == 0)
    }

    @Test func `bodies in memory together stay within their limit`() async throws {
        let server = try Fixture.server(limits: Fixture.limits { $0.bodiesBytesMax = 50_000 })
        let client = TestClient(.live(port: server.port))
        let refused = try await client.post("/length", body: [UInt8](repeating: 97, count: 60_000))
        #expect(refused.status == .serviceUnavailable)
        #expect(refused.headers["retry-after"] == "1")
        // Each on a connection of its own: what one took is free again as soon as its answer is seen.
        for _ in 0..<200 {
            #expect(try await client.post("/length", body: [UInt8](repeating: 97, count: 40_000)).status == .ok)
        }
    }

    @Test func `a client that sends its header or body drop by drop is cut off`() async throws {
        let server = try Fixture.server(
            limits: Fixture.limits {
                $0.headerSecondsMax = 1
                $0.bodySecondsMin = 1
            })
        for start in ["GET /hello HTTP/1.1\r\n", "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n"] {
            try await onThread {
                let client = try RawClient(port: server.port)
                try client.send(start)
                let begin = monotonicNanoseconds()
                while (try? client.send("a")) != nil {
                    let waited = monotonicNanoseconds() - begin
                    guard waited < 60_000_000_000 else { break }
                    Thread.sleep(forTimeInterval: 0.05)
                }
                #expect(monotonicNanoseconds() - begin < 50_000_000_000)
            }
        }
        for _ in 0..<1000 where server.requestCount > 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(server.requestCount == 0)
    }

    @Test func `a client that takes its answers drop by drop is cut off, one that takes a pause is not`() async throws {
        let server = try Fixture.server(
            limits: Fixture.limits {
                $0.answerSecondsMin = 4
                $0.answerBytesPerSecondMin = 100_000
            })
        let requests = String(repeating: "GET /large HTTP/1.1\r\nHost: a\r\n\r\n", count: 60)
        async let pausing = onThread {
            let client = try RawClient(port: server.port, timeoutSeconds: 60)
            try client.send(requests)
            Thread.sleep(forTimeInterval: 1)
            for _ in 0..<60 { #expect(try client.receive().body.count == 800_000) }
        }
        try await onThread {
            let client = try RawClient(port: server.port, timeoutSeconds: 60)
            try client.send(requests)
            let begin = monotonicNanoseconds()
            // What lies in the kernel's buffers can still be read once the server has closed.
            while server.requestCount > 0, monotonicNanoseconds() - begin < 60_000_000_000 {
                guard try client.skip(bytesMax: 100) else { break }
                Thread.sleep(forTimeInterval: 0.02)
            }
            #expect(monotonicNanoseconds() - begin < 50_000_000_000)
        }
        try await pausing
        for _ in 0..<1000 where server.connectionCount > 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(server.connectionCount == 0)
        server.stop()
    }

    @Test func `thousands of requests sent at once on one connection are answered in order`() async throws {
        let server = try Fixture.server()
        try await onThread {
            let client = try RawClient(port: server.port, timeoutSeconds: 60)
            try client.send(
                (0..<2000).map { "GET /thread?n=\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            for number in 0..<2000 { #expect(try client.receive().text == "thread \(number)") }
        }
        server.stop()
    }

    @Test func `what the server refuses before a handler tells nothing of itself`() async throws {
        let server = try Fixture.server()
        for text in [
            "GET\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
            "GET /hello HTTP/9.9\r\nHost: a\r\n\r\n", "GET /hello HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
            "GET /hello HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "c", count: 300_000))\r\n\r\n",
            "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        ] {
            guard let refused = try? await answer(server.port, text) else { continue }
            let all = refused.text + refused.headers.fields.map { $0.name + $0.value }.joined()
            for inner in ["microhttpd", "MHD", "Swift", ".swift", "/usr", "0x", "Ubuntu", "Debian", "GnuTLS"] {
                #expect(!all.contains(inner), "\(inner) in \(all)")
            }
            #expect(refused.status >= 400 && refused.status < 600, "\(text)")
        }
        server.stop()
    }

    @Test func `random bytes and mutated requests for two seconds leave the server well`() async throws {
        let server = try Fixture.server()
        let port = server.port
        try await onThread {
            var random = SeededRandom(seed: 42)
            let seeds = [
                "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                "POST /echo?x=%20 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /later HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /thread?n=1 HTTP/1.0\r\nExpect: 100-continue\r\nAccept: */*;q=1\r\n\r\n",
            ].map { Array($0.utf8) }
            let begin = monotonicNanoseconds()
            var count = 0
            while monotonicNanoseconds() - begin < 2_000_000_000 {
                var bytes = seeds.randomElement(using: &random) ?? []
                if Int.random(in: 0..<8, using: &random) == 0 {
                    bytes = (0..<Int.random(in: 1..<200, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                }
                for _ in 0..<Int.random(in: 0..<6, using: &random) where !bytes.isEmpty {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                    default: bytes += bytes[place...]
                    }
                }
                let client = try RawClient(port: port, timeoutSeconds: 1)
                try? client.send(bytes)
                if Int.random(in: 0..<3, using: &random) > 0 {
                    client.endSending()
                    if Int.random(in: 0..<4, using: &random) == 0 { _ = try? client.receive() }
                }
                count += 1
            }
            #expect(count > 0)
            for _ in 0..<3000 where server.requestCount > 0 { Thread.sleep(forTimeInterval: 0.001) }
        }
        #expect(server.requestCount == 0)
        #expect(await status(port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n") == 200)
    }
}
