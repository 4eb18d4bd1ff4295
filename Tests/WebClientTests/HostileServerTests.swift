import Foundation
import HTTP
import HTTPServer
import TestSupport
import Testing
import WebClient

@Suite struct HostileServerTests {
    private func code(
        _ client: WebClient, _ address: String, change: (inout WebRequest) -> Void = { _ in }
    ) -> WebClientError.Code? {
        var request = WebRequest(.get, address)
        change(&request)
        return Fixture.code { _ = try client.send(request) }
    }

    @Test func `silence ends a request, and so does a trickle that takes too long`() async throws {
        try await onThread {
            let silent = try RawServer { $0.wait() }
            let halfway = try RawServer { connection in
                _ = connection.request()
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab")
                connection.wait()
            }
            let trickle = try RawServer { connection in
                _ = connection.request()
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                for _ in 0..<400 {
                    connection.write("a")
                    Thread.sleep(forTimeInterval: 0.01)
                }
            }
            let client = try Fixture.client()
            #expect(code(client, silent.address) { $0.silentSecondsMax = 0.2 } == .timedOut)
            #expect(code(client, halfway.address) { $0.silentSecondsMax = 0.2 } == .timedOut)
            #expect(code(client, trickle.address) { $0.requestSecondsMax = 0.3 } == .timedOut)
        }
    }

