import Access
import Audit
import Base
import HTTP
import JSONTape
import OAuth
import OAuthAPI
import Testing
import Vault

/// People who let an app in, and those who try to get in between.
@Suite struct CodeFlowTests {
    @Test func `a patient lets an app in and it gets what was allowed`() async throws {
        let world = try World()
        let app = try App(world)
        let answer = try await app.exchange(app.code())
        #expect(answer.status == 200 && answer.member("token_type") == "Bearer")
        #expect(answer.member("scope") == "openid fhirUser launch/patient patient/Observation.rs")
        #expect(answer.member("patient") == "pat" && answer.member("refresh_token") == nil)
        let token = try #require(answer.member("access_token"))
        let facts = try #require(world.server.admit(token)).subject.facts
        #expect(facts.account == "client/" + app.client.id && facts.onBehalfOf == "user/pat")
        #expect(facts.role == .patient && facts.fhirUser == "Patient/pat" && facts.launchPatient == "pat")
        #expect(facts.scopes?.text == answer.member("scope"))
        let events = world.trail.all.map(\.entry)
        #expect(events.map(\.event) == ["authorize", "token"])
        #expect(events.map(\.agent) == ["user/pat", "client/" + app.client.id])
        #expect(events.allSatisfy { $0.patients == ["pat"] && $0.category == .authentication })
        #expect(events.allSatisfy { !"\($0)".contains(token) })
    }

