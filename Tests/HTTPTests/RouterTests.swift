import HTTP
import Testing

@Suite struct RouterTests {
    private static func router() -> Router {
        var router = Router()
        func add(_ method: HTTPMethod, _ pattern: PathPattern) {
            router.answer(method, pattern) { request in
                let captured = pattern.captureNames.map { "\($0)=\(request.captures[$0] ?? "?")" }
                return HTTPResponse(text: ([pattern.description] + captured).joined(separator: " "))
            }
        }
        add(.get, "/")
        add(.get, "/fhir/{type}")
        add(.post, "/fhir/{type}")
        add(.get, "/fhir/metadata")
        add(.get, "/fhir/{type}/{id}")
        add(.put, "/fhir/{type}/{id}")
        add(.post, "/fhir/{type}/_search")
        add(.get, "/fhir/Patient/{patient}/$everything")
        add(.get, "/fhir/{type}/{id}/_history/{version}")
        add(.get, "/assets/*")
        add(.get, "/assets/logo.svg")
        return router
    }

    private let client = TestClient(.inProcess(router()))

    @Test(arguments: [
        ("/", "/"),
        ("/fhir/Patient", "/fhir/{type} type=Patient"),
        ("/fhir/Patient/", "/fhir/{type} type=Patient"),
        ("/fhir/metadata", "/fhir/metadata"),
        ("/fhir/Patient/a%2Fb", "/fhir/{type}/{id} type=Patient id=a/b"),
        ("/fhir/Patient/1/$everything", "/fhir/Patient/{patient}/$everything patient=1"),
        ("/fhir/Patient/1/_history/2", "/fhir/{type}/{id}/_history/{version} type=Patient id=1 version=2"),
        ("/assets/css/a.css", "/assets/* *=css/a.css"),
        ("/assets/logo.svg", "/assets/logo.svg"),
    ])
    func `the most specific pattern answers`(_ target: String, _ expected: String) async throws {
        let response = try await client.get(target)
        #expect(response.status == .ok)
        #expect(try String(decoding: response.body.collect(), as: UTF8.self) == expected)
    }

    @Test(arguments: ["/nothing", "/fhir", "/fhir//1", "/assets", "/fhir/Patient/1/2", "/fhir/Patient/1/_history"])
    func `a path without a route is not found`(_ target: String) async throws {
        let response = try await client.get(target)
        #expect(response.status == .notFound)
        #expect(response.headers["content-type"] == "application/problem+json")
    }

    @Test func `a known path with another method names the methods it takes`() async throws {
        let response = try await client.delete("/fhir/Patient/1")
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers["Allow"] == "GET, PUT, HEAD, OPTIONS")
        #expect(try await client.get("/fhir/Patient/_search").headers["Allow"] == "POST, OPTIONS")
    }

    @Test func `HEAD follows GET without a body and OPTIONS lists methods`() async throws {
        let head = try await client.send(.head, "/fhir/Patient/1")
        #expect(head.status == .ok)
        #expect(head.body.byteCount == 0)
        let options = try await client.send(.options, "/fhir/Patient")
        #expect(options.status == .noContent)
        #expect(options.headers["Allow"] == "GET, POST, HEAD, OPTIONS")
    }

    @Test func `routes are listed in order with their patterns`() {
        let routes = Self.router().routes
        #expect(routes.count == 11)
        #expect(routes[1].pattern.description == "/fhir/{type}")
        #expect(routes[1].pattern.segments == [.literal("fhir"), .capture("type")])
    }

    @Test func `what a handler throws is rendered by the router`() async throws {
        var router = Router { error, request in
            HTTPResponse(status: HTTPError.wrapping(error).status, text: "failed at \(request.target)")
        }
        router.answer(.get, "/sync") { _ in throw HTTPError(.notAcceptable, "no") }
        router.answerAsync(.get, "/async") { _ in
            await Task.yield()
            throw HTTPError(.unsupportedMediaType, "no")
        }
        let client = TestClient(.inProcess(router))
        #expect(try await client.get("/sync").status == .notAcceptable)
        let response = try await client.get("/async")
        #expect(response.status == .unsupportedMediaType)
        #expect(try String(decoding: response.body.collect(), as: UTF8.self) == "failed at /async")
    }
}
