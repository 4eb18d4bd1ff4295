import Access
import Accounts
import Audit
import Base
import HTTP
import PlatformAPI
import Testing

@Suite struct SessionRouteTests {
    @Test func `signing in sets cookies that scripts and other sites cannot use`() async throws {
        let test = try TestPlatform()
        try test.add("ada", .admin)
        let response = try await test.send(
            .post, "/sessions", body: "{\"name\":\"ada\",\"password\":\"\(TestPlatform.password)\"}")
        #expect(response.status == .created)
        #expect(response.headers["cache-control"] == "no-store")
        let cookies = response.headers.values("set-cookie")
        #expect(cookies.count == 2)
        for cookie in cookies {
            #expect(cookie.hasPrefix("__Host-martlet"))
            for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] { #expect(cookie.contains(attribute)) }
        }
        let entry = try #require(test.trail.entries.last)
        #expect(entry.category == .authentication)
        #expect(entry.event == "login")
        #expect(entry.outcome == .success)
        #expect(entry.agent.hasPrefix("user/"))
        #expect(entry.status == 201)
    }

    @Test func `a wrong password is a 401, is audited, and too many are a 429`() async throws {
        let test = try TestPlatform()
        let ada = try test.add("ada", .admin)
        let body = "{\"name\":\"ada\",\"password\":\"wrong\"}"
        for _ in 0..<5 {
            let response = try await test.send(.post, "/sessions", body: body)
            #expect(response.status == .unauthorized)
            #expect(response.headers["set-cookie"] == nil)
        }
        #expect(test.trail.entries.last?.agent == ada.id.account)
        #expect(test.trail.entries.last?.outcome == .minorFailure)
        let response = try await test.send(.post, "/sessions", body: body)
        #expect(response.status == .tooManyRequests)
        #expect(response.headers["retry-after"] == "30")
        #expect(test.trail.entries.last?.outcome == .seriousFailure)
        let unknown = try await test.send(.post, "/sessions", body: "{\"name\":\"eve\",\"password\":\"wrong\"}")
        #expect(unknown.status == .unauthorized)
    }

    @Test func `a session that somebody planted is not the one that is signed in`() async throws {
        let test = try TestPlatform()
        try test.add("ada", .admin)
        let planted = String(repeating: "A", count: 43)
        let response = try await test.send(
            .post, "/sessions", as: ["Cookie": "__Host-martlet=\(planted)"],
            body: "{\"name\":\"ada\",\"password\":\"\(TestPlatform.password)\"}")
        #expect(response.headers.values("set-cookie").allSatisfy { !$0.contains(planted) })
        let state = try await test.send(.get, "/sessions", as: ["Cookie": "__Host-martlet=\(planted)"])
        #expect(state.status == .unauthorized)
        // Two cookies of the name: one may be planted, so neither counts.
        let own = try test.browser(response)["cookie"] ?? ""
        let both = try await test.send(.get, "/sessions", as: ["Cookie": own + "; __Host-martlet=\(planted)"])
        #expect(both.status == .unauthorized)
    }

    @Test func `signing in anew ends the session that the browser had`() async throws {
        let test = try TestPlatform()
        try test.add("ada", .admin)
        let old = try await test.signIn("ada")
        let response = try await test.send(
            .post, "/sessions", as: ["Cookie": old["cookie"] ?? "", "Origin": TestPlatform.origin],
            body: "{\"name\":\"ada\",\"password\":\"\(TestPlatform.password)\"}")
        #expect(response.status == .created)
        #expect(try await test.send(.get, "/sessions/current", as: old).status == .unauthorized)
    }

