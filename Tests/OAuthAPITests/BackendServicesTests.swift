import Access
import Audit
import Base
import HTTP
import OAuth
import OAuthAPI
import Testing
import Vault

/// Systems that get tokens for themselves by what they sign.
@Suite struct BackendServicesTests {
    @Test func `a system gets a token of five minutes that says what it may`() async throws {
        let world = try World()
        let backend = try Backend(world, scope: "system/Observation.rs system/Patient.r")
        let answer = try await backend.token(scope: "system/*.cruds openid")
        #expect(answer.status == 200)
        #expect(answer.member("token_type") == "Bearer" && answer.member("expires_in") == "300")
        #expect(answer.member("scope") == "system/Observation.rs system/Patient.r")
        #expect(answer.member("refresh_token") == nil && answer.member("id_token") == nil)
        #expect(answer.headers["Cache-Control"] == "no-store")
        let token = try #require(answer.member("access_token"))
        let admission = try #require(world.server.admit(token))
        #expect(admission.tenant == .standard)
        let facts = admission.subject.facts
        #expect(facts.account == "client/" + backend.client.id && facts.role == .system && facts.onBehalfOf == nil)
        #expect(facts.organizations == ["Organization/lab"] && facts.scopes?.clinical.count == 2)
        #expect(facts.launchPatient == nil)
        let entry = try #require(world.trail.last)
        #expect(entry.category == .authentication && entry.event == "token" && entry.outcome == .success)
        #expect(entry.agent == facts.account && entry.status == 200)
        #expect(entry.detail?.contains(token) == false)
        world.clock.advance(seconds: 300)
        #expect(world.server.admit(token) == nil)
    }

    @Test func `what is no token is not let in`() async throws {
        let world = try World()
        let token = try #require(try await Backend(world).token().member("access_token"))
        #expect(world.server.admit(token) != nil)
        for wrong in ["", "a", String(token.dropLast()), token + "a", token.uppercased(), String(token.reversed())] {
            #expect(world.server.admit(wrong) == nil)
        }
    }

