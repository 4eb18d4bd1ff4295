import Access
import Accounts
import Audit
import Base
import HTTP
import PlatformAPI
import Testing

@Suite struct RouteTableTests {
    /// What a role may come to: past the door, or not.
    private func isLetIn(_ status: HTTPStatus) -> Bool {
        status != .forbidden && status != .unauthorized
    }

    @Test func `every route lets in whom its table says, and nobody else`() async throws {
        let test = try TestPlatform()
        try test.add("root", .admin)
        var cases = 0
        for role in Role.allCases where role != .system {
            for route in PlatformAPI.routes where route.needs != .none {
                for isSelf in [true, false] where isSelf || route.path.contains("{id}") {
                    // A new user for each, for some routes end the session or the account.
                    let name = "\(role.rawValue)\(cases)"
                    let user = try test.add(name, role)
                    let other = try test.add("other\(cases)", .clinician)
                    let own = try await test.signIn(name)
                    let id = isSelf ? user.id : other.id
                    let path = route.path.dropFirst("/api/v1".count).replacing("{id}", with: id.description)
                        .replacing("{patient}", with: "p1").replacing("{grant}", with: "none")
                        .replacing("{session}", with: "none")
                    let status = try await test.send(route.method, String(path), as: own).status
                    let expected =
                        switch route.needs {
                        case .none, .signedIn: true
                        case .ownSession: isSelf
                        case .selfOrAdmin: isSelf || role == .admin
                        case .admin: role == .admin
                        case .adminOrAuditor: role == .admin || role == .auditor
                        case .clinician: role == .clinician
                        }
                    let isHidden = !expected && route.path.contains("{id}") && role != .admin && route.needs != .admin
                    #expect(
                        isHidden ? status == .notFound : isLetIn(status) == expected,
                        "\(role) \(route.method) \(route.path) \(isSelf ? "own" : "other"): \(status.code)")
                    cases += 1
                }
            }
        }
        #expect(cases > 100)
    }

    @Test func `without a session every route but the open ones answers 401`() async throws {
        let test = try TestPlatform()
        for route in PlatformAPI.routes where route.needs != .none {
            let path = route.path.dropFirst("/api/v1".count).replacing("{id}", with: String(repeating: "a", count: 26))
            let status = try await test.send(route.method, String(path)).status
            #expect(status == .unauthorized, "\(route.method) \(route.path): \(status.code)")
        }
        // A trail that anybody can fill is worth less.
        #expect(test.trail.entries.isEmpty)
    }

    @Test func `a client's token opens only what is said to take one`() async throws {
        let test = try TestPlatform()
        for route in PlatformAPI.routes where route.needs != .none {
            let path = route.path.dropFirst("/api/v1".count).replacing("{id}", with: String(repeating: "b", count: 26))
            let good = try await test.send(route.method, String(path), as: ["Authorization": "Bearer good"]).status
            #expect((good == .forbidden) == !route.takesToken, "\(route.method) \(route.path): \(good.code)")
            let bad = try await test.send(route.method, String(path), as: ["Authorization": "Bearer bad"]).status
            #expect(bad == .unauthorized)
        }
        #expect(test.trail.entries.contains { $0.status == 401 })
    }

    @Test func `routes have a summary and a path of their own`() {
        let keys = Set(PlatformAPI.routes.map { "\($0.method) \($0.path)" })
        #expect(keys.count == PlatformAPI.routes.count)
        #expect(PlatformAPI.routes.allSatisfy { !$0.summary.isEmpty && $0.path.hasPrefix("/api/v1/") })
    }
}
