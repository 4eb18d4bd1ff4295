import HTTP
import HTTPServer
import TestSupport
import Testing
import WebClient

@Suite struct RedirectTests {
    private func text(_ answer: (head: WebResponse, body: [UInt8])) -> String {
        String(decoding: answer.body, as: UTF8.self)
    }

    @Test func `redirects are followed to the end, which the answer names`() async throws {
        try await onThread {
            let server = try Fixture.server()
            let client = try Fixture.client()
            let answer = try client.send(
                WebRequest(.get, "\(server.address)/to", headers: ["Authorization": "Bearer a", "X-Own": "b"]))
            #expect(answer.head.url == "\(server.address)/echo" && answer.head.status == .ok)
            // The same origin: nothing is taken away.
            #expect(text(answer).contains("authorization: Bearer a") && text(answer).contains("x-own: b"))
            server.stop()
        }
    }

    @Test func `another origin learns no credential and no field of its own kind`() async throws {
        try await onThread {
            let (server, other) = (try Fixture.server(), try Fixture.server())
            let client = try Fixture.client()
            let request = WebRequest(
                .get, "\(server.address)/to?at=\(other.address)/echo",
                headers: [
                    "Authorization": "Bearer a", "X-API-Key": "b", "Cookie": "c=d", "Accept": "application/fhir+json",
                ])
            let answer = text(try client.send(request))
            #expect(answer.contains("accept: application/fhir+json"))
            for secret in ["authorization", "x-api-key", "cookie", "Bearer"] { #expect(!answer.contains(secret)) }
            server.stop()
            other.stop()
        }
    }

    @Test func `a body goes again to the same origin and never to another`() async throws {
        try await onThread {
            let (server, other) = (try Fixture.server(), try Fixture.server())
            let client = try Fixture.client()
            let send = { (status: Int, at: String, body: WebBody) throws -> (head: WebResponse, body: [UInt8]) in
                try client.send(WebRequest(.post, "\(server.address)/to?status=\(status)&at=\(at)", body: body))
            }
            let same = try send(307, "/echo", .bytes(Array("part".utf8)))
            #expect(text(same) == "part" && same.head.headers["X-Method"] == "POST")
            let become = try send(303, "/echo", .bytes(Array("part".utf8)))
            #expect(become.head.headers["X-Method"] == "GET" && text(become) != "part")
            #expect(try send(302, "\(other.address)/echo", .bytes([1])).head.headers["X-Method"] == "GET")
            #expect(
                Fixture.code { _ = try send(308, "\(other.address)/echo", .bytes(Array("part".utf8))) }
                    == .refusedRedirect)
            var isSent = false
            let once = WebBody.stream(byteCount: nil) { buffer in
                if isSent { return 0 }
                isSent = true
                buffer.copyBytes(from: [1])
                return 1
            }
            #expect(Fixture.code { _ = try send(307, "/echo", once) } == .refusedRedirect)
            server.stop()
            other.stop()
        }
    }

    @Test func `a loop ends, and a redirect that is not wanted is an answer`() async throws {
        try await onThread {
            let server = try Fixture.server()
            let client = try Fixture.client()
            #expect(
                Fixture.code { _ = try client.send(WebRequest(.get, "\(server.address)/loop")) } == .tooManyRedirects)
            var request = WebRequest(.get, "\(server.address)/to")
            request.redirectsMax = 0
            let answer = try client.send(request)
            #expect(answer.head.status.code == 302 && text(answer) == "elsewhere")
            server.stop()
        }
    }

    @Test(.enabled(if: LoopbackCertificate.hasTools, "openssl makes the certificates"))
    func `https never sends on to http`() async throws {
        try await onThread {
            let pair = try LoopbackCertificate()
            let (server, plain) = (try Fixture.server(tls: Fixture.tls(pair)), try Fixture.server())
            let client = try Fixture.client { $0.authoritiesFile = pair.certificate }
            #expect(
                Fixture.code { _ = try client.send(WebRequest(.get, "\(server.address)/to?at=\(plain.address)/echo")) }
                    == .refusedRedirect)
            server.stop()
            plain.stop()
        }
    }
}
