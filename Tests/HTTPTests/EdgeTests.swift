import Foundation
import HTTP
import HTTPServer
import Testing

@Suite struct RequestIDTests {
    @Test func `an id that the client sent is kept where it is harmless`() {
        let ids = RequestIDs()
        #expect(ids.id(["x-request-id": "a.B_9-"]) == "a.B_9-")
        #expect(ids.id(["X-Request-Id": String(repeating: "a", count: 64)]).utf8.count == 64)
    }

    @Test(arguments: ["", "a b", "a\r\nSet-Cookie: x", "é", "<script>", "a/b", String(repeating: "a", count: 65)])
    func `any other id is replaced by one of 128 bits`(_ given: String) {
        let id = RequestIDs().id(["X-Request-Id": given])
        #expect(id != given && id.utf8.count == 32)
        #expect(id.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    }

    @Test func `no id comes twice, nor from another process`() {
        let ids = RequestIDs()
        let made = Set((0..<10_000).map { _ in ids.make() })
        #expect(made.count == 10_000)
        #expect(!made.contains(RequestIDs().make()))
    }
}

@Suite struct SecurityHeadersTests {
    private func completed(
        _ response: HTTPResponse, isSecure: Bool = false, _ options: SecurityHeaders.Options = .init()
    ) -> HTTPHeaders {
        var response = response
        SecurityHeaders(options).complete(&response, isSecure: isSecure)
        return response.headers
    }

    @Test func `data is fenced in and never cached`() {
        let headers = completed(HTTPResponse(contentType: "application/fhir+json", body: .empty))
        #expect(headers["X-Content-Type-Options"] == "nosniff")
        #expect(headers["Referrer-Policy"] == "no-referrer")
        #expect(headers["X-Frame-Options"] == "DENY")
        #expect(headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'")
        #expect(headers["Cross-Origin-Resource-Policy"] == "same-origin")
        #expect(headers["Cache-Control"] == "no-store")
        #expect(headers["Permissions-Policy"] == nil)
        #expect(headers["Strict-Transport-Security"] == nil)
    }

    @Test(arguments: ["text/html", "Text/HTML; charset=utf-8"])
    func `a page without a policy of its own gets a strict one`(_ type: String) throws {
        let headers = completed(HTTPResponse(contentType: type, body: .empty))
        let policy = try #require(headers["Content-Security-Policy"])
        #expect(policy.hasPrefix("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe") && !policy.contains("*"))
        #expect(headers["Permissions-Policy"]?.contains("camera=()") == true)
    }

    @Test func `what an answer says itself stays`() {
        let headers = completed(
            HTTPResponse(headers: [
                "content-type": "text/html", "content-security-policy": "default-src 'self'",
                "cache-control": "public, max-age=60",
            ]))
        #expect(headers.values("Content-Security-Policy") == ["default-src 'self'"])
        #expect(headers.values("Cache-Control") == ["public, max-age=60"])
    }

    @Test func `strict transport is said over TLS alone`() {
        var options = SecurityHeaders.Options()
        #expect(completed(HTTPResponse(), isSecure: true, options)["Strict-Transport-Security"] == "max-age=31536000")
        options.includesSubdomains = true
        let all = completed(HTTPResponse(), isSecure: true, options)["Strict-Transport-Security"]
        #expect(all == "max-age=31536000; includeSubDomains")
        options.strictTransportSeconds = 0
        #expect(completed(HTTPResponse(), isSecure: true, options)["Strict-Transport-Security"] == nil)
    }
}

@Suite struct EdgeTests {
    @Test(arguments: [false, true])
    func `every answer carries its id and the security fields, errors too`(_ isLive: Bool) async throws {
        let edge = Edge()
        let router = Fixture.router()
        let server = try Server(
            ServerConfiguration(
                limits: Fixture.limits(),
                admit: { $0.headers["X-Stranger"] == nil ? nil : HTTPResponse(status: .unauthorized) },
                complete: edge.completion), handler: edge.handler(router))
        let client = TestClient(
            isLive
                ? .live(port: server.port) : .inProcess(edge.handler(router), complete: edge.completion))
        for path in ["/hello", "/later?n=1", "/nothing", "/%zz", "/dropped", "/inject?to=%0d%0a", "/stream?pieces=2"] {
            let answer = try await client.get(path, headers: ["X-Request-Id": "q-\(path.utf8.count)"])
            #expect(answer.headers.values("X-Request-Id") == ["q-\(path.utf8.count)"], "\(path)")
            #expect(answer.headers["x-content-type-options"] == "nosniff", "\(path)")
            #expect(answer.headers["content-security-policy"] != nil, "\(path)")
            #expect(answer.headers["cache-control"] == "no-store", "\(path)")
        }
        let made = try #require(try await client.get("/hello").headers["x-request-id"])
        #expect(made.utf8.count == 32)
        if isLive {
            let tooLarge = try await client.get("/hello", headers: ["X-Large": String(repeating: "a", count: 17_000)])
            #expect(tooLarge.status == .headersTooLarge && tooLarge.headers["x-request-id"]?.utf8.count == 32)
            let refused = try await client.post("/echo", headers: ["X-Stranger": "1"], body: [1])
            #expect(refused.status == .unauthorized && refused.headers["x-frame-options"] == "DENY")
        }
        server.stop()
    }

    @Test func `handlers see the id that the answer carries`() async throws {
        let server = try Server(ServerConfiguration(complete: Edge().completion)) { request, reply in
            reply(HTTPResponse(text: request.id + " " + String(request.isSecure)))
        }
        let answer = try await TestClient(.live(port: server.port)).get("/")
        let id = try #require(answer.headers["x-request-id"])
        #expect(try String(decoding: answer.body.collect(), as: UTF8.self) == id + " false")
        server.stop()
    }

    @Test func `a failure inside tells nothing of itself over a socket`() async throws {
        struct Secret: Error, CustomStringConvertible {
            var description: String { "Ada Lovelace at /var/lib/data.db" }
        }
        var router = Router()
        router.answer(.get, "/sync") { _ in throw Secret() }
        router.answerAsync(.get, "/async") { _ in throw Secret() }
        let server = try Server(ServerConfiguration(complete: Edge().completion), handler: router.handler)
        for path in ["/sync", "/async"] {
            let answer = try await TestClient(.live(port: server.port)).get(path)
            let text = try String(decoding: answer.body.collect(), as: UTF8.self)
            #expect(answer.status == .internalServerError)
            #expect(!text.contains("Ada") && !text.contains("data.db") && !text.contains("Secret"))
            #expect(!answer.headers.fields.contains { $0.value.contains("Ada") })
            #expect(answer.headers["server"] == nil)
        }
        server.stop()
    }
}
