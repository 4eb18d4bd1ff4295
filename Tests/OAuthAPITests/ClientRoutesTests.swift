import Access
import Audit
import HTTP
import OAuth
import OAuthAPI
import Testing

/// The list of clients that administrators keep.
@Suite struct ClientRoutesTests {
    private let portal =
        #"{"client_name":"Portal","token_endpoint_auth_method":"client_secret_basic","#
        + #""redirect_uris":["https://portal.example/back"],"scope":"openid user/*.rs"}"#

    @Test func `an administrator sets a client down, changes it and removes it`() async throws {
        let world = try World()
        let made = try await world.send(.post, "/api/v1/clients", portal, person: "root", csrf: "csrf-of-root")
        #expect(made.status == 201)
        let id = try #require(made.member("client_id"))
        let secret = try #require(made.member("client_secret"))
        #expect(made.headers["Location"] == "/api/v1/clients/" + id)
        let list = try await world.get("/api/v1/clients", person: "root")
        #expect(list.status == 200 && list.text.contains(id) && !list.text.contains(secret))
        #expect(!list.text.contains("client_secret\""))
        let path = "/api/v1/clients/" + id
        let changed = try await world.send(
            .put, path,
            #"{"client_name":"Gate","redirect_uris":["https://portal.example/b"],"scope":"openid","disabled":true}"#,
            person: "root", csrf: "csrf-of-root")
        #expect(changed.status == 200 && changed.member("disabled") == "true" && changed.member("client_secret") == nil)
        #expect(try world.server.client(id)?.isDisabled == true)
        #expect(try await world.get(path, person: "root").member("client_name") == "Gate")
        let gone = try await world.send(.delete, path, person: "root", csrf: "csrf-of-root")
        #expect(gone.status == 204)
        #expect(try await world.get(path, person: "root").status == 404)
        let changes = world.trail.all.map(\.entry).filter { $0.category == .configuration && $0.outcome == .success }
        #expect(changes.map(\.event) == ["client-create", "client-update", "client-delete"])
        #expect(changes.map(\.action) == [.create, .update, .delete])
        #expect(changes.allSatisfy { $0.agent == "user/root" && !"\($0)".contains(secret) })
    }

    @Test(arguments: ["house", "pat", "eye", "count", nil])
    func `nobody else reaches the list`(_ person: String?) async throws {
        let world = try World()
        let id = try App(world).client.id
        let status = person == nil ? 401 : 403
        let csrf = person.map { "csrf-of-" + $0 }
        #expect(try await world.get("/api/v1/clients", person: person).status == status)
        #expect(try await world.get("/api/v1/clients/" + id, person: person).status == status)
        #expect(try await world.send(.post, "/api/v1/clients", portal, person: person, csrf: csrf).status == status)
        #expect(
            try await world.send(.put, "/api/v1/clients/" + id, portal, person: person, csrf: csrf).status == status)
        #expect(
            try await world.send(.delete, "/api/v1/clients/" + id, person: person, csrf: csrf).status == status)
        #expect(world.trail.all.allSatisfy { $0.entry.outcome == .seriousFailure })
        #expect(try world.server.client(id) != nil)
    }

    @Test func `a token that an administrator gave a client is no session of theirs`() async throws {
        let world = try World()
        let app = try App(world)
        #expect(try await world.get("/api/v1/clients", person: "proxy").status == 401)
        let made = try await world.send(.post, "/api/v1/clients", portal, person: "proxy", csrf: "csrf-of-proxy")
        #expect(made.status == 401)
        let asked = try await world.get("/oauth/authorize", app.request(), person: "proxy")
        #expect(asked.headers["Location"]?.hasPrefix("/sign-in") == true)
    }

    @Test func `an administrator of another tenant sees nothing of it`() async throws {
        let world = try World()
        let id = try App(world).client.id
        let path = "/api/v1/clients/" + id
        #expect(try await world.get("/api/v1/clients", person: "stranger").text == #"{"clients":[]}"#)
        let known = try await world.get(path, person: "stranger")
        let unknown = try await world.get("/api/v1/clients/AAAAAAAAAAAAAAAAAAAAAA", person: "stranger")
        #expect(known.status == 404 && known.text == unknown.text)
        #expect(try await world.send(.delete, path, person: "stranger", csrf: "csrf-of-stranger").status == 404)
        #expect(try await world.send(.put, path, portal, person: "stranger", csrf: "csrf-of-stranger").status == 404)
        #expect(try world.server.client(id) != nil)
    }

    @Test func `a change that another site sent is refused`() async throws {
        let world = try World()
        let id = try App(world).client.id
        for csrf in [nil, "", "csrf-of-house"] {
            #expect(try await world.send(.post, "/api/v1/clients", portal, person: "root", csrf: csrf).status == 403)
            #expect(try await world.send(.delete, "/api/v1/clients/" + id, person: "root", csrf: csrf).status == 403)
        }
    }

    @Test(arguments: [
        "", "[]", "{}", "null", #"{"client_name":7}"#, #"{"client_name":"A","client_name":"B","scope":"openid"}"#,
        #"{"client_name":"A","scope":"openid","redirect_uris":"https://a.example/"}"#,
        #"{"client_name":"A","scope":"openid","redirect_uris":[7]}"#,
        #"{"client_name":"A","scope":"openid","redirect_uris":["http://a.example/"]}"#,
        #"{"client_name":"A","scope":"system/*.rs","token_endpoint_auth_method":"private_key_jwt"}"#,
        #"{"client_name":"A","scope":"openid","token_endpoint_auth_method":"client_secret_post"}"#,
        #"{"client_name":"A","scope":"system/*.rs","token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[]}}"#,
        #"{"client_name":"A","scope":"system/*.rs","token_endpoint_auth_method":"private_key_jwt","#
            + #""jwks_uri":"https://a.example/keys"}"#,
        #"{"client_name":"A","redirect_uris":["https://a.example/"],"scope":"openid","may_introspect":"yes"}"#,
    ])
    func `a description that says too little or wrong is refused with the reason`(_ body: String) async throws {
        let world = try World()
        let answer = try await world.send(.post, "/api/v1/clients", body, person: "root", csrf: "csrf-of-root")
        #expect(answer.status == 400 && answer.headers["Content-Type"] == "application/problem+json")
        #expect(try world.server.clients(of: .standard).isEmpty)
    }

    @Test func `every route is in the table that serves, with a need and a summary`() async throws {
        let world = try World()
        #expect(OAuthAPI.routes.count == 19)
        for route in OAuthAPI.routes {
            #expect(!route.summary.isEmpty)
            let path = route.path.replacing("{id}", with: "x").replacing("{tenant}", with: "default")
            let answer = try await Answer(world.http.send(route.method, path))
            switch route.need {
            case .nothing: #expect(answer.status == 200, "\(route.path)")
            case .client, .session: #expect([400, 401].contains(answer.status), "\(route.path)")
            case .careSession, .admin: #expect(answer.status == 401, "\(route.path)")
            }
        }
    }
}