    @Test func `a forged assertion is answered 401 and stands in the trail`() async throws {
        let world = try World()
        let backend = try Backend(world)
        let other = try Backend(world, tenant: #require(TenantName("other")))
        let good = try backend.assertion()
        let parts = good.split(separator: ".").map(String.init)
        func encoded(_ text: String) -> String { Array(text.utf8).withUnsafeBytes { Base64URL.encode($0) } }
        let used = try backend.assertion(number: "again")
        #expect(try await backend.token(used).status == 200)
        let forged: [(String, String)] = [
            ("none", encoded(#"{"alg":"none","kid":"1"}"#) + "." + parts[1] + "."),
            ("confusion", try backend.assertion(header: #"{"alg":"HS384","kid":"1"}"#)),
            ("other kind", try backend.assertion(header: #"{"alg":"RS384","kid":"1"}"#)),
            ("kid", try backend.assertion(header: #"{"alg":"ES384","kid":"2"}"#)),
            ("jku", try backend.assertion(header: #"{"alg":"ES384","kid":"1","jku":"https://evil.example/"}"#)),
            ("crit", try backend.assertion(header: #"{"alg":"ES384","kid":"1","crit":["x"]}"#)),
            ("audience", try backend.assertion(audience: "https://other.example/oauth/token")),
            ("expired", try backend.assertion(lifeSeconds: -1)), ("far", try backend.assertion(lifeSeconds: 3_600)),
            ("replayed", used), ("other tenant's key", try backend.assertion(by: other.key)),
            ("oversized", good + String(repeating: "A", count: 9_000)), ("cut", String(good.dropLast(2))),
            ("nonsense", "abc"),
        ]
        for (name, assertion) in forged {
            let before = world.trail.all.count
            let answer = try await backend.token(assertion)
            #expect(answer.status == 401, "\(name)")
            #expect(answer.member("error") == "invalid_client" && answer.member("error_description") == nil, "\(name)")
            #expect(answer.headers["WWW-Authenticate"] != nil)
            let entry = try #require(world.trail.last)
            #expect(world.trail.all.count == before + 1, "\(name)")
            #expect(entry.category == .authentication && entry.outcome == .seriousFailure && entry.status == 401)
            #expect(entry.detail?.isEmpty == false && entry.detail?.contains(assertion) == false)
        }
        // One whose client is known stands in its own tenant's trail.
        _ = try await other.token(try other.assertion(lifeSeconds: -1))
        #expect(world.trail.all.last?.tenant.description == "other")
    }

    @Test func `the same assertion sent at once by many counts once`() async throws {
        let world = try World()
        let backend = try Backend(world)
        let assertion = try backend.assertion()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<12 { group.addTask { try await backend.token(assertion).status } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 200 } == 1 && statuses.count { $0 == 401 } == 11)
    }

    @Test func `errors are those of the protocol`() async throws {
        let world = try World()
        let backend = try Backend(world)
        func error(_ fields: [(String, String)]) async throws -> String? {
            let answer = try await world.post("/oauth/token", fields)
            #expect(answer.headers["Content-Type"] == "application/json")
            return answer.member("error").map { "\(answer.status) \($0)" }
        }
        let proof = { try backend.proof() }
        #expect(try await backend.token(scope: nil).member("error") == "invalid_scope")
        #expect(try await backend.token(scope: "patient/*.rs").member("error") == "invalid_scope")
        #expect(try await backend.token(scope: "system/*.cud").member("error") == "invalid_scope")
        #expect(try await error(proof()) == "400 invalid_request")
        #expect(try await error([("grant_type", "password")] + proof()) == "400 unsupported_grant_type")
        #expect(try await error([("grant_type", "client_credentials")]) == "401 invalid_client")
        #expect(try await error(proof() + [("client_id", "someone")]) == "401 invalid_client")
        #expect(try await error(proof() + [("scope", "a"), ("scope", "b")]) == "400 invalid_request")
        #expect(try await error(proof() + [("client_secret", "x")]) == "401 invalid_client")
        #expect(
            try await error([("grant_type", "client_credentials"), ("client_id", backend.client.id)])
                == "401 invalid_client")
        let answer = try await world.send(.post, "/oauth/token", "{}", person: nil)
        #expect(answer.status == 400 && answer.member("error") == "invalid_request")
        #expect(try await world.get("/oauth/token").status == 405)
    }

    @Test func `nothing is given when the trail cannot be written`() async throws {
        let world = try World()
        let backend = try Backend(world)
        world.trail.fail(true)
        let answer = try await backend.token()
        #expect(answer.status == 503 && answer.member("access_token") == nil)
        #expect(try await backend.token("abc").status == 503)
        let draft = #"{"client_name":"A","redirect_uris":["https://a.example/"],"scope":"openid"}"#
        #expect(
            try await world.send(.post, "/api/v1/clients", draft, person: "root", csrf: "csrf-of-root").status == 503)
        // What was set down meanwhile is taken back soon.
        var count = 2
        for _ in 0..<200 where count != 1 {
            try await Task.sleep(for: .milliseconds(10))
            count = try world.server.clients(of: .standard).count
        }
        #expect(count == 1)
        world.trail.fail(false)
        #expect(try await backend.token().status == 200)
    }

    @Test func `a client that may asks what tokens of its own tenant stand for`() async throws {
        let world = try World()
        let asker = try Backend(world, mayIntrospect: true)
        let backend = try Backend(world)
        let foreign = try Backend(world, tenant: #require(TenantName("other")))
        let token = try #require(try await backend.token().member("access_token"))
        let theirs = try #require(try await foreign.token().member("access_token"))
        let answer = try await world.post("/oauth/introspect", asker.proof() + [("token", token)])
        #expect(answer.member("active") == "true" && answer.member("client_id") == backend.client.id)
        #expect(answer.member("scope") == "system/Observation.rs")
        for other in [theirs, "nothing"] {
            let answer = try await world.post("/oauth/introspect", asker.proof() + [("token", other)])
            #expect(answer.status == 200 && answer.text == #"{"active":false}"#)
        }
        let refused = try await world.post("/oauth/introspect", backend.proof() + [("token", token)])
        #expect(refused.status == 400 && refused.member("error") == "unauthorized_client")
    }

    @Test func `a client ends its own tokens and nobody else's`() async throws {
        let world = try World()
        let backend = try Backend(world)
        let other = try Backend(world)
        let token = try #require(try await backend.token().member("access_token"))
        #expect(try await world.post("/oauth/revoke", other.proof() + [("token", token)]).status == 200)
        #expect(world.server.admit(token) != nil)
        #expect(try await world.post("/oauth/revoke", backend.proof() + [("token", token)]).status == 200)
        #expect(world.server.admit(token) == nil)
        #expect(try await world.post("/oauth/revoke", backend.proof() + [("token", token)]).status == 200)
        #expect(try await world.post("/oauth/revoke", [("token", token)]).status == 401)
    }

    @Test func `discovery says where and how, the same for every tenant`() async throws {
        let world = try World()
        let paths = [
            "/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration",
            "/t/other/fhir/.well-known/smart-configuration", "/t/nobody/fhir/.well-known/smart-configuration",
        ]
        for path in paths {
            let answer = try await world.get(path)
            #expect(answer.status == 200 && answer.headers["Content-Type"] == "application/json")
            #expect(answer.member("token_endpoint") == World.origin + "/oauth/token")
            #expect(answer.text.contains(#""code_challenge_methods_supported":["S256"]"#))
            #expect(answer.text.contains(#"["RS384","ES384"]"#))
        }
        let keys = try await world.get("/oauth/jwks")
        #expect(keys.status == 200 && keys.text.contains(#""crv":"P-384""#) && !keys.text.contains(#""d""#))
        try world.server.rotateSigningKey()
        let more = try await world.get("/oauth/jwks")
        #expect(more.text.count > keys.text.count, "the last key is shown for a while")
    }

    @Test func `no form makes the endpoints fail`() async throws {
        let world = try World()
        let backend = try Backend(world)
        var random = SeededRandom(seed: 12)
        let pieces = [
            "grant_type=", "client_credentials", "&", "=", "scope=system/*.rs", "client_id=" + backend.client.id, "%",
            "%00",
            "%FF", "+", "client_assertion=a.b.c", "client_assertion_type=" + ClientAssertion.type, "code=x", "token=y",
            "refresh_token=z", "code_verifier=v", "redirect_uri=https://app.example/back", "decision=allow", "state=",
        ]
        for _ in 0..<200 {
            let text = (0..<Int.random(in: 0...7, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
                    + (Bool.random(using: &random) ? "&" : "")
            }.joined()
            for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/authorize"] {
                var headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
                if Bool.random(using: &random) { headers["Authorization"] = "Basic " + text.prefix(12) }
                let answer = try await world.http.post(path, headers: headers, body: Array(text.utf8))
                #expect([400, 401].contains(answer.status.code), "\(path) \(text)")
            }
        }
    }
}
