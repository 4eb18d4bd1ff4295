import HTTP
import Testing

@Suite struct CORSTests {
    private static let app = "https://app.example.org"
    private static let portal = "http://localhost:3000"

    private func client() throws -> TestClient {
        let origins = [
            try #require(CORSPolicy.Origin("HTTPS://App.Example.org:443")),
            try #require(CORSPolicy.Origin(Self.portal, allowsCredentials: true)),
        ]
        var router = Router()
        router.answer(.get, "/fhir/{type}/{id}") { _ in
            HTTPResponse(headers: ["Content-Type": "application/fhir+json", "Vary": "Accept"])
        }
        router.answer(.put, "/fhir/{type}/{id}") { _ in throw HTTPError(.malformedForm, "no") }
        let edge = Edge(cors: CORSPolicy(origins: origins))
        return TestClient(.inProcess(edge.handler(router), complete: edge.completion))
    }

    private func preflight(_ origin: String, path: String = "/fhir/Patient/1") async throws -> HTTPResponse {
        try await client().send(
            .options, path,
            headers: [
                "Origin": origin, "Access-Control-Request-Method": "PUT",
                "Access-Control-Request-Headers": "authorization, x-anything",
            ])
    }

    @Test func `a listed origin may read answers and errors, with cookies only where allowed`() async throws {
        let client = try client()
        for method in [HTTPMethod.get, .put, .delete] {
            let answer = try await client.send(method, "/fhir/Patient/1", headers: ["Origin": Self.app])
            #expect(answer.headers.values("Access-Control-Allow-Origin") == [Self.app])
            #expect(answer.headers["Access-Control-Allow-Credentials"] == nil)
            #expect(answer.headers["Access-Control-Expose-Headers"]?.contains("ETag") == true)
            #expect(answer.headers.list("Vary")?.contains("Origin") == true)
        }
        let portal = try await client.get("/nothing", headers: ["Origin": Self.portal])
        #expect(portal.headers["Access-Control-Allow-Origin"] == Self.portal)
        #expect(portal.headers["Access-Control-Allow-Credentials"] == "true")
    }

    @Test(arguments: [
        "https://evil.example", "https://app.example.org.evil.example", "http://app.example.org", "null", "*",
        "https://app.example.org:8443", "https://APP.example.org", "https://app.example.org/", "",
        "https://app.example.org, https://evil.example", "https://xapp.example.org",
    ])
    func `any other origin is told nothing and never repeated`(_ origin: String) async throws {
        let answer = try await client().get("/fhir/Patient/1", headers: ["Origin": origin])
        #expect(!answer.headers.fields.contains { $0.name.hasPrefix("Access-Control") })
        #expect(answer.headers["Vary"] == "Accept, Origin")
        let refused = try await preflight(origin)
        #expect(!refused.headers.fields.contains { $0.name.hasPrefix("Access-Control") })
        #expect(refused.headers["Vary"]?.contains("Origin") == true)
        #expect(refused.body.byteCount == 0)
    }

    @Test func `a preflight is answered with the methods of its route`() async throws {
        let answer = try await preflight(Self.app)
        #expect(answer.status == .noContent)
        #expect(answer.headers["Access-Control-Allow-Origin"] == Self.app)
        #expect(answer.headers["Access-Control-Allow-Methods"] == "GET, PUT, HEAD, OPTIONS")
        #expect(answer.headers["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
        #expect(answer.headers["Access-Control-Allow-Headers"]?.contains("x-anything") == false)
        #expect(answer.headers["Access-Control-Max-Age"] == "600")
        #expect(answer.headers["Access-Control-Allow-Credentials"] == nil)
        #expect(try await preflight(Self.portal).headers["Access-Control-Allow-Credentials"] == "true")
        #expect(try await preflight(Self.app, path: "/nothing").status == .notFound)
    }

    @Test func `without listed origins nothing is said of them`() async throws {
        let edge = Edge(cors: CORSPolicy(origins: []))
        let client = TestClient(.inProcess(edge.handler(Fixture.router()), complete: edge.completion))
        let answer = try await client.send(
            .options, "/hello", headers: ["Origin": Self.app, "Access-Control-Request-Method": "GET"])
        #expect(answer.status == .noContent && answer.headers["Vary"] == nil)
        #expect(!answer.headers.fields.contains { $0.name.hasPrefix("Access-Control") })
    }

    @Test(arguments: [
        "", "*", "null", "https://", "https://*.example.org", "https://a/b", "https://a/", "ftp://a", "a.example",
        "https://user@a", "https://a:", "https://a:x", "https://a?b", "https://[zz]", "https://[::1", "https://a b",
    ])
    func `what is no origin cannot be listed`(_ text: String) {
        #expect(CORSPolicy.Origin(text) == nil)
    }

    @Test func `origins are listed in the form that browsers send`() {
        #expect(CORSPolicy.Origin("http://A:80")?.text == "http://a")
        #expect(CORSPolicy.Origin("https://a:8443")?.text == "https://a:8443")
        #expect(CORSPolicy.Origin("https://[::1]:8443")?.text == "https://[::1]:8443")
    }
}
