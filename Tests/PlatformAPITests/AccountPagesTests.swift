import Access
import Accounts
import Audit
import Base
import Foundation
import HTTP
import Testing
import WebApp

@Suite struct AccountPagesTests {
    private func makeTest() throws -> TestPlatform {
        try TestPlatform { accounts, trail, clock, router in
            AccountPages(
                accounts: accounts, version: "1.0", clock: clock,
                audit: { entry, tenant, then in trail.append(entry, tenant, then) },
                reportFailure: { Issue.record("a fault: \($0)") }
            ).addRoutes(to: &router)
        }
    }

    private func post(
        _ test: TestPlatform, _ path: String, _ fields: [(String, String)], as headers: HTTPHeaders = [:]
    ) async throws -> HTTPResponse {
        var headers = headers
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Origin"] = headers["Origin"] ?? TestPlatform.origin
        let body = QueryParameters(fields.map { QueryParameters.Item($0.0, $0.1) }).encoded
        return try await test.client.post(path, headers: headers, body: Array(body.utf8))
    }

    private func cookies(_ response: HTTPResponse) -> HTTPHeaders {
        let values = response.headers.values("set-cookie").compactMap { $0.split(separator: ";").first }
        return ["Cookie": values.joined(separator: "; ")]
    }

    private func html(_ response: HTTPResponse) throws -> String {
        String(decoding: try response.body.collect(), as: UTF8.self)
    }

    /// What stands between two texts, first occurrence.
    private func between(_ text: String, _ start: String, _ end: String) -> String? {
        guard let from = text.firstRange(of: start), let to = text[from.upperBound...].firstRange(of: end) else {
            return nil
        }
        return String(text[from.upperBound..<to.lowerBound])
    }

    private func csrf(_ page: String) throws -> String {
        try #require(between(page, "name=\"csrf\" value=\"", "\""))
    }

    private func signIn(_ test: TestPlatform, _ name: String) async throws -> HTTPHeaders {
        let response = try await post(
            test, "/sign-in", [("name", name), ("password", TestPlatform.password)])
        #expect(response.status == .seeOther)
        return cookies(response)
    }

    @Test func `a person signs in, sees the account and signs out, all by forms`() async throws {
        let test = try makeTest()
        try test.add("jo", .clinician)
        let first = try await test.client.get("/account")
        #expect(first.status == .seeOther)
        #expect(first.headers["location"] == "/sign-in?next=%2Faccount")
        let form = try html(try await test.client.get("/sign-in"))
        for text in ["<label for=\"name\">", "autocomplete=\"current-password\"", "method=\"post\""] {
            #expect(form.contains(text))
        }
        #expect(!form.contains("<script"))
        let own = try await signIn(test, "jo")
        let account = try await test.client.get("/account", headers: own)
        #expect(account.status == .ok)
        #expect(account.headers["cache-control"] == "no-store")
        let page = try html(account)
        #expect(page.contains("this one"))
        #expect(try await post(test, "/sign-out", [("csrf", "wrong")], as: own).status == .forbidden)
        #expect(try await test.client.get("/account", headers: own).status == .ok)
        let out = try await post(test, "/sign-out", [("csrf", try csrf(page))], as: own)
        #expect(out.headers["location"] == "/sign-in")
        #expect(try await test.client.get("/account", headers: own).status == .seeOther)
    }

    @Test func `a wrong password says so without telling what was wrong`() async throws {
        let test = try makeTest()
        try test.add("jo", .clinician)
        var pages: Set<String> = []
        for name in ["jo", "nobody"] {
            let response = try await post(test, "/sign-in", [("name", name), ("password", "wrong")])
            #expect(response.status == .unauthorized)
            #expect(response.headers["set-cookie"] == nil)
            let alert = try #require(between(html(response), "role=\"alert\">", "<"))
            pages.insert(alert)
        }
        #expect(pages.count == 1)
        #expect(test.trail.entries.count == 2)
        let evil = try await post(
            test, "/sign-in", [("name", "jo"), ("password", TestPlatform.password)],
            as: ["Origin": "https://evil.example"])
        #expect(evil.status == .forbidden)
        #expect(evil.headers["set-cookie"] == nil)
    }

