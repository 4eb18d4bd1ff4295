import Base
import HTTP
import Testing

@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let good = "00-\(trace)-00f067aa0ba902b7-01"

    @Test func `a trace context is read and written`() throws {
        let context = try #require(TraceContext(Self.good))
        #expect(context.traceID == Self.trace)
        #expect(context.parentID == "00f067aa0ba902b7")
        #expect(context.isSampled)
        #expect(context.description == Self.good)
        #expect(TraceContext("00-\(Self.trace)-00f067aa0ba902b7-02")?.isSampled == false)
        #expect(TraceContext("cc-\(Self.trace)-00f067aa0ba902b7-01-what-comes-later")?.description == Self.good)
        #expect(TraceContext("cc-\(Self.trace)-00f067aa0ba902b7-01")?.traceID == Self.trace)
    }

    @Test(arguments: [
        "", "00", good + "-", good + "-more", good + " ", " " + good, good.uppercased(),
        "ff-\(trace)-00f067aa0ba902b7-01", "cc-\(trace)-00f067aa0ba902b7-01more", "0-\(trace)-00f067aa0ba902b7-001",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-\(trace)-0000000000000000-01",
        "00-\(trace.dropLast())-00f067aa0ba902b7-011", "00_\(trace)_00f067aa0ba902b7_01",
        "00-\(trace.dropLast())g-00f067aa0ba902b7-01", "00-\(trace)-00f067aa0ba902b7-0x",
        "cc-\(trace)-00f067aa0ba902b7-01-" + String(repeating: "x", count: 600),
    ])
    func `what is no trace context is none`(_ text: String) {
        #expect(TraceContext(text) == nil)
    }

    @Test func `changed bytes never make a context that is not written back as it was read`() {
        var random = SeededRandom(seed: 3)
        var read = 0
        for _ in 0..<20_000 {
            var bytes = Array(Self.good.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let context = TraceContext(text) else { continue }
            read += 1
            #expect(text.contains(context.traceID) && text.contains(context.parentID))
            #expect(TraceContext(context.description) == context)
        }
        #expect(read > 0)
    }

    private static func request(id: String, _ headers: HTTPHeaders = [:]) -> HTTPRequest {
        var request = HTTPRequest(method: .get, unparsedTarget: "/", headers: headers)
        request.id = id
        return request
    }

    @Test func `a request goes on with the trace that it names, as a step of its own`() throws {
        let request = Self.request(id: "a", ["Traceparent": Self.good])
        #expect(request.trace.traceID == Self.trace)
        #expect(request.trace.parentID != "00f067aa0ba902b7")
        #expect(request.trace.isSampled)
        #expect(TraceContext(request.trace.description) == request.trace)
        #expect(Self.request(id: "b", ["traceparent": Self.good]).trace.parentID != request.trace.parentID)
    }

    @Test func `a request without a trace, or with two, begins one`() throws {
        var two: HTTPHeaders = ["traceparent": Self.good]
        two.add("traceparent", Self.good)
        for headers in [[:], ["traceparent": "nonsense"], two] as [HTTPHeaders] {
            let trace = Self.request(id: "a", headers).trace
            #expect(trace.traceID != Self.trace)
            #expect(TraceContext(trace.description) == trace)
            #expect(trace == Self.request(id: "a").trace)
        }
        #expect(Self.request(id: "a").trace.traceID != Self.request(id: "b").trace.traceID)
    }
}

@Suite struct RequestObserverTests {
    private final class Seen: @unchecked Sendable {
        // Safe to share: used under `lock`.
        private let lock = Lock()
        private var all: [String] = []

        func add(_ answered: AnsweredRequest, _ routes: [Route]) {
            let route = answered.route.map { routes[$0].pattern.description } ?? "none"
            lock.withLock {
                all.append("\(answered.request.method) \(route) \(answered.status.code) \(answered.bodyBytes)")
            }
        }

        var texts: [String] { lock.withLock { all } }
    }

    @Test func `each request is told of once, with its route and status`() async throws {
        var router = Router()
        router.answer(.get, "/fhir/{type}") { _ in HTTPResponse(text: "ok") }
        router.answerAsync(.post, "/fhir/{type}") { _ in HTTPResponse(status: .created) }
        router.handle(.put, "/dropped") { _, _ in }
        router.handle(.get, "/bad") { _, reply in
            reply(HTTPResponse(headers: ["X-Bad": "a\nb"]))
            reply(HTTPResponse(text: "a second answer"))
        }
        router.answer(.get, "/throws") { _ in throw HTTPError(.notAcceptable, "no") }
        let seen = Seen()
        router.observer = { [routes = router.routes] in seen.add($0, routes) }
        let client = TestClient(.inProcess(router))
        _ = try await client.get("/fhir/Patient?name=Quillfeather")
        _ = try await client.send(.head, "/fhir/Patient")
        _ = try await client.post("/fhir/Patient", body: [1, 2, 3])
        _ = try await client.put("/dropped", headers: ["Content-Length": "77"], body: [])
        _ = try await client.get("/bad")
        _ = try await client.get("/throws")
        _ = try await client.get("/nowhere")
        _ = try await client.delete("/fhir/Patient")
        #expect(
            seen.texts == [
                "GET /fhir/{type} 200 0", "HEAD /fhir/{type} 200 0", "POST /fhir/{type} 201 3", "PUT /dropped 500 77",
                "GET /bad 500 0", "GET /throws 406 0", "GET none 404 0", "DELETE none 405 0",
            ])
    }
}
