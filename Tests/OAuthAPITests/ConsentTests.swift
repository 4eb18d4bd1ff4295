import Access
import Audit
import HTTP
import OAuth
import OAuthAPI
import Testing

/// What a person says at the consent page, and whose patient it is about.
@Suite struct ConsentTests {
    @Test func `a person can deny, or allow a part`() async throws {
        let world = try World()
        let app = try App(world)
        let denied = try await app.decide(app.request(), person: "pat", decision: "deny")
        #expect(denied.parameter("error") == "access_denied" && denied.parameter("code") == nil)
        let scope = "openid launch/patient patient/Observation.rs patient/Condition.r"
        let part = try await app.decide(
            app.request(scope: scope), person: "pat", leavingOut: ["openid", "patient/Condition.r"])
        let issued = try await app.exchange(#require(part.parameter("code")))
        #expect(issued.member("scope") == "launch/patient patient/Observation.rs")
        let nothing = try await app.decide(
            app.request(scope: "openid"), person: "pat", leavingOut: ["openid"])
        #expect(nothing.parameter("error") == "access_denied")
    }

    @Test func `a scope that is put into the form gives no more than was asked for`() async throws {
        let world = try World()
        let app = try App(world)
        let fields = try app.request(scope: "launch/patient patient/Observation.rs")
        let form =
            fields
            + ["launch/patient", "patient/Observation.rs", "patient/*.cruds", "offline_access"].map {
                ("scope_granted", $0)
            }
        let answer = try await world.post(
            "/oauth/authorize", form + [("decision", "allow"), ("csrf", "csrf-of-pat")], person: "pat")
        let issued = try await app.exchange(#require(answer.parameter("code")))
        #expect(issued.member("scope") == "launch/patient patient/Observation.rs")
        #expect(issued.member("refresh_token") == nil)
    }

    @Test(arguments: ["", "csrf-of-house", "csrf-of-pa", "CSRF-OF-PAT"])
    func `a form that another site made is refused and leads nowhere`(_ csrf: String) async throws {
        let world = try World()
        let app = try App(world)
        let answer = try await app.decide(app.request(), person: "pat", csrf: csrf)
        #expect(answer.status == 403 && answer.headers["Location"] == nil)
        #expect(world.trail.last?.outcome == .seriousFailure && world.trail.last?.agent == "user/pat")
    }

    @Test func `an answer without a session is refused`() async throws {
        let world = try World()
        let app = try App(world)
        let fields = try app.request() + [("decision", "allow"), ("scope_granted", "launch/patient")]
        let answer = try await world.post("/oauth/authorize", fields + [("csrf", "csrf-of-pat")])
        #expect(answer.status == 401 && answer.headers["Location"] == nil)
    }

    @Test func `a client may post what it asks`() async throws {
        let world = try World()
        let app = try App(world)
        let page = try await world.post("/oauth/authorize", app.request(), person: "pat")
        #expect(page.status == 200 && page.text.contains("csrf=csrf-of-pat"))
        let answer = try await world.post("/oauth/authorize", app.request())
        #expect(answer.headers["Location"]?.hasPrefix("/sign-in?return=") == true)
    }

    @Test func `a clinician chooses a patient that they may open`() async throws {
        let world = try World()
        let app = try App(world)
        let page = try await world.get("/oauth/authorize", app.request(), person: "house")
        #expect(page.text.contains("asks=true patient=-"))
        let issued = try await app.exchange(app.code(person: "house", patient: "abel"))
        #expect(issued.member("patient") == "abel")
        let token = try #require(issued.member("access_token"))
        let facts = try #require(world.server.admit(token)).subject.facts
        #expect(facts.role == .clinician && facts.launchPatient == "abel")
        for wrong in [nil, "nobody", "Patient/abel", "../abel", "abel abel"] {
            let answer = try await app.decide(app.request(), person: "house", patient: wrong)
            #expect(answer.status == 403 && answer.headers["Location"] == nil)
            #expect(answer.text.contains("problem="))
            #expect(world.trail.last?.outcome == .seriousFailure)
        }
    }

    @Test func `a patient gets their own record, whatever the form says`() async throws {
        let world = try World()
        let app = try App(world)
        let issued = try await app.exchange(app.code(patient: "abel"))
        #expect(issued.member("patient") == "pat")
    }

    @Test func `without a patient's scopes nobody is asked for one`() async throws {
        let world = try World()
        let app = try App(world)
        let fields = try app.request(scope: "openid user/*.rs")
        let page = try await world.get("/oauth/authorize", fields, person: "house")
        #expect(page.text.contains("asks=false patient=-"))
        let issued = try await app.exchange(app.code(fields, person: "house"))
        #expect(issued.status == 200 && issued.member("patient") == nil)
        // A clinician who leaves all that is about a patient out names none either.
        let part = try await app.decide(
            app.request(scope: "user/*.rs launch/patient patient/*.rs"), person: "house",
            leavingOut: ["launch/patient", "patient/*.rs"])
        #expect(try await app.exchange(#require(part.parameter("code"))).member("patient") == nil)
    }

    @Test func `a person of another tenant cannot let a client in`() async throws {
        let world = try World()
        let app = try App(world)
        let fields = try app.request(scope: "openid user/*.rs")
        #expect(
            try await world.get("/oauth/authorize", fields, person: "alien").parameter("error") == "access_denied")
        let posted = try await world.post(
            "/oauth/authorize",
            fields + [("decision", "allow"), ("csrf", "csrf-of-alien"), ("scope_granted", "openid")], person: "alien")
        #expect(posted.parameter("error") == "access_denied" && posted.parameter("code") == nil)
    }

    @Test func `a launch brings an app to its patient, for one person and once`() async throws {
        let world = try World()
        let app = try App(world)
        let made = try await world.send(
            .post, "/oauth/launch", #"{"patient":"abel","client_id":"\#(app.client.id)"}"#, person: "house",
            csrf: "csrf-of-house")
        #expect(made.status == 201 && made.member("iss") == World.origin + "/fhir")
        let launch = try #require(made.member("launch"))
        let fields = try app.request(scope: "openid launch patient/*.rs", ["launch": launch])
        let page = try await world.get("/oauth/authorize", fields, person: "house")
        #expect(page.text.contains("asks=false patient=abel"))
        // Neither another person nor another client has use of it.
        #expect(try await world.get("/oauth/authorize", fields, person: "pat").parameter("error") == "invalid_request")
        let other = try App(world)
        let theirs = try other.request(scope: "launch patient/*.rs", ["launch": launch])
        #expect(
            try await world.get("/oauth/authorize", theirs, person: "house").parameter("error") == "invalid_request")
        let issued = try await app.exchange(app.code(fields, person: "house"))
        #expect(issued.member("patient") == "abel")
        #expect(
            try await world.get("/oauth/authorize", fields, person: "house").parameter("error") == "invalid_request")
    }

    @Test func `a launch lasts five minutes and is for patients that the person may open`() async throws {
        let world = try World()
        let app = try App(world)
        func launch(_ body: String, person: String?, csrf: String?) async throws -> Answer {
            try await world.send(.post, "/oauth/launch", body, person: person, csrf: csrf)
        }
        let made = try await launch(#"{"patient":"abel"}"#, person: "house", csrf: "csrf-of-house")
        world.clock.advance(seconds: 300)
        let fields = try app.request(scope: "launch patient/*.rs", ["launch": made.member("launch")])
        #expect(
            try await world.get("/oauth/authorize", fields, person: "house").parameter("error") == "invalid_request")
        #expect(try await launch(#"{"patient":"abel"}"#, person: nil, csrf: nil).status == 401)
        #expect(try await launch(#"{"patient":"abel"}"#, person: "house", csrf: nil).status == 403)
        #expect(try await launch(#"{"patient":"abel"}"#, person: "root", csrf: "csrf-of-root").status == 403)
        #expect(try await launch(#"{"patient":"nobody"}"#, person: "house", csrf: "csrf-of-house").status == 404)
        #expect(try await launch(#"{"patient":"abel"}"#, person: "pat", csrf: "csrf-of-pat").status == 404)
        let unknown = #"{"patient":"abel","client_id":"nobody"}"#
        #expect(try await launch(unknown, person: "house", csrf: "csrf-of-house").status == 404)
        for wrong in ["", "{}", "[]", #"{"patient":7}"#, #"{"patient":"a/b"}"#, #"{"patient":"a","patient":"b"}"#] {
            #expect(try await launch(wrong, person: "house", csrf: "csrf-of-house").status == 400)
        }
    }

    @Test func `a person sees what they allowed and takes it back`() async throws {
        let world = try World()
        let app = try App(world)
        let fields = try app.request(scope: "launch/patient patient/Observation.rs offline_access")
        let issued = try await app.exchange(app.code(fields))
        let token = try #require(issued.member("access_token"))
        let list = try await world.get("/api/v1/grants", person: "pat")
        #expect(list.status == 200 && list.text.contains(app.client.id) && list.text.contains("patient/Observation.rs"))
        #expect(list.text.contains(#""client_name":"Growth <Charts>""#) && !list.text.contains(token))
        let id = try #require(world.server.admit(token)).grant.id
        #expect(try await world.get("/api/v1/grants", person: "house").text == #"{"grants":[]}"#)
        #expect(try await world.get("/api/v1/grants").status == 401)
        let path = "/api/v1/grants/" + id
        #expect(try await world.send(.delete, path, person: "house", csrf: "csrf-of-house").status == 404)
        #expect(try await world.send(.delete, path, person: "pat", csrf: nil).status == 403)
        #expect(world.server.admit(token) != nil)
        #expect(try await world.send(.delete, path, person: "pat", csrf: "csrf-of-pat").status == 204)
        #expect(world.server.admit(token) == nil)
        #expect(try await app.refresh(#require(issued.member("refresh_token"))).member("error") == "invalid_grant")
        #expect(try await world.get("/api/v1/grants", person: "pat").text == #"{"grants":[]}"#)
        #expect(world.trail.all.contains { $0.entry.event == "revoke" && $0.entry.agent == "user/pat" })
    }
}