    @Test(arguments: [
        ("/fhir/metadata?x=1", "/fhir/metadata?x=1"), ("//evil.example", "/account"),
        ("https://evil.example", "/account"),
        ("/\\evil.example", "/account"), ("", "/account"), ("/a\r\nSet-Cookie: x=1", "/account"),
        ("javascript:x", "/account"),
    ])
    func `after signing in one stays on this server`(_ next: String, _ location: String) async throws {
        let test = try makeTest()
        try test.add("jo", .clinician)
        let response = try await post(
            test, "/sign-in", [("name", "jo"), ("password", TestPlatform.password), ("next", next)])
        #expect(response.headers["location"] == location)
    }

    @Test func `what people type stands escaped on the page`() async throws {
        let test = try makeTest()
        let response = try await post(
            test, "/sign-in", [("name", "\"><script>alert(1)</script>"), ("password", "x"), ("tenant", "\"><b>")])
        let page = try html(response)
        #expect(!page.contains("<script"))
        #expect(!page.contains("<b>"))
    }

    @Test func `a second factor is set up by picture or key, and asked for from then on`() async throws {
        let test = try makeTest()
        try test.add("jo", .clinician)
        try test.accounts.setSecuritySettings(SecuritySettings(secondFactorRoles: [.clinician]), tenant: .standard)
        let response = try await post(
            test, "/sign-in", [("name", "jo"), ("password", TestPlatform.password), ("next", "/fhir/metadata")])
        #expect(response.headers["location"] == "/second-factor/setup?next=%2Ffhir%2Fmetadata")
        let own = cookies(response)
        #expect(try await test.client.get("/account", headers: own).headers["location"] == "/second-factor/setup")
        let setup = try html(try await test.client.get("/second-factor/setup", headers: own))
        #expect(setup.contains("<svg viewBox"))
        let key = try #require(between(setup, "<code class=\"secret\">", "<"))
        let secret = decoded(key.filter { $0 != " " })
        let wrong = try await post(
            test, "/second-factor/setup", [("csrf", try csrf(setup)), ("code", "000000")], as: own)
        #expect(wrong.status == .unprocessableContent)
        let confirmed = try await post(
            test, "/second-factor/setup",
            [("csrf", try csrf(setup)), ("code", try code(secret, test)), ("next", "/fhir/metadata")], as: own)
        let codes = try html(confirmed).components(separatedBy: "<li><code>").count - 1
        #expect(codes == 10)
        #expect(try await test.client.get("/account", headers: cookies(confirmed)).status == .ok)

        test.clock.advance(30)
        let again = try await post(test, "/sign-in", [("name", "jo"), ("password", TestPlatform.password)])
        #expect(again.headers["location"] == "/second-factor")
        let half = cookies(again)
        #expect(try await test.client.get("/account", headers: half).headers["location"] == "/second-factor")
        let ask = try html(try await test.client.get("/second-factor", headers: half))
        let whole = try await post(
            test, "/second-factor", [("csrf", try csrf(ask)), ("code", try code(secret, test))], as: half)
        #expect(whole.headers["location"] == "/account")
        #expect(try await test.client.get("/account", headers: cookies(whole)).status == .ok)
        #expect(try await test.client.get("/account", headers: half).status == .seeOther)
    }

    @Test func `an invite, a reset and the setup of a tenant each work once`() async throws {
        let test = try makeTest()
        let setup = try #require(try test.accounts.setupLink(.standard))
        let path = "/setup/\(setup.token.text)"
        #expect(try await test.client.get(path).status == .ok)
        let fields = [("name", "ada"), ("displayName", "Ada"), ("password", TestPlatform.password)]
        #expect(
            try await post(test, path, [("name", "ada"), ("displayName", "Ada"), ("password", "short")]).status
                == .unprocessableContent)
        #expect(try await post(test, path, fields).status == .ok)
        #expect(try await post(test, path, fields).status == .notFound)
        #expect(try await test.client.get(path).status == .notFound)
        _ = try await signIn(test, "ada")