    @Test func `the token about the person is signed by a key that is shown`() async throws {
        let world = try World()
        let app = try App(world)
        let issued = try await app.exchange(app.code())
        let parts = try #require(issued.member("id_token")).split(separator: ".").map(String.init)
        let claims = try JSONDocument(#require(Base64URL.decode(parts[1])))
        claims.withRoot { root in
            #expect(root.member("iss")?.string == World.origin && root.member("aud")?.string == app.client.id)
            #expect(root.member("sub")?.string == "user/pat" && root.member("nonce")?.string == "n-1")
            #expect(root.member("fhirUser")?.string == World.origin + "/fhir/Patient/pat")
            #expect(root.member("exp")?.text == "\(world.clock.seconds + 3_600)")
        }
        let keys = try JSONDocument(Array(try await world.get("/oauth/jwks").text.utf8))
        let (x, y) = try keys.withRoot { root in
            let key = try #require(root.member("keys")?.elements.first { _ in true })
            return (try #require(key.member("x")?.string), try #require(key.member("y")?.string))
        }
        let key = try JWSPublicKey(x: #require(Base64URL.decode(x)), y: #require(Base64URL.decode(y)))
        let signature = try #require(Base64URL.decode(parts[2]))
        #expect(key.verifies(signature, of: Array((parts[0] + "." + parts[1]).utf8)))
        #expect(!key.verifies(signature, of: Array((parts[0] + "." + parts[1] + "A").utf8)))
        let without = try await app.exchange(app.code(app.request(scope: "launch/patient patient/*.rs")))
        #expect(without.member("id_token") == nil)
    }

    @Test func `who is not signed in is sent to sign in and back`() async throws {
        let world = try World()
        let app = try App(world)
        let answer = try await world.get("/oauth/authorize", app.request())
        #expect(answer.status == 303 && answer.headers["Location"]?.hasPrefix("/sign-in?return=") == true)
        let target = try #require(answer.parameter("return"))
        #expect(target.hasPrefix("/oauth/authorize?") && target.contains("state=st%26te%3D1"))
        let page = try await Answer(world.http.get(target, headers: ["x-person": "pat"]))
        #expect(page.status == 200 && page.text.contains("patient=pat") && page.text.contains("state=st&te=1"))
        #expect(page.headers["X-Frame-Options"] == "DENY")
        #expect(page.headers["Content-Security-Policy"]?.contains("form-action 'self' https://app.example") == true)
        let silent = try await world.get("/oauth/authorize", app.request(["prompt": "none"]))
        #expect(silent.parameter("error") == "login_required")
        let asked = try await world.get("/oauth/authorize", app.request(["prompt": "none"]), person: "pat")
        #expect(asked.parameter("error") == "consent_required")
    }

    @Test(arguments: [
        "https://app.example/back/", "https://app.example/back/more", "https://app.example/bac",
        "https://app.example/Back", "HTTPS://app.example/back", "https://APP.example/back",
        "https://app.example/b%61ck", "https://app.example/back?x=1", "https://app.example/back#x",
        "https://app.example:443/back", "https://app.example@evil.example/back", "https://evil.example/back",
        "https://app.example.evil.example/back", "http://app.example/back", "https://app.example/bac\u{212A}",
        "https://app.example//back", "https://app.example/x/../back", "//evil.example", "", "javascript:alert(1)",
    ])
    func `nobody is sent to an address that is not the client's, not even with an error`(_ address: String) async throws
    {
        let world = try World()
        let app = try App(world)
        for person in [nil, "pat"] {
            let answer = try await world.get("/oauth/authorize", app.request(["redirect_uri": address]), person: person)
            #expect(answer.status == 400 && answer.headers["Location"] == nil)
            #expect(world.trail.last?.outcome == .seriousFailure)
        }
        let posted = try await world.post(
            "/oauth/authorize",
            app.request(["redirect_uri": address]) + [("decision", "allow"), ("csrf", "csrf-of-pat")], person: "pat")
        #expect(posted.status == 400 && posted.headers["Location"] == nil)
    }

    @Test func `a request without client or address, or with two, leads nowhere`() async throws {
        let world = try World()
        let app = try App(world)
        for fields in [
            try app.request(["client_id": nil]), try app.request(["redirect_uri": nil]),
            try app.request(["client_id": "nobody"]), try app.request() + [("redirect_uri", "https://evil.example/")],
            try app.request() + [("state", "two")],
        ] {
            let answer = try await world.get("/oauth/authorize", fields, person: "pat")
            #expect(answer.status == 400 && answer.headers["Location"] == nil)
        }
    }

    @Test(arguments: [
        ("code_challenge", nil, "invalid_request"), ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", nil, "invalid_request"), ("code_challenge_method", "plain", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"), ("response_type", nil, "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"), ("request", "eyJ", "invalid_request"),
        ("scope", nil, "invalid_scope"), ("scope", "system/*.rs", "invalid_scope"),
        ("scope", "nothing", "invalid_scope"),
        ("aud", nil, "invalid_request"), ("aud", "https://evil.example/fhir", "invalid_request"),
        ("aud", World.origin + "/t/other/fhir", "invalid_request"), ("launch", "made-up", "invalid_scope"),
    ])
    func `what is wrong with a request is told to the client with its state`(
        _ name: String, _ value: String?, _ error: String
    ) async throws {
        let world = try World()
        let app = try App(world)
        let answer = try await world.get("/oauth/authorize", app.request([name: value]), person: "pat")
        #expect(answer.status == 303 && answer.headers["Location"]?.hasPrefix(App.address + "?") == true)
        #expect(answer.parameter("error") == error && answer.parameter("code") == nil)
        #expect(answer.parameter("state") == "st&te=1" && answer.parameter("iss") == World.origin)
        #expect(world.trail.last?.outcome == .seriousFailure)
    }

    @Test func `the address of the records may end with a slash or name the tenant`() async throws {
        let world = try World()
        let app = try App(world)
        for audience in ["/fhir/", "/t/default/fhir"] {
            let fields = try app.request(["aud": World.origin + audience])
            #expect(try await world.get("/oauth/authorize", fields, person: "pat").status == 200)
        }
    }

    @Test func `a code counts once, and a second time ends what it gave`() async throws {
        let world = try World()
        let app = try App(world)
        let code = try await app.code(app.request(scope: "launch/patient patient/*.rs offline_access"))
        let first = try await app.exchange(code)
        let token = try #require(first.member("access_token"))
        let refresh = try #require(first.member("refresh_token"))
        #expect(world.server.admit(token) != nil)
        let second = try await app.exchange(code)
        #expect(second.status == 400 && second.member("error") == "invalid_grant")
        #expect(world.server.admit(token) == nil)
        #expect(try await app.refresh(refresh).member("error") == "invalid_grant")
        #expect(world.trail.all.contains { $0.entry.detail?.contains("used before") == true })
    }

    @Test(arguments: [
        ("code_verifier", nil, "invalid_request"),
        ("code_verifier", String(repeating: "w-1_", count: 12), "invalid_grant"),
        ("code_verifier", "short", "invalid_grant"), ("redirect_uri", nil, "invalid_request"),
        ("redirect_uri", "https://app.example/back/", "invalid_grant"),
        ("redirect_uri", "https://app.example/other", "invalid_grant"), ("code", nil, "invalid_request"),
        ("code", "made-up", "invalid_grant"),
    ])
    func `a code is for the verifier and address that it was made for`(
        _ name: String, _ value: String?, _ error: String
    ) async throws {
        let world = try World()
        let app = try App(world, addresses: [App.address, "https://app.example/other"])
        let code = try await app.code()
        let answer = try await app.exchange(code, [name: value])
        #expect(answer.status == 400 && answer.member("error") == error)
        #expect(answer.member("access_token") == nil)
        // Whoever presented it with something wrong has used it up.
        if error == "invalid_grant" && name != "code" {
            #expect(try await app.exchange(code).member("error") == "invalid_grant")
        }
    }

    @Test func `a challenge of an empty verifier opens nothing`() async throws {
        let world = try World()
        let app = try App(world)
        let code = try await app.code(app.request(["code_challenge": try App.challenge("")]))
        #expect(try await app.exchange(code, ["code_verifier": "x"]).member("error") == "invalid_grant")
    }

    @Test func `a code is for one client and one minute`() async throws {
        let world = try World()
        let app = try App(world)
        let other = try App(world)
        let code = try await app.code()
        #expect(try await other.exchange(code).member("error") == "invalid_grant")
        #expect(try await app.exchange(code).member("error") == "invalid_grant")
        let late = try await app.code()
        world.clock.advance(seconds: 60)
        #expect(try await app.exchange(late).member("error") == "invalid_grant")
    }

    @Test func `a code that many present at once gives tokens to one at most`() async throws {
        let world = try World()
        let app = try App(world)
        let code = try await app.code()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await app.exchange(code).status } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 200 } == 1)
    }

    @Test func `refresh tokens change at each use, and an old one ends all`() async throws {
        let world = try World()
        let app = try App(world)
        let scope = "launch/patient patient/Observation.rs patient/Condition.rs offline_access"
        let first = try await app.exchange(app.code(app.request(scope: scope)))
        let old = try #require(first.member("refresh_token"))
        world.clock.advance(seconds: 4_000)
        let second = try await app.refresh(old)
        #expect(second.status == 200 && second.member("patient") == "pat" && second.member("expires_in") == "3600")
        let new = try #require(second.member("refresh_token"))
        #expect(new != old)
        let narrow = try await app.refresh(new, scope: "patient/Observation.r system/*.rs")
        #expect(narrow.member("scope") == "patient/Observation.r")
        let newest = try #require(narrow.member("refresh_token"))
        #expect(try await app.refresh(newest, scope: "user/*.rs").member("error") == "invalid_scope")
        let whole = try await app.refresh(newest)
        #expect(whole.member("scope") == first.member("scope"), "narrowing once takes nothing away for good")
        let token = try #require(whole.member("access_token"))
        #expect(world.server.admit(token) != nil)
        #expect(try await app.refresh(old).member("error") == "invalid_grant")
        #expect(world.server.admit(token) == nil)
        #expect(try await app.refresh(#require(whole.member("refresh_token"))).member("error") == "invalid_grant")
    }

    @Test func `a refresh token of another client ends, and one that was revoked too`() async throws {
        let world = try World()
        let app = try App(world)
        let other = try App(world)
        let scope = "launch/patient patient/*.rs offline_access"
        let stolen = try #require(try await app.exchange(app.code(app.request(scope: scope))).member("refresh_token"))
        #expect(try await other.refresh(stolen).member("error") == "invalid_grant")
        #expect(try await app.refresh(stolen).member("error") == "invalid_grant")
        let issued = try await app.exchange(app.code(app.request(scope: scope)))
        let refresh = try #require(issued.member("refresh_token"))
        let token = try #require(issued.member("access_token"))
        #expect(
            try await world.post("/oauth/revoke", [("token", refresh), ("client_id", app.client.id)]).status == 200)
        #expect(world.server.admit(token) == nil)
        #expect(try await app.refresh(refresh).member("error") == "invalid_grant")
    }

    @Test func `a consent for the session ends with it, one for longer after its days`() async throws {
        let world = try World()
        let app = try App(world, scope: "launch/patient patient/*.rs offline_access online_access")
        for (scope, seconds) in [("online_access", Int64(12 * 3_600)), ("offline_access", 90 * 86_400)] {
            let fields = try app.request(scope: "launch/patient patient/*.rs " + scope)
            let token = try #require(try await app.exchange(app.code(fields)).member("refresh_token"))
            world.clock.advance(seconds: seconds - 10)
            let next = try await app.refresh(token)
            #expect(next.status == 200 && (next.member("expires_in").flatMap { Int($0) } ?? 0) <= 70)
            world.clock.advance(seconds: 100)
            let last = try await app.refresh(#require(next.member("refresh_token")))
            #expect(last.member("error") == "invalid_grant")
        }
    }

    @Test func `a closed account gets no tokens for its codes and refresh tokens`() async throws {
        let world = try World()
        let app = try App(world)
        let fields = try app.request(scope: "launch/patient patient/*.rs offline_access")
        let refresh = try #require(try await app.exchange(app.code(fields)).member("refresh_token"))
        let code = try await app.code(fields)
        let issued = try await app.exchange(app.code(fields))
        world.people.close("pat")
        #expect(try await app.exchange(code).member("error") == "invalid_grant")
        #expect(try await app.refresh(refresh).member("error") == "invalid_grant")
        let token = try #require(issued.member("access_token"))
        #expect(world.server.admit(token) != nil)
        try world.server.revokeAll(ofAccount: "user/pat", tenant: .standard)
        #expect(world.server.admit(token) == nil)
    }

    @Test func `an app with a secret brings it in the header`() async throws {
        let world = try World()
        var draft = ClientDraft(name: "Portal", authentication: .secret)
        draft.redirectURIs = [App.address]
        draft.scopes = try #require(SMARTScopes("openid user/*.rs"))
        let (client, secret) = try world.server.register(draft, tenant: .standard)
        let app = try App(world)
        func basic(_ id: String, _ secret: String) -> String {
            let writer = ByteWriter()
            Array("\(id):\(secret)".utf8).withUnsafeBytes { writer.writeBase64($0) }
            return "Basic " + String(decoding: writer.copy(), as: UTF8.self)
        }
        func exchange(_ authorization: String?, _ extra: [(String, String)] = []) async throws -> Answer {
            let fields = try app.request(scope: "openid user/*.rs", ["client_id": client.id])
            let code = try await app.code(fields, person: "house")
            return try await world.post(
                "/oauth/token",
                [
                    ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", App.address),
                    ("code_verifier", App.verifier),
                ] + extra, authorization: authorization)
        }
        let known = try #require(secret)
        #expect(try await exchange(basic(client.id, known)).status == 200)
        #expect(try await exchange(basic(client.id, known), [("client_id", client.id)]).status == 200)
        for wrong in [
            basic(client.id, known + "a"), basic(client.id, ""), basic("nobody", known), "Basic !!!!", "Bearer x",
        ] {
            #expect(try await exchange(wrong).status == 401)
        }
        #expect(try await exchange(nil, [("client_id", client.id)]).status == 401)
        #expect(try await exchange(nil, [("client_id", client.id), ("client_secret", known)]).status == 401)
    }
}
