import Access
import Audit
import HTTP
import OnboardingAPI
import Testing
import Uploads

/// Every route × every kind of asker.
@Suite struct AccessTableTests {
    private func target(_ route: OnboardingRoute, _ id: String) -> String {
        route.path.replacing("{upload}", with: id).replacing("{part}", with: "1").replacing("{fileName}", with: "a.zip")
            .replacing("{job}", with: id).replacing("{ingest}", with: id)
    }

    private func send(_ test: TestOnboarding, _ route: OnboardingRoute, _ id: String, as asker: String) async throws
        -> HTTPResponse
    {
        let isPut = route.method == .put
        var headers: HTTPHeaders = isPut ? TestOnboarding.digest([1]) : [:]
        var body: [UInt8] = isPut ? [1] : []
        if route.method == .post && route.path.hasSuffix("/uploads") {
            headers["Content-Type"] = "application/json"
            body = Array(#"{"fileName":"a"}"#.utf8)
        }
        return try await test.send(
            route.method, String(target(route, id).dropFirst("/api/v1".count)), as: asker, headers: headers, body: body)
    }

    @Test func `every route lets in whom its table says, and nobody else`() async throws {
        let test = try TestOnboarding()
        var cases = 0
        for route in OnboardingAPI.routes {
            for asker in Asker.allCases {
                let id = try await test.begin(as: "pusher")
                let before = test.trail.entries.count
                let answer = try await send(test, route, id, as: asker.rawValue)
                let isLetIn = asker.isLetIn && (route.needs == .write || asker != .pusher)
                let label = "\(asker) \(route.method) \(route.path): \(answer.status.code)"
                switch asker {
                case .anonymous, .expired: #expect(answer.status == .unauthorized, "\(label)")
                case _ where isLetIn:
                    #expect(answer.status != .unauthorized && answer.status != .forbidden, "\(label)")
                default: #expect(answer.status == .forbidden, "\(label)")
                }
                // A trail that anybody can fill is worth less; all others stand in it.
                #expect(test.trail.entries.count - before == (asker == .anonymous ? 0 : 1), "\(label)")
                if !isLetIn && asker != .anonymous {
                    #expect(test.trail.last?.entry.category == .denial)
                    #expect(test.trail.last?.tenant == (asker == .expired ? .platform : .standard))
                    let uploadID = try #require(UploadID(id))
                    #expect(try test.uploads.upload(uploadID, tenant: .standard)?.state == .open)
                }
                cases += 1
            }
        }
        #expect(cases == OnboardingAPI.routes.count * Asker.allCases.count)
    }

    @Test func `what is another tenant's answers as what there is not`() async throws {
        let test = try TestOnboarding()
        let id = try await test.begin()
        _ = try await test.put(id, 1, [1])
        let none = String(repeating: "A", count: 22)
        for route in OnboardingAPI.routes where route.path.contains("{upload}") {
            let theirs = try await send(test, route, id, as: "stranger")
            let missing = try await send(test, route, none, as: "stranger")
            #expect(theirs.status == .notFound, "\(route.method) \(route.path)")
            #expect(try theirs.body.collect() == missing.body.collect())
            #expect(test.trail.last?.tenant.description == "other")
        }
        let list = try await test.send(.get, "/uploads", as: "stranger")
        #expect(try TestOnboarding.body(list) == #"{"items":[],"next":null}"#)
        #expect(try await TestOnboarding.text(test.send(.get, "/uploads/\(id)"), "state") == "open")
    }

    @Test func `routes have a summary and a path of their own`() {
        let keys = Set(OnboardingAPI.routes.map { "\($0.method) \($0.path)" })
        #expect(keys.count == OnboardingAPI.routes.count)
        #expect(OnboardingAPI.routes.allSatisfy { !$0.summary.isEmpty && $0.path.hasPrefix("/api/v1/") })
    }
}