        let name = try #require(LoginName("kim"))
        let (kim, invite, _) = try test.accounts.invite(
            User.Profile(name: name, displayName: "Kim <Lee>", role: .clinician), tenant: .standard)
        let invitePath = "/invite/\(invite.token.text)"
        #expect(try html(try await test.client.get(invitePath)).contains("Kim &lt;Lee&gt;"))
        #expect(try await test.client.get("/reset/\(invite.token.text)").status == .notFound)
        #expect(try await post(test, invitePath, [("password", TestPlatform.password)]).status == .ok)
        #expect(try await post(test, invitePath, [("password", TestPlatform.password)]).status == .notFound)
        let reset = try test.accounts.resetLink(of: kim.id, tenant: .standard).link
        #expect(
            try await post(test, "/reset/\(reset.token.text)", [("password", "quiet marble staircase")]).status == .ok)
        #expect(test.trail.entries.allSatisfy { $0.request?.contains(reset.token.text) != true })
        #expect(try await test.client.get("/reset/nonsense").status == .notFound)
    }

    @Test func `a forgotten password is answered alike for everybody`() async throws {
        let test = try makeTest()
        try test.add("jo@clinic.example", .clinician)
        var pages: Set<String> = []
        for name in ["jo@clinic.example", "nobody@clinic.example"] {
            let page = try html(try await post(test, "/forgot-password", [("name", name)]))
            pages.insert(try #require(between(page, "<main", "</main>")))
        }
        #expect(pages.count == 1)
    }

    @Test func `the account page changes the password and ends other sessions`() async throws {
        let test = try makeTest()
        try test.add("jo", .clinician)
        let other = try await signIn(test, "jo")
        let own = try await signIn(test, "jo")
        let page = try html(try await test.client.get("/account", headers: own))
        let end = try #require(between(page, "action=\"/account/sessions/", "\""))
        #expect(
            try await post(test, "/account/sessions/\(end)", [("csrf", try csrf(page))], as: own).status == .seeOther)
        #expect(try await test.client.get("/account", headers: other).status == .seeOther)
        let wrong = try await post(
            test, "/account/password",
            [("csrf", try csrf(page)), ("present", "wrong"), ("new", "quiet marble staircase")], as: own)
        #expect(wrong.status == .unprocessableContent)
        let changed = try await post(
            test, "/account/password",
            [("csrf", try csrf(page)), ("present", TestPlatform.password), ("new", "quiet marble staircase")], as: own)
        #expect(changed.headers["location"] == "/account")
        #expect(try await test.client.get("/account", headers: own).status == .seeOther)
        #expect(try await test.client.get("/account", headers: cookies(changed)).status == .ok)
    }

    @Test func `pages that need a session send those without one to sign in`() async throws {
        let test = try makeTest()
        for route in AccountPages.routes where route.needs != .nothing {
            let path = route.path.replacing("{session}", with: "x")
            let response = try await test.client.send(route.method, path, headers: ["Origin": TestPlatform.origin])
            #expect(response.status == .seeOther, "\(route.method) \(route.path)")
            #expect(response.headers["location"]?.hasPrefix("/sign-in") == true)
        }
        #expect(test.trail.entries.isEmpty)
    }

    @Test func `every form of every page has labels for its inputs and ids of its own`() async throws {
        let test = try makeTest()
        try test.add("jo", .clinician)
        let own = try await signIn(test, "jo")
        for path in ["/sign-in", "/forgot-password", "/account", "/second-factor/setup"] {
            let headers: HTTPHeaders = path.hasPrefix("/sign") || path.hasPrefix("/forgot") ? [:] : own
            let page = try html(try await test.client.get(path, headers: headers))
            let ids = page.components(separatedBy: " id=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
            #expect(Set(ids).count == ids.count, "\(path) \(ids)")
            for piece in page.components(separatedBy: "<input ").dropFirst() where !piece.hasPrefix("type=\"hidden\"") {
                let id = try #require(between("<input " + piece, " id=\"", "\""))
                #expect(page.contains("<label for=\"\(id)\">"), "\(path) \(id)")
            }
        }
    }

    private func code(_ secret: [UInt8], _ test: TestPlatform) throws -> String {
        try TimedPassword.code(step: TimedPassword.step(at: test.clock.now()), secret: secret)
    }

    private func decoded(_ text: String) -> [UInt8] {
        TestPlatform.base32Decoded(text)
    }
}
