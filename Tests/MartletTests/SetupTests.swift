import Foundation
import Testing

/// From the first start to people who work: setup link, sessions, invites, and what is refused on the way.
@Suite struct SetupTests {
    private let home: TemporaryFolder
    private static let password = Administration.password

    init() throws {
        home = try TemporaryFolder()
    }

    private var data: String { home.path("data") }

    private func path(_ link: String?, _ kind: String) throws -> String {
        let link = try #require(link)
        return String(link[try #require(link.range(of: "/\(kind)/")).lowerBound...])
    }

    // MARK: The first administrator

    @Test func `the first start gives a link for the operator alone, which makes one administrator`() throws {
        let serving = try Serving(data)
        let file = try String(contentsOfFile: home.path("data/setup-link"), encoding: .utf8)
        #expect(file == (serving.setupLink ?? "") + "\n")
        #expect(try home.mode("data/setup-link") == 0o600)
        let setup = try path(serving.setupLink, "setup")
        let browser = Browser(port: serving.port)
        let page = try browser.get(setup)
        #expect(page.status == 200 && page.text.contains("action=\"\(setup)\""))
        #expect(page.header("referrer-policy") == "no-referrer" && page.header("cache-control") == "no-store")

        let weak = try browser.post(setup, form: ["name": "ada", "displayName": "Ada", "password": "password1234"])
        #expect(weak.status == 422 && weak.text.contains("role=\"alert\"") && !weak.text.contains("password1234"))
        let foreign = try browser.post(
            setup, form: ["name": "ada", "displayName": "Ada", "password": Self.password],
            headers: ["Origin": "https://evil.example"])
        #expect(foreign.status == 403)
        let made = try browser.post(
            setup, form: ["name": "ada", "displayName": "Ada", "password": Self.password],
            headers: ["Origin": "http://127.0.0.1:\(serving.port)", "Sec-Fetch-Site": "same-origin"])
        #expect(made.status == 200, "\(made.text)")
        #expect(browser.cookies["martlet"] == nil, "a link alone signs nobody in")

        #expect(try browser.get(setup).status == 404)
        let again = try browser.post(setup, form: ["name": "eve", "displayName": "Eve", "password": Self.password])
        #expect(again.status == 404)
        #expect(try browser.get("/setup/" + String(repeating: "A", count: 43)).status == 404)
        #expect(serving.stop().code == 0)
        let second = try Serving(data)
        #expect(second.setupLink == nil)
        #expect(!FileManager.default.fileExists(atPath: home.path("data/setup-link")))
        #expect(try Browser(port: second.port).get(setup).status == 404)
        #expect(second.stop().code == 0)
    }

    @Test func `a start that nobody answered gives a new link, and the one before is over`() throws {
        let first = try Serving(data)
        #expect(first.stop().code == 0)
        let second = try Serving(data)
        #expect(second.setupLink != nil && second.setupLink != first.setupLink)
        let old = try path(first.setupLink, "setup")
        #expect(try Browser(port: second.port).get(old).status == 404)
        #expect(try Browser(port: second.port).get(path(second.setupLink, "setup")).status == 200)
        #expect(second.stop().code == 0)
    }

    // MARK: Sessions

    @Test func `signing in gives a cookie that scripts cannot read, and the administrator sees the users`() throws {
        let administration = try Administration(data)
        let browser = Browser(port: administration.serving.port)
        let page = try browser.get("/sign-in")
        #expect(page.status == 200 && page.text.contains("action=\"/sign-in\""))
        let answer = try browser.post("/sign-in", form: ["name": "admin@example.org", "password": Self.password])
        #expect(answer.status == 303 && answer.header("location") == "/account")
        let cookie = try #require(answer.headers.first { $0.name == "set-cookie" && $0.value.hasPrefix("martlet=") })
        #expect(cookie.value.contains("HttpOnly") && cookie.value.contains("SameSite=Lax"))
        #expect(cookie.value.contains("Path=/") && !cookie.value.contains("Max-Age"))
        #expect(try browser.get("/account").text.contains("Ada Admin"))
        let users = try browser.get("/api/v1/users")
        #expect(users.status == 200 && users.text("name") == "admin@example.org" && users.text("role") == "admin")
        #expect(try Browser(port: browser.port).get("/api/v1/users").status == 401)

        let csrf = try #require(try browser.get("/account").hidden("csrf"))
        let secret = try #require(browser.cookies["martlet"])
        #expect(try browser.post("/sign-out", form: ["csrf": csrf]).status == 303)
        #expect(browser.cookies["martlet"] == nil)
        browser.cookies["martlet"] = secret
        #expect(try browser.get("/api/v1/users").status == 401, "a session goes on after it was signed out")
        #expect(try administration.browser.get("/api/v1/users").status == 200, "another session ended too")
    }

    @Test func `wrong passwords and unknown names are answered alike`() throws {
        let administration = try Administration(data)
        let browser = Browser(port: administration.serving.port)
        func attempt(_ name: String, _ tenant: String) throws -> Browser.Answer {
            try browser.post(
                "/api/v1/sessions", #"{"tenant":"\#(tenant)","name":"\#(name)","password":"not it at all"}"#)
        }
        let wrong = try attempt("admin@example.org", "default")
        let unknown = try attempt("nobody@example.org", "default")
        let elsewhere = try attempt("admin@example.org", "no-tenant")
        #expect(wrong.status == 401 && wrong.text == unknown.text && wrong.text == elsewhere.text)
        #expect(unknown.status == 401 && elsewhere.status == 401)
        #expect(browser.cookies["martlet"] == nil)
    }

    @Test func `a planted session is never taken over: the cookie changes at sign-in`() throws {
        let administration = try Administration(data)
        let browser = Browser(port: administration.serving.port)
        let planted = String(repeating: "A", count: 43)
        browser.cookies["martlet"] = planted
        try Administration.signIn(browser, "admin@example.org", Self.password)
        let first = try #require(browser.cookies["martlet"])
        #expect(first != planted)
        try Administration.signIn(browser, "admin@example.org", Self.password)
        let second = try #require(browser.cookies["martlet"])
        #expect(second != first)
        let thief = Browser(port: browser.port)
        for stolen in [planted, first] {
            thief.cookies["martlet"] = stolen
            #expect(try thief.get("/api/v1/sessions/current").status == 401)
        }
        thief.cookies = [:]
        thief.headers["Cookie"] = "martlet=\(second); martlet=\(planted)"
        #expect(try thief.get("/api/v1/sessions/current").status == 401, "one of two cookies was chosen")
        #expect(try browser.get("/api/v1/sessions/current").status == 200)
    }

    @Test func `what a session's cookie alone sends is refused`() throws {
        let administration = try Administration(data)
        let own = "http://127.0.0.1:\(administration.serving.port)"
        let browser = administration.browser
        let user = #"{"name":"x","displayName":"x","role":"clinician"}"#
        let record = #"{"resourceType":"Practitioner"}"#
        let token = administration.csrf
        #expect(try browser.post("/api/v1/users", user).status == 403)
        #expect(try browser.post("/fhir/Practitioner", record).status == 403)
        #expect(try browser.post("/api/v1/users", user, headers: ["X-CSRF-Token": "A" + token]).status == 403)
        for field in [["Origin": "https://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"]] {
            let fields = field.merging(["X-CSRF-Token": token]) { $1 }
            #expect(try browser.post("/api/v1/users", user, headers: fields).status == 403, "\(field)")
            #expect(try browser.post("/fhir/Practitioner", record, headers: fields).status == 403, "\(field)")
            #expect(try browser.post("/sign-out", form: ["csrf": token], headers: field).status == 403, "\(field)")
            #expect(
                try browser.post(
                    "/sign-in", form: ["name": "admin@example.org", "password": Self.password], headers: field
                ).status == 403, "another site signs somebody in")
        }
        #expect(try browser.post("/sign-out", form: [:]).status == 403)
        #expect(
            try browser.send(
                "POST", "/api/v1/users", user, type: "text/plain", headers: ["X-CSRF-Token": token]
            ).status == 415)
        #expect(try browser.get("/api/v1/sessions/current").status == 200)
        let fields = ["Origin": own, "X-CSRF-Token": token]
        let written = try browser.post("/fhir/Practitioner", record, headers: fields)
        #expect(written.status == 201, "\(written.status) \(written.text)")
        #expect(try browser.post("/api/v1/users", user, headers: fields).status == 201)
    }

    // MARK: Others

    @Test func `an invite makes a clinician, works once, and gives no more than the role`() throws {
        let administration = try Administration(data)
        let made = try administration.send(
            "POST", "/api/v1/users",
            #"{"name":"house@example.org","displayName":"Dr House","role":"clinician","fhirUser":"Practitioner/h"}"#)
        #expect(made.status == 201, "\(made.text)")
        let invite = try path(made.text("url"), "invite")
        let browser = Browser(port: administration.serving.port)
        #expect(try browser.get(invite).text.contains("Dr House"))
        #expect(try browser.post(invite, form: ["password": "short"]).status == 422)
        #expect(try browser.post(invite, form: ["password": Self.password]).status == 200)
        #expect(try browser.post(invite, form: ["password": Self.password]).status == 404)
        try Administration.signIn(browser, "house@example.org", Self.password)
        #expect(try browser.get("/api/v1/users").status == 403)
        let id = try #require(made.text("id"))
        #expect(try browser.get("/api/v1/users/\(id)").text("role") == "clinician")
        let session = try administration.browser.get("/api/v1/sessions/current").text
        let other = try #require(session.firstMatch(of: /"user":{"id":"([^"]+)"/)).output.1
        #expect(other != id)
        #expect(try browser.get("/api/v1/users/\(other)").status == 404)
        #expect(try browser.get("/fhir/metadata").status == 200)

        let admin = Browser(port: browser.port, token: administration.serving.token)
        #expect(try admin.send("PUT", "/fhir/Patient/far", #"{"resourceType":"Patient","id":"far"}"#).status == 201)
        let near = #"{"resourceType":"Patient","id":"near","generalPractitioner":[{"reference":"Practitioner/h"}]}"#
        #expect(
            try admin.send("PUT", "/fhir/Practitioner/h", #"{"resourceType":"Practitioner","id":"h"}"#).status == 201)
        #expect(try admin.send("PUT", "/fhir/Patient/near", near).status == 201)
        #expect(try browser.get("/fhir/Patient/near").status == 200)
        let denied = try browser.get("/fhir/Patient/far")
        let missing = try browser.get("/fhir/Patient/fir")
        #expect(denied.status == 404 && missing.status == 404)
        #expect(denied.text.replacing("far", with: "fir") == missing.text)
        let found = try browser.get("/fhir/Patient?_total=accurate")
        #expect(found.status == 200 && found.text.contains("\"total\":1,") && !found.text.contains("Patient/far"))
    }

    @Test func `sessions and tokens end with the password or the role that they were given for`() throws {
        let administration = try Administration(data)
        let id = try administration.invite("carla@example.org", role: "clinician")
        let port = administration.serving.port
        func signedIn(_ password: String = Self.password) throws -> Browser {
            let browser = Browser(port: port)
            try Administration.signIn(browser, "carla@example.org", password)
            return browser
        }
        func isOver(_ browser: Browser) throws -> Bool {
            try browser.get("/api/v1/sessions/current").status == 401 && browser.get("/fhir/Patient").status == 401
        }
        var before = try signedIn()
        #expect(try !isOver(before))
        let changed = try administration.send("PUT", "/api/v1/users/\(id)", #"{"role":"auditor"}"#)
        #expect(changed.status == 200, "\(changed.text)")
        #expect(try isOver(before))

        before = try signedIn()
        let other = try signedIn()
        let csrf = try #require(try other.get("/api/v1/sessions/current").text("csrfToken"))
        let old = try #require(other.cookies["martlet"])
        let answer = try other.post(
            "/api/v1/users/\(id)/password", #"{"present":"\#(Self.password)","new":"a lantern in the reeds 7"}"#,
            headers: ["X-CSRF-Token": csrf])
        #expect(answer.status == 204, "\(answer.text)")
        #expect(try isOver(before))
        #expect(other.cookies["martlet"] != old, "the session kept its cookie over the change")
        #expect(try !isOver(other))
        let thief = Browser(port: port)
        thief.cookies["martlet"] = old
        #expect(try isOver(thief))

        let words = ["user", "passwd", "carla@example.org", "--data", data]
        #expect(try ProgramProcess.run(words, input: "the operator set this one\n").code == 0)
        #expect(try isOver(other))
        before = try signedIn("the operator set this one")
        #expect(try ProgramProcess.run(["user", "disable", "carla@example.org", "--data", data]).code == 0)
        #expect(try isOver(before))
        #expect(
            try Browser(port: port).post(
                "/api/v1/sessions", #"{"name":"carla@example.org","password":"the operator set this one"}"#
            ).status == 401)
    }

    @Test func `a consent that withholds a record from its own writer was written all the same, and is told so`() throws
    {
        let serving = try Serving(data)
        let system = Browser(port: serving.port, token: serving.token)
        #expect(try system.send("PUT", "/fhir/Patient/a", #"{"resourceType":"Patient","id":"a"}"#).status == 201)
        let consent = """
            {"resourceType":"Consent","status":"active","scope":{"coding":[{"system":\
            "http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},\
            "category":[{"text":"privacy"}],"patient":{"reference":"Patient/a"},"provision":{"type":"deny"}}
            """
        let answer = try system.post("/fhir/Consent", consent)
        #expect(answer.status == 201 && answer.header("location") != nil, "\(answer.status) \(answer.text)")
        #expect(try system.get("/fhir/Patient/a").status == 404)
        let id = try #require(answer.header("x-request-id"))
        let log = try ProgramProcess.run(["audit", "log", "--category", "change", "--data", data, "--json"])
        let entry = log.output.components(separatedBy: "{\"number\":").first { $0.contains(id) }
        #expect(entry?.contains("\"outcome\":0") == true, "\(entry ?? "no entry")")
        #expect(serving.stop().code == 0)
    }
}
