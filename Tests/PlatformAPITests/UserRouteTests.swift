import Access
import Accounts
import Audit
import Base
import HTTP
import PlatformAPI
import Testing

@Suite struct UserRouteTests {
    @Test func `an admin invites, the invited sets a password and signs in`() async throws {
        let test = try TestPlatform()
        try test.add("ada", .admin)
        let own = try await test.signIn("ada")
        let made = try await test.send(
            .post, "/users", as: own,
            body: """
                {"name":"Kim@Clinic.Example","displayName":"Kim Lee","role":"clinician","fhirUser":"Practitioner/k1",
                 "organizations":["Organization/o1"]}
                """)
        #expect(made.status == .created)
        #expect(try test.text(made, "name") == "kim@clinic.example")
        #expect(try test.text(made, "state") == "invited")
        let url = try #require(try test.text(made, "invite", "url"))
        let token = try #require(url.split(separator: "/").last)
        let body = "{\"password\":\"\(TestPlatform.password)\"}"
        #expect(
            try await test.send(.post, "/password-resets/\(token)", body: body).status == .notFound)
        let weak = try await test.send(.post, "/invites/\(token)", body: "{\"password\":\"password1234\"}")
        #expect(weak.status == .unprocessableContent)
        #expect(try await test.send(.post, "/invites/\(token)", body: body).status == .noContent)
        #expect(try await test.send(.post, "/invites/\(token)", body: body).status == .notFound)
        #expect(test.trail.entries.allSatisfy { $0.request?.contains(token) != true })
        let kim = try await test.signIn("kim@clinic.example")
        #expect(try test.text(try await test.send(.get, "/sessions/current", as: kim), "user", "role") == "clinician")
    }

    @Test func `users are listed page by page`() async throws {
        let test = try TestPlatform()
        try test.add("ada", .admin)
        for number in 0..<5 { try test.add("user\(number)", .clinician) }
        let own = try await test.signIn("ada")
        var seen: [String] = []
        var cursor: String?
        repeat {
            let query = "?limit=2" + (cursor.map { "&cursor=\($0)" } ?? "")
            let page = try await test.send(.get, "/users" + query, as: own)
            #expect(page.status == .ok)
            seen += try test.texts(page, "items")
            cursor = try test.text(page, "next")
        } while cursor != nil
        #expect(seen.count == 6)
        #expect(Set(seen).count == 6)
        for query in ["?limit=0", "?limit=x", "?cursor=nobody", "?limit=500"] {
            #expect(try await test.send(.get, "/users" + query, as: own).status == .badRequest)
        }
    }

    @Test func `of one's own account the name to show can be changed, the rights cannot`() async throws {
        let test = try TestPlatform()
        let jo = try test.add("jo", .clinician)
        let own = try await test.signIn("jo")
        let change: (String) async throws -> HTTPStatus = {
            try await test.send(.put, "/users/\(jo.id)", as: own, body: $0).status
        }
        #expect(try await change("{\"displayName\":\"Dr Jo\"}") == .ok)
        for body in [
            "{\"role\":\"admin\"}", "{\"fhirUser\":\"Practitioner/other\"}", "{\"fhirUser\":null}",
            "{\"organizations\":[\"Organization/o1\"]}", "{\"enabled\":true}", "{\"name\":\"other\"}",
        ] {
            #expect(try await change(body) == .forbidden)
        }
        let user = try test.accounts.user(jo.id, tenant: .standard)
        #expect(user.profile.displayName == "Dr Jo")
        #expect(user.profile.role == .clinician)
        #expect(test.accounts.session(try #require(secret(own)))?.displayName == "Dr Jo")
    }

    @Test func `an admin changes a role and the sessions of that user end`() async throws {
        let test = try TestPlatform()
        let ada = try test.add("ada", .admin)
        let jo = try test.add("jo", .clinician)
        let own = try await test.signIn("ada")
        let jos = try await test.signIn("jo")
        let response = try await test.send(.put, "/users/\(jo.id)", as: own, body: "{\"role\":\"auditor\"}")
        #expect(response.status == .ok)
        #expect(test.trail.entries.last?.detail == "role clinician to auditor")
        #expect(test.trail.entries.last?.resources == [jo.id.account])
        #expect(try await test.send(.get, "/sessions/current", as: jos).status == .unauthorized)
        let ownRole = try await test.send(.put, "/users/\(ada.id)", as: own, body: "{\"role\":\"auditor\"}")
        #expect(ownRole.status == .conflict)
        #expect(try await test.send(.delete, "/users/\(ada.id)", as: own).status == .conflict)
        #expect(try await test.send(.delete, "/users/\(jo.id)", as: own).status == .noContent)
        #expect(try await test.send(.get, "/users/\(jo.id)", as: own).status == .notFound)
    }

    @Test func `a changed password gives the session a new secret`() async throws {
        let test = try TestPlatform()
        let jo = try test.add("jo", .clinician)
        let own = try await test.signIn("jo")
        let wrong = try await test.send(
            .post, "/users/\(jo.id)/password", as: own,
            body: "{\"present\":\"wrong\",\"new\":\"quiet marble staircase\"}")
        #expect(wrong.status == .forbidden)
        let response = try await test.send(
            .post, "/users/\(jo.id)/password", as: own,
            body: "{\"present\":\"\(TestPlatform.password)\",\"new\":\"quiet marble staircase\"}")
        #expect(response.status == .noContent)
        #expect(try await test.send(.get, "/sessions/current", as: own).status == .unauthorized)
        let cookie = response.headers.values("set-cookie").compactMap { $0.split(separator: ";").first }
        let fresh: HTTPHeaders = ["Cookie": cookie.joined(separator: "; ")]
        #expect(try await test.send(.get, "/sessions/current", as: fresh).status == .ok)
    }

    @Test func `a reset answers the same for whom there is and for whom there is not`() async throws {
        let test = try TestPlatform()
        try test.add("jo@clinic.example", .clinician)
        var answers: Set<[UInt8]> = []
        for body in [
            "{\"name\":\"jo@clinic.example\"}", "{\"name\":\"nobody@clinic.example\"}",
            "{\"tenant\":\"nowhere\",\"name\":\"jo@clinic.example\"}",
        ] {
            let response = try await test.send(.post, "/password-resets", body: body)
            #expect(response.status == .accepted)
            answers.insert(try response.body.collect())
        }
        #expect(answers.count == 1)
    }

    @Test(arguments: [
        "[]", "{", "{\"name\":1,\"password\":\"x\"}", "{\"name\":\"a\",\"name\":\"b\",\"password\":\"x\"}",
        "{\"name\":\"a\"}", "{\"name\":\"a\",\"password\":\"x\",\"other\":1}", "{\"name\":{},\"password\":\"x\"}",
        "{\"name\":\"a\\u0000\",\"password\":\"x\"}", "[[[[[[[[]]]]]]]]", "null",
    ])
    func `a malformed body is refused`(_ body: String) async throws {
        let test = try TestPlatform()
        let response = try await test.send(.post, "/sessions", body: body)
        #expect(response.status == .badRequest)
        #expect(response.headers["content-type"] == "application/problem+json")
    }

    @Test func `random bodies never bring a fault`() async throws {
        let test = try TestPlatform()
        var random = SeededRandom(seed: 23)
        let pieces = [
            "{", "}", "[", "]", "\"name\"", ":", ",", "\"password\"", "1", "null", "\"x\"", "\\", "\u{1}", "é",
        ]
        for _ in 0..<200 {
            let body = (0..<Int.random(in: 1..<12, using: &random)).compactMap { _ in
                pieces.randomElement(using: &random)
            }.joined()
            let status = try await test.send(.post, "/sessions", body: body).status
            #expect([400, 401, 429].contains(status.code), "\(body): \(status.code)")
        }
        let large = String(repeating: " ", count: 70_000)
        #expect(try await test.send(.post, "/sessions", body: large).status == .contentTooLarge)
    }

    @Test func `a record is opened in an emergency loudly, and reviewed by another`() async throws {
        let test = try TestPlatform()
        try test.add("jo", .clinician)
        try test.add("ana", .auditor)
        let jo = try await test.signIn("jo")
        let body = "{\"reason\":\"unconscious in the emergency room\",\"minutes\":30}"
        let made = try await test.send(.post, "/patients/p1/emergency-access", as: jo, body: body)
        #expect(made.status == .created)
        let entry = try #require(test.trail.entries.last)
        #expect(entry.category == .emergency)
        #expect(entry.patients == ["p1"])
        #expect(entry.detail == "unconscious in the emergency room")
        #expect(entry.purposeOfUse == "BTG")
        #expect(test.accounts.session(try #require(secret(jo)))?.facts.emergencies.keys.contains("p1") == true)
        let short = try await test.send(
            .post, "/patients/p1/emergency-access", as: jo, body: "{\"reason\":\"quick\"}")
        #expect(short.status == .unprocessableContent)

        let ana = try await test.signIn("ana")
        let list = try await test.send(.get, "/emergency-access?review=needed", as: ana)
        #expect(try test.texts(list, "items").count == 1)
        let id = try #require(try test.text(made, "id"))
        let review = try await test.send(
            .post, "/emergency-access/\(id)/review", as: ana, body: "{\"justified\":true,\"note\":\"seen\"}")
        #expect(review.status == .ok)
        let again = try await test.send(.get, "/emergency-access?review=needed", as: ana)
        #expect(try test.texts(again, "items").isEmpty)
        #expect(try test.texts(await test.send(.get, "/patients/p1/emergency-access", as: jo), "items").count == 1)
    }

    @Test func `the first admin is made by the setup link`() async throws {
        let test = try TestPlatform()
        let link = try #require(try test.accounts.setupLink(.standard))
        let body =
            "{\"name\":\"ada\",\"displayName\":\"Ada\",\"password\":\"\(TestPlatform.password)\"}"
        #expect(try await test.send(.post, "/setup/\(link.token.text)", body: body).status == .created)
        #expect(try await test.send(.post, "/setup/\(link.token.text)", body: body).status == .notFound)
        #expect(try await test.send(.get, "/users", as: test.signIn("ada")).status == .ok)
    }

    private func secret(_ headers: HTTPHeaders) -> SecretToken? {
        SessionCookie(isSecure: true).session(of: headers)
    }
}