    @Test func `a connection that ends early is told from an answer`() async throws {
        try await onThread {
            let client = try Fixture.client()
            for answer in [
                "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
            ] {
                let server = try RawServer { connection in
                    _ = connection.request()
                    connection.write(answer)
                }
                let error = #expect(throws: WebClientError.self) {
                    _ = try client.send(WebRequest(.get, server.address))
                }
                #expect([.interrupted, .protocolViolation].contains(error?.code), "\(answer)")
            }
        }
    }

    @Test func `what is larger than the limits is cut off`() async throws {
        try await onThread {
            let chunked = try RawServer { connection in
                _ = connection.request()
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<10_000 { connection.write("400\r\n" + String(repeating: "a", count: 1024) + "\r\n") }
            }
            let stated = try RawServer { connection in
                _ = connection.request()
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\na")
                connection.wait()
            }
            let header = try RawServer { connection in
                _ = connection.request()
                connection.write("HTTP/1.1 200 OK\r\n")
                for number in 0..<1_000_000 {
                    connection.write("X-\(number): \(String(repeating: "b", count: 900))\r\n")
                }
            }
            let redirect = try RawServer { connection in
                while connection.request() != nil {
                    guard connection.number == 0 else { return connection.answer("end") }
                    connection.write("HTTP/1.1 302 Found\r\nLocation: /end\r\nTransfer-Encoding: chunked\r\n\r\n")
                    for _ in 0..<10_000 { connection.write("400\r\n" + String(repeating: "a", count: 1024) + "\r\n") }
                }
            }
            let client = try Fixture.client { $0.answerBytesMax = 100_000 }
            #expect(code(client, chunked.address) == .tooLarge)
            #expect(code(client, stated.address) == .tooLarge)
            let ofHeader = code(client, header.address)
            #expect([.tooLarge, .protocolViolation].contains(ofHeader))
            #expect(try client.send(WebRequest(.get, redirect.address)).body == Array("end".utf8))
        }
    }

    @Test(arguments: [
        "hello\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "220 mail.example ESMTP\r\n",
        "HTTP/1.1 99999 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    ])
    func `what is not HTTP is no answer`(_ answer: String) async throws {
        try await onThread {
            let server = try RawServer { connection in
                _ = connection.request()
                connection.write(answer)
            }
            let client = try Fixture.client()
            let code = code(client, server.address)
            #expect([.protocolViolation, .interrupted].contains(code), "\(String(describing: code))")
        }
    }

    @Test func `fields of interim answers and trailers are not those of the answer`() async throws {
        try await onThread {
            let server = try RawServer { connection in
                _ = connection.request()
                connection.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
                connection.write(
                    "HTTP/1.1 200 OK\r\nX-Own: 1 \r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n")
                connection.write("1\r\na\r\n0\r\nX-Late: 1\r\n\r\n")
            }
            let answer = try Fixture.client().send(WebRequest(.get, server.address))
            #expect(answer.head.headers["X-Own"] == "1" && answer.body == Array("a".utf8))
            #expect(answer.head.headers["X-Early"] == nil && answer.head.headers["X-Late"] == nil)
        }
    }

    @Test func `cancelling ends requests at once, and stopping ends all`() async throws {
        try await onThread {
            let server = try RawServer { $0.wait() }
            let client = try Fixture.client()
            let cancellation = WebCancellation()
            Thread.detachNewThread {
                while server.connectionCount < 1 { Thread.sleep(forTimeInterval: 0.001) }
                cancellation.cancel()
            }
            let cancelled = Fixture.code {
                _ = try client.send(WebRequest(.get, server.address), cancellation: cancellation)
            }
            #expect(cancelled == .cancelled)
            #expect(
                Fixture.code { _ = try client.send(WebRequest(.get, server.address), cancellation: cancellation) }
                    == .cancelled)
            Thread.detachNewThread {
                while server.connectionCount < 2 { Thread.sleep(forTimeInterval: 0.001) }
                client.stop()
            }
            #expect(code(client, server.address) == .cancelled)
            #expect(code(client, server.address) == .cancelled)
        }
    }

    @Test func `a refusal that comes before the body was sent is an answer`() async throws {
        try await onThread {
            let server = try RawServer { connection in
                _ = connection.request()
                connection.answer("too large", status: "413 Content Too Large", fields: "Connection: close\r\n")
                connection.wait()
            }
            let body = WebBody.bytes([UInt8](repeating: 1, count: 8 << 20))
            let answer = try Fixture.client().send(WebRequest(.put, server.address, body: body))
            #expect(answer.head.status == .contentTooLarge)
        }
    }

    @Test func `where nobody listens and what has no address says so`() async throws {
        try await onThread {
            let port = try RawServer { $0.wait() }.port
            Thread.sleep(forTimeInterval: 0.05)
            let client = try Fixture.client()
            let error = #expect(throws: WebClientError.self) {
                _ = try client.send(WebRequest(.get, "http://127.0.0.1:\(port)/a?token=secret"))
            }
            #expect(error?.code == .unreachable && error?.isTemporary == true)
            #expect(error?.detail.contains("127.0.0.1:\(port)") == true && error?.detail.contains("secret") == false)
            #expect(code(client, "https://no-such-name.invalid/") == .unresolvable)
        }
    }

    @Test(.enabled(if: LoopbackCertificate.hasTools, "openssl makes the certificates"))
    func `a certificate counts if an authority of the file made it out to the host`() async throws {
        try await onThread {
            let (pair, elsewhere) = (try LoopbackCertificate(), try LoopbackCertificate("DNS:other.example"))
            let server = try Fixture.server(tls: Fixture.tls(pair))
            let stranger = try Fixture.server(tls: Fixture.tls(elsewhere))
            let client = try Fixture.client { $0.authoritiesFile = pair.certificate }
            #expect(try client.send(WebRequest(.get, "\(server.address)/echo")).head.status == .ok)
            #expect(code(try Fixture.client(), "\(server.address)/echo") == .tls)
            #expect(code(client, "\(stranger.address)/echo") == .tls)
            let other = try Fixture.client { $0.authoritiesFile = elsewhere.certificate }
            #expect(code(other, "\(stranger.address)/echo") == .tls)
            let lost = try Fixture.client { $0.authoritiesFile = pair.certificate + ".missing" }
            #expect(code(lost, "\(server.address)/echo") == .tls)
            let plain = try RawServer { connection in
                _ = connection.read(10)
                connection.write("HTTP/1.1 200 OK\r\n\r\n")
            }
            #expect(code(client, "https://127.0.0.1:\(plain.port)/") == .tls)
            server.stop()
            stranger.stop()
        }
    }
}
