import Foundation
import HTTP
import HTTPServer
import Testing
import WebClient

/// Requests that could be turned against the hospital's own network.
@Suite struct RefusalTests {
    @Test(arguments: [
        "127.0.0.1", "localhost", "localhost.", "2130706433", "0x7f.1", "0177.1", "127.1", "0", "0.0.0.0", "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "169.254.169.254", "10.0.0.1",
        "192.168.0.1", "[fe80::1]", "[fd00::1]",
    ])
    func `no spelling of an inner address is connected to`(_ host: String) async throws {
        try await onThread {
            let server = try RawServer { $0.wait() }
            let client = WebClient()
            for scheme in ["https", "http"] {
                let error = #expect(throws: WebClientError.self) {
                    _ = try client.send(WebRequest(.get, "\(scheme)://\(host):\(server.port)/secret?key=value"))
                }
                // Not every name service knows the name with the root's dot.
                let codes: [WebClientError.Code] =
                    host == "localhost." ? [.refusedAddress, .unresolvable] : [.refusedAddress]
                #expect(error.map { codes.contains($0.code) } == true, "\(host): \(error?.detail ?? "")")
                #expect(error?.detail.contains("secret") == false && error?.detail.contains("value") == false)
            }
            #expect(server.connectionCount == 0)
        }
    }

    @Test func `a name that is allowed opens no other name and no other port`() async throws {
        try await onThread {
            let inner = try RawServer { connection in
                while connection.request() != nil { connection.answer("inner") }
            }
            let other = try RawServer { $0.wait() }
            var options = WebClientOptions()
            options.addresses.allowed = [try #require(AllowedAddress("localhost:\(inner.port)"))]
            let client = WebClient(options: options)
            #expect(try client.send(WebRequest(.get, "http://localhost:\(inner.port)/")).body == Array("inner".utf8))
            for address in ["127.0.0.1:\(inner.port)", "localhost:\(other.port)", "127.0.0.1:\(other.port)"] {
                #expect(Fixture.code { _ = try client.send(WebRequest(.get, "http://\(address)/")) } == .refusedAddress)
            }
            #expect(inner.connectionCount == 1 && other.connectionCount == 0)
        }
    }

    @Test func `a redirect is judged like a request`() async throws {
        try await onThread {
            let server = try Fixture.server()
            let other = try RawServer { $0.wait() }
            let client = try Fixture.client(ports: [server.port])
            let targets: [(String, WebClientError.Code)] = [
                ("http://127.0.0.1:\(other.port)/", .refusedAddress),
                ("https://localhost:\(other.port)/", .refusedAddress),
                ("http://169.254.169.254/latest/meta-data/", .refusedAddress),
                ("//2130706433:\(other.port)/", .refusedAddress),
                ("http://[::ffff:127.0.0.1]:\(other.port)/", .refusedAddress), ("file:///etc/passwd", .malformedURL),
                ("gopher://127.0.0.1:\(other.port)/_x", .malformedURL),
                ("http://u:p@127.0.0.1:\(server.port)/", .malformedURL),
            ]
            for (target, code) in targets {
                var request = WebRequest(.get, "\(server.address)/to?at=")
                request.url += target.utf8.map { String(format: "%%%02X", $0) }.joined()
                #expect(Fixture.code { _ = try client.send(request) } == code, "\(target)")
            }
            #expect(other.connectionCount == 0)
            server.stop()
        }
    }

    @Test func `the environment names no proxy`() async throws {
        try await onThread {
            let proxy = try RawServer { $0.wait() }
            for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
                setenv(name, "http://127.0.0.1:\(proxy.port)", 1)
            }
            defer {
                for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] { unsetenv(name) }
            }
            let server = try Fixture.server()
            let head = try Fixture.client().send(WebRequest(.get, "\(server.address)/echo")).head
            #expect(head.status == .ok && proxy.connectionCount == 0)
            server.stop()
        }
    }

    @Test func `fields that would write lines of their own, or the framing, are refused`() throws {
        let client = try Fixture.client()
        let fields = [
            ("X-A", "1\r\nX-B: 2"), ("X A", "1"), ("", "1"), ("X-A\r\nB", "1"), ("Host", "a"), ("Content-Length", "1"),
            ("Transfer-Encoding", "chunked"), ("connection", "close"), ("Expect", "x"),
        ]
        for (name, value) in fields {
            var request = WebRequest(.get, "http://127.0.0.1:9/")
            request.headers.add(name, value)
            #expect(Fixture.code { _ = try client.send(request) } == .malformedRequest, "\(name)")
        }
        #expect(
            Fixture.code { _ = try client.send(WebRequest(HTTPMethod("GET /x"), "http://127.0.0.1:9/")) }
                == .malformedRequest)
    }
}