    @Test func `signing in anew fails where the session that the browser had cannot be ended`() async throws {
        let test = try TestPlatform(toleratesFaults: true)
        try test.add("ada", .admin)
        let old = try await test.signIn("ada")
        let session = try #require(
            try test.text(try await test.send(.get, "/sessions/current", as: old), "id"))
        try test.alter(
            """
            CREATE TRIGGER full BEFORE DELETE ON sessions WHEN OLD.session_id = '\(session)'
            BEGIN SELECT RAISE(ABORT, 'full'); END
            """)
        let response = try await test.send(
            .post, "/sessions", as: ["Cookie": old["cookie"] ?? "", "Origin": TestPlatform.origin],
            body: "{\"name\":\"ada\",\"password\":\"\(TestPlatform.password)\"}")
        #expect(response.status.code >= 500)
        #expect(response.headers["set-cookie"] == nil)
        #expect(test.trail.faults.count == 1)
        #expect(test.trail.entries.last?.outcome == .majorFailure)
        #expect(try test.texts(try await test.send(.get, "/sessions", as: old), "items").count == 1)
    }

    @Test func `a session that the trail did not take and the disk keeps is reported`() async throws {
        let test = try TestPlatform(toleratesFaults: true)
        try test.add("ada", .admin)
        try test.alter("CREATE TRIGGER full BEFORE DELETE ON sessions BEGIN SELECT RAISE(ABORT, 'full'); END")
        test.trail.setFails(true)
        let response = try await test.send(
            .post, "/sessions", body: "{\"name\":\"ada\",\"password\":\"\(TestPlatform.password)\"}")
        #expect(response.status == .serviceUnavailable)
        test.accounts.threads.stop()
        #expect(test.trail.faults.count == 1)
    }

    @Test func `a request of another site is refused and audited`() async throws {
        let test = try TestPlatform()
        try test.add("ada", .admin)
        let own = try await test.signIn("ada")
        let body = "{\"secondFactorRoles\":[\"admin\"]}"
        var cases: [HTTPHeaders] = []
        for (name, value) in [
            ("X-CSRF-Token", nil), ("X-CSRF-Token", "wrong"), ("Origin", "https://evil.example"), ("Origin", "null"),
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
        ] as [(String, String?)] {
            var headers = own
            headers[name] = value
            cases.append(headers)
        }
        for headers in cases {
            let response = try await test.send(.put, "/settings/security", as: headers, body: body)
            #expect(response.status == .forbidden)
            #expect(test.trail.entries.last?.category == .denial)
        }
        #expect(try test.accounts.securitySettings(.standard).secondFactorRoles.isEmpty)
        var form = own
        form["Content-Type"] = "text/plain"
        #expect(
            try await test.send(.put, "/settings/security", as: form, body: body).status == .unsupportedMediaType)
        #expect(try await test.send(.put, "/settings/security", as: own, body: body).status == .ok)
        // Signing in across sites would make somebody work in a stranger's account.
        let login = "{\"name\":\"ada\",\"password\":\"\(TestPlatform.password)\"}"
        #expect(
            try await test.send(.post, "/sessions", as: ["Origin": "https://evil.example"], body: login).status
                == .forbidden)
    }

    @Test func `what the trail does not take is not answered, and no session stays`() async throws {
        let test = try TestPlatform()
        let ada = try test.add("ada", .admin)
        let own = try await test.signIn("ada")
        test.trail.setFails(true)
        let list = try await test.send(.get, "/users", as: own)
        #expect(list.status == .serviceUnavailable)
        #expect(try !String(decoding: list.body.collect(), as: UTF8.self).contains("ada"))
        let response = try await test.send(
            .post, "/sessions", body: "{\"name\":\"ada\",\"password\":\"\(TestPlatform.password)\"}")
        #expect(response.status == .serviceUnavailable)
        #expect(response.headers["set-cookie"] == nil)
        test.trail.setFails(false)
        // The threads do one thing after the other; a few more requests are behind it.
        for _ in 0..<4 { _ = try await test.send(.get, "/sessions", as: own) }
        #expect(try test.accounts.sessionList(of: ada.id, tenant: .standard, current: nil).count == 1)
    }

    @Test func `sessions are listed, ended one by one and all at once`() async throws {
        let test = try TestPlatform()
        try test.add("jo", .clinician)
        let first = try await test.signIn("jo")
        let second = try await test.signIn("jo")
        let id = try #require(try test.text(try await test.send(.get, "/sessions/current", as: first), "id"))
        #expect(try test.texts(try await test.send(.get, "/sessions", as: second), "items").count == 2)
        #expect(try await test.send(.delete, "/sessions/\(id)", as: second).status == .noContent)
        #expect(try await test.send(.get, "/sessions/current", as: first).status == .unauthorized)
        #expect(try await test.send(.delete, "/sessions/\(id)", as: second).status == .notFound)
        let third = try await test.signIn("jo")
        #expect(try await test.send(.delete, "/sessions", as: second).status == .noContent)
        #expect(try await test.send(.get, "/sessions/current", as: third).status == .unauthorized)
        #expect(test.trail.entries.last?.event == "logout-everywhere" || test.trail.entries.last?.status == 401)
    }

    @Test func `until the second factor is given a session opens nothing`() async throws {
        let test = try TestPlatform()
        let ada = try test.add("ada", .admin)
        let own = try await test.signIn("ada")
        let begun = try await test.send(.post, "/users/\(ada.id)/totp", as: own)
        #expect(begun.status == .created)
        let secret = try TestPlatform.base32Decoded(#require(try test.text(begun, "secret")))
        #expect(try #require(try test.text(begun, "uri")).hasPrefix("otpauth://totp/"))
        let wrong = try await test.send(
            .post, "/users/\(ada.id)/totp/confirmation", as: own, body: "{\"code\":\"000000\"}")
        #expect(wrong.status == .forbidden)
        let confirmed = try await test.send(
            .post, "/users/\(ada.id)/totp/confirmation", as: own, body: "{\"code\":\"\(try code(secret, test))\"}")
        #expect(try test.texts(confirmed, "recoveryCodes").count == 10)
        #expect(try await test.send(.get, "/users", as: own).status == .unauthorized)
        #expect(try await test.send(.get, "/users", as: test.browser(confirmed)).status == .ok)

        test.clock.advance(30)
        let half = try await test.signIn("ada")
        for path in ["/users", "/sessions", "/users/\(ada.id)", "/settings/security"] {
            #expect(try await test.send(.get, path, as: half).status == .forbidden)
        }
        #expect(try await test.send(.post, "/users/\(ada.id)/totp", as: half).status == .forbidden)
        let whole = try await test.send(
            .post, "/sessions/current/second-factor", as: half, body: "{\"code\":\"\(try code(secret, test))\"}")
        #expect(whole.status == .created)
        #expect(try await test.send(.get, "/users", as: test.browser(whole)).status == .ok)
    }

    @Test func `who must set a second factor up can do nothing else before`() async throws {
        let test = try TestPlatform()
        let ada = try test.add("ada", .admin)
        try test.accounts.setSecuritySettings(SecuritySettings(secondFactorRoles: [.admin]), tenant: .standard)
        let own = try await test.signIn("ada")
        #expect(try await test.send(.get, "/users", as: own).status == .forbidden)
        #expect(try await test.send(.get, "/sessions/current", as: own).status == .ok)
        #expect(try await test.send(.post, "/users/\(ada.id)/totp", as: own).status == .created)
    }

    private func code(_ secret: [UInt8], _ test: TestPlatform) throws -> String {
        try TimedPassword.code(step: TimedPassword.step(at: test.clock.now()), secret: secret)
    }
}
