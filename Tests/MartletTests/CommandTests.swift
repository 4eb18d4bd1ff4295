import Foundation
import Testing

/// The commands for operators: on a store that lies still, and through the server that has it open.
@Suite struct CommandTests {
    /// Whether a server has the store open while a command runs.
    enum Place: CaseIterable, CustomTestStringConvertible {
        case still, served

        var testDescription: String { self == .still ? "a still store" : "a served store" }
    }

    private let home: TemporaryFolder
    private static let password = "seven grey herons by the weir"

    init() throws {
        home = try TemporaryFolder()
        let records = """
            {"resourceType":"Patient","id":"a","name":[{"family":"Alpha"}]}
            {"resourceType":"Patient","id":"b","name":[{"family":"Beta"}]}

            """
        let outcome = try ProgramProcess.run(["ingest", "-", "--data", home.path("data")], input: records)
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    private func run(_ words: String..., input: String? = nil) throws -> ProgramProcess.Outcome {
        try ProgramProcess.run(words + ["--data", home.path("data")], input: input)
    }

    /// Runs a command that must work, and gives what it said.
    private func done(_ words: String..., input: String? = nil) throws -> String {
        let outcome = try ProgramProcess.run(words + ["--data", home.path("data")], input: input)
        try #require(outcome.code == 0, "\(words): \(outcome.errors)")
        return outcome.output
    }

    private func serving(_ place: Place) throws -> Serving? {
        place == .served ? try Serving(home.path("data")) : nil
    }

    /// The trails are sound at the end, and the server ends well.
    private func end(_ serving: Serving?) throws {
        let verified = try run("audit", "verify", "--json")
        #expect(verified.code == 0, "\(verified.output)\(verified.errors)")
        #expect(verified.output.contains("\"sound\":true") && !verified.output.contains("\"sound\":false"))
        if let outcome = serving?.stop() {
            #expect(outcome.code == 0)
            #expect(outcome.errors.hasSuffix("Stopped.\n"), "\(outcome.errors)")
        }
        #expect(try run("check").code == 0)
        #expect(try run("audit", "verify").code == 0)
    }

    private func text(_ member: String, _ json: String) throws -> String {
        let start = try #require(json.range(of: "\"\(member)\":\""), "\(json)").upperBound
        return String(json[start...].prefix { $0 != "\"" })
    }

    // MARK: Tenants

    @Test(arguments: Place.allCases) func `tenants are added, listed and shut`(_ place: Place) throws {
        let serving = try serving(place)
        let added = try done("tenant", "add", "north", "--display-name", "North Clinic", "--json")
        let link = try text("setupLink", added)
        #expect(added.contains(#""displayName":"North Clinic""#))
        let list = try done("tenant", "list", "--json")
        #expect(list.contains(#""name":"default""#) && list.contains(#""name":"north""#))
        #expect(try done("tenant", "list").contains("north  North Clinic\n"))
        #expect(try run("tenant", "add", "north").code == 1)
        #expect(try run("tenant", "add", "No Tenant").code == 2)
        #expect(try run("tenant", "lst").code == 2)
        #expect(try run("tenant", "disable", "south").code == 1)
        #expect(try done("tenant", "disable", "north", "--json").contains("\"disabled\":true"))
        #expect(try done("tenant", "enable", "north").contains("enabled"))
        if let serving {
            let path = String(link[try #require(link.range(of: "/setup/")).lowerBound...])
            let browser = Browser(port: serving.port)
            let form: KeyValuePairs = ["name": "n", "displayName": "N", "password": Self.password]
            #expect(try browser.post(path, form: form).status == 200)
            try Administration.signIn(browser, "n", Self.password, tenant: "north")
            #expect(try browser.get("/fhir/Patient?_total=accurate").text.contains("\"total\":0"))
            let foreign = try browser.get("/t/default/fhir/Patient/a")
            let unknown = try browser.get("/t/no-such/fhir/Patient/a")
            #expect(foreign.status == 403 && foreign.status == unknown.status && foreign.text == unknown.text)
            let token = try Serving.token(home.path("data"), "--tenant", "north")
            let other = Browser(port: serving.port, token: token)
            #expect(try other.get("/fhir/Patient/a").status == 404)
            #expect(try other.get("/t/north/fhir/Patient/a").status == 404)
            _ = try done("tenant", "disable", "north")
            #expect(try browser.get("/api/v1/sessions/current").status == 401)
            #expect(try other.get("/fhir/Patient").status == 401)
            #expect(try serving.get("/fhir/Patient/a").status == 200)
        }
        try end(serving)
    }

    // MARK: Users

    @Test(arguments: Place.allCases) func `users are added, listed, given passwords and shut out`(
        _ place: Place
    ) throws {
        let serving = try serving(place)
        let added = try done(
            "user", "add", "nora", "--role", "clinician", "--fhir-user", "Practitioner/n", "--json",
            input: Self.password + "\n")
        #expect(try text("role", added) == "clinician" && !added.contains(Self.password))
        #expect(try done("user", "list").contains("nora  clinician  active"))
        #expect(try text("fhirUser", done("user", "list", "--json")) == "Practitioner/n")
        #expect(try run("user", "add", "nora", "--role", "clinician", input: Self.password + "\n").code == 1)
        #expect(try run("user", "add", "x", "--role", "clinician", input: "short\n").code == 1)
        #expect(try run("user", "add", "x", "--role", "clinician", input: "").code == 1)
        #expect(try run("user", "add", "x", "--role", "king", input: Self.password + "\n").code == 2)
        #expect(try run("user", "add", "x", "--role", "patient", "--tenant", "none", input: "x\n").code == 1)
        #expect(try run("user", "passwd", "nobody", input: Self.password + "\n").code == 1)
        #expect(try run("user", "passwd").code == 2)
        let invited = try done("user", "add", "otto", "--role", "auditor", "--invite", "--json")
        #expect(try text("link", invited).contains("/invite/"))
        #expect(try text("link", done("user", "reset", "nora", "--json")).contains("/reset/"))
        let second = "a lantern in the reeds 7"
        #expect(try !done("user", "passwd", "nora", input: second + "\n").contains(second))
        if let serving {
            let browser = Browser(port: serving.port)
            try Administration.signIn(browser, "nora", second)
            _ = try done("user", "disable", "nora")
            #expect(try browser.get("/api/v1/sessions/current").status == 401)
        } else {
            _ = try done("user", "disable", "nora")
        }
        #expect(try done("user", "list").contains("nora  clinician  disabled"))
        #expect(try text("state", done("user", "enable", "nora", "--json")) == "active")
        let log = try done("audit", "log", "--category", "configuration", "--json")
        #expect(log.contains("\"user-create\"") && log.contains("\"password-change\"") && !log.contains(second))
        try end(serving)
    }

    // MARK: Clients and tokens

    @Test(arguments: Place.allCases) func `clients are added, listed and shut out`(_ place: Place) throws {
        let serving = try serving(place)
        let added = try done(
            "client", "add", "--name", "Portal", "--redirect", "https://app.example/back", "--scope",
            "openid patient/Patient.rs", "--introspect", "--json")
        let id = try text("client_id", added)
        let secret = try text("client_secret", added)
        #expect(secret.count >= 43)
        let list = try done("client", "list", "--json")
        #expect(list.contains(id) && list.contains("Portal") && !list.contains(secret))
        #expect(try done("client", "list").contains("https://app.example/back"))
        #expect(try run("client", "add", "--name", "x", "--public", "--jwks", "y").code == 2)
        #expect(try run("client", "add").code == 2)
        #expect(try run("client", "add", "--name", "x", "--jwks", home.path("none.json")).code == 1)
        #expect(try run("client", "disable", "nobody").code == 1)
        if let serving {
            let credential = Data("\(id):\(secret)".utf8).base64EncodedString()
            let browser = Browser(port: serving.port)
            func introspect() throws -> Browser.Answer {
                try browser.post(
                    "/oauth/introspect", form: ["token": serving.token],
                    headers: ["Authorization": "Basic " + credential])
            }
            let told = try introspect()
            #expect(told.status == 200 && told.text.contains("\"active\":true"), "\(told.text)")
            _ = try done("client", "disable", id)
            #expect(try introspect().status == 401)
        } else {
            #expect(try done("client", "disable", id).contains("disabled"))
        }
        #expect(try done("client", "list", "--json").contains("\"disabled\":true"))
        #expect(try done("client", "enable", id, "--json").contains("\"disabled\":false"))
        try end(serving)
    }

    @Test(arguments: Place.allCases) func `a token opens what its scope says`(_ place: Place) throws {
        var serving = try serving(place)
        let reading = try done("token", "--scope", "system/Patient.rs", "--minutes", "5", "--json")
        #expect(reading.contains(/"expires_in":(29\d|300),/))
        #expect(try run("token", "--tenant", "none").code == 1)
        #expect(try run("token", "--minutes", "61").code == 2)
        #expect(try run("token", "--scope", "patient/Patient.rs").code == 2)
        // A token given while no server ran is as good.
        let server = try serving ?? Serving(home.path("data"))
        serving = server
        let browser = Browser(port: server.port, token: try text("access_token", reading))
        #expect(try browser.get("/fhir/Patient/a").status == 200)
        #expect(try browser.get("/fhir/Observation").status == 403)
        #expect(try browser.post("/fhir/Patient", #"{"resourceType":"Patient"}"#).status == 403)
        #expect(try browser.get("/t/north/fhir/Patient/a").status == 403)
        try end(serving)
    }

    // MARK: Keys

    @Test(arguments: Place.allCases) func `keys are listed and replaced, and the records stay`(_ place: Place) throws {
        let serving = try serving(place)
        let before = try done("keys", "list", "--json")
        #expect(try ProgramProcess.numbers(in: done("keys", "rotate", "--tenant", "default", "--json"))["keys"] != nil)
        #expect(try ProgramProcess.numbers(in: done("keys", "rotate", "--patient", "a", "--json"))["blocks"] == 1)
        #expect(try ProgramProcess.numbers(in: done("keys", "rotate", "--master", "--json"))["keys"] != nil)
        let after = try done("keys", "list", "--json")
        #expect(try text("masterKey", after) != text("masterKey", before))
        #expect(try run("keys", "rotate", "--patient", "nobody").code == 1)
        #expect(try run("keys", "rotate").code == 2)
        if let serving {
            for id in ["a", "b"] { #expect(try serving.get("/fhir/Patient/\(id)").status == 200) }
        }
        let shred = ["keys", "shred", "--patient", "b", "--data", home.path("data")]
        #expect(try ProgramProcess.run(shred).code == 1)
        #expect(try ProgramProcess.run(shred + ["--yes", "--reason", "asked for"]).code == 0)
        if let serving {
            #expect(try serving.get("/fhir/Patient/a").status == 200)
            #expect(try serving.get("/fhir/Patient/b").status == 404)
            #expect(try serving.get("/fhir/Patient?_total=accurate").text.contains("\"total\":1,"))
        }
        let log = try done("audit", "log", "--category", "key", "--json")
        #expect(log.components(separatedBy: "\"key-rotation\"").count >= 4 && log.contains("\"purge\""))
        try end(serving)
    }

    // MARK: Audit

    @Test(arguments: Place.allCases) func `the trail is read, signed and proven`(_ place: Place) throws {
        let serving = try serving(place)
        for _ in 0..<3 { _ = try done("token") }
        let log = try done("audit", "log", "--json", "--count", "2")
        #expect(log.components(separatedBy: "\"number\":").count == 3)
        #expect(try done("audit", "log", "--category", "authentication").contains("martlet operator"))
        #expect(try run("audit", "log", "--category", "authentcation").code == 2)
        #expect(try run("audit", "log", "--since", "yesterday").code == 2)
        #expect(try run("audit", "prove").code == 2)
        #expect(try run("audit", "prove", "999999").code == 1)
        #expect(try run("audit", "verfy").code == 2)
        // What nothing signed yet is signed by the proof's own head, or at the next stop.
        let key = try done("audit", "key")
        #expect(key.hasPrefix("-----BEGIN PUBLIC KEY-----"))
        let fingerprint = try text("fingerprint", done("audit", "key", "--json"))
        try home.write("key.pem", key)
        let proof = try done("audit", "prove", "0")
        try home.write("proof.json", proof)
        let check = ["audit", "check", home.path("proof.json"), "--key", home.path("key.pem")]
        #expect(try ProgramProcess.run(check).output.contains("Entry 0 is in the trail."))
        #expect(try ProgramProcess.run(check + ["--json"]).output.contains("\"proven\":true"))
        try home.write("proof.json", proof.replacing("\"number\":0", with: "\"number\":1"))
        #expect(try ProgramProcess.run(check).code == 1)
        #expect(try run("audit", "verify", "--fingerprint", fingerprint).code == 0)
        let wrong = String(repeating: "0", count: fingerprint.count)
        #expect(try run("audit", "verify", "--fingerprint", wrong).code == 1)
        let heads = try done("audit", "heads", "--count", "1")
        try home.write("head.txt", heads)
        #expect(try run("audit", "verify", "--head", home.path("head.txt")).code == 0)
        try end(serving)
    }

    @Test func `a trail that was altered is not sound, and the place is told`() throws {
        for _ in 0..<3 { #expect(try run("token").code == 0) }
        let audit = home.path("data/audit")
        let names = try FileManager.default.subpathsOfDirectory(atPath: audit)
        let entries = try #require(
            names.filter { $0.hasPrefix("default/") }.max { size(audit + "/" + $0) < size(audit + "/" + $1) })
        let url = URL(filePath: audit + "/" + entries)
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: url)
        let outcome = try run("audit", "verify", "--tenant", "default", "--json")
        #expect(outcome.code == 1)
        #expect(outcome.output.contains("\"sound\":false") && outcome.output.contains("\"damages\":[{"))
    }

    private func size(_ path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int) ?? 0
    }

    // MARK: Without a store or a server

    @Test(arguments: [["token"], ["user", "list"], ["tenant", "list"], ["client", "list"], ["keys", "list"]])
    func `no command makes a store where there is none`(_ words: [String]) throws {
        let outcome = try ProgramProcess.run(words + ["--data", home.path("none")])
        #expect(outcome.code == 1)
        #expect(outcome.errors == "martlet \(words[0]): there is no store in \(home.path("none"))\n")
        #expect(!FileManager.default.fileExists(atPath: home.path("none")))
    }

    @Test func `a data folder far down is served, and takes commands`() throws {
        let data = home.path(String(repeating: "far down/", count: 30) + "data")
        let serving = try Serving(data)
        #expect(try serving.get("/fhir/Patient").status == 200)
        let added = try ProgramProcess.run(["tenant", "add", "north", "--data", data])
        #expect(added.code == 0, "\(added.errors)")
        #expect(serving.stop().code == 0)
        #expect(try ProgramProcess.run(["tenant", "list", "--data", data]).output.contains("north"))
    }

    @Test func `what a killed server left of its socket is in nobody's way`() throws {
        let serving = try Serving(home.path("data"))
        #expect(try home.mode("data/control") == 0o600)
        serving.process.signal(SIGKILL)
        _ = serving.process.finish()
        #expect(try run("tenant", "list").code == 0)
        let second = try Serving(home.path("data"))
        #expect(try run("tenant", "list").code == 0)
        try end(second)
    }
}
