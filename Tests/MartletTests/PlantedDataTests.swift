import Accounts
import Base
import Foundation
import Testing

/// Values are planted in records and credentials and everything is done with them that the program can do: afterwards
/// they stand in clear in no file, log, error of others, environment or temporary file.
@Suite struct PlantedDataTests {
    private let home: TemporaryFolder

    private static let patient = "plantedid-7Qz91"
    private static let other = "plantedid-4Lm20"
    private static let condition = "plantedcond-8Rt55"
    private static let ssn = "867-53-0917"
    private static let record = "MRN77310442X"
    private static let phone = "+1-555-867-4417"
    private static let street = "4417 Wexcombe Hollow"
    private static let city = "Ypsidoodle"
    private static let birthDate = "1931-07-23"
    private static let family = "Quillfeather"
    private static let diagnosis = "Xanthomatosis plantaris"
    private static let code = "C99.8871"
    private static let admin = "nora.quist@planted.example"
    private static let adminName = "Nora Plantedquist"
    private static let adminPassword = "walnut hedge lantern 93"
    private static let clinician = "orla.brick@planted.example"
    private static let clinicianPassword = "copper kettle barrow 18"
    private static let wrongPassword = "velvet anchor thimble 55"
    private static let reason = "found senseless by the plantedbrook"

    init() throws {
        home = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: home.path("temporary"), withIntermediateDirectories: true)
    }

    private var data: String { home.path("data") }
    private var environment: [String: String] { ["TMPDIR": home.path("temporary")] }

    private static var values: PlantedValues {
        PlantedValues([
            "a patient's id": patient, "another patient's id": other, "a condition's id": condition, "the SSN": ssn,
            "the record number": record, "the phone number": phone, "the street": street, "the city": city,
            "the birth date": birthDate, "the family name": family, "the diagnosis": diagnosis,
            "the diagnosis' code": code, "the administrator's sign-in name": admin,
            "the administrator's name": adminName, "the administrator's password": adminPassword,
            "the clinician's sign-in name": clinician, "the clinician's password": clinicianPassword,
            "a wrong password": wrongPassword, "the reason of an opening": reason,
        ])
    }

    private static func json(_ id: String, more: String = "") -> String {
        """
        {"resourceType":"Patient","id":"\(id)","identifier":[{"system":"http://hl7.org/fhir/sid/us-ssn","value":"\(ssn)"},\
        {"system":"urn:mrn","value":"\(record)"}],"name":[{"family":"\(family)","given":["Zebulonia"]}],\
        "telecom":[{"system":"phone","value":"\(phone)"}],"birthDate":"\(birthDate)",\
        "address":[{"line":["\(street)"],"city":"\(city)"}]\(more)}
        """
    }

    private static func conditionJSON(_ subject: String) -> String {
        """
        {"resourceType":"Condition","id":"\(condition)","subject":{"reference":"Patient/\(subject)"},\
        "code":{"coding":[{"system":"urn:codes","code":"\(code)"}],"text":"\(diagnosis)"}}
        """
    }

    @Test func `nothing that was planted is in clear anywhere, whatever was done with it`() throws {
        var planted = Self.values
        let lines =
            Self.json(Self.patient) + "\n" + Self.json(Self.other) + "\n" + Self.conditionJSON(Self.other) + "\n"
        let ingested = try ProgramProcess.run(
            ["ingest", "-", "--data", data, "--json"], input: lines, environment: environment)
        #expect(ingested.code == 0)
        #expect(planted.found(in: ingested.output + ingested.errors) == [])

        let administration = try Administration(
            data, name: Self.admin, displayName: Self.adminName, password: Self.adminPassword, environment: environment)
        let serving = administration.serving
        planted.plant("the operator's token", serving.token)
        planted.plant("the administrator's session", try #require(administration.browser.cookies["martlet"]))
        let operating = Browser(port: serving.port, token: serving.token)
        var refusals = try work(operating)
        refusals += try workWithAnswersLater(operating)
        let clinician = Browser(port: serving.port)
        refusals += try signIns(administration, clinician, &planted)
        refusals += try clients(clinician, &planted)
        try command(["keys", "rotate", "--tenant", "default"])
        try command(["keys", "rotate", "--patient", Self.patient])
        try command(["keys", "rotate", "--master"])
        #expect(try command(["audit", "log", "--count", "10000"]).contains("Patient/\(Self.patient)"))
        for refusal in refusals { #expect(planted.found(in: refusal.whole) == [], "\(refusal.whole)") }
        try expectNothing(planted, serving)

        serving.process.signal(SIGKILL)
        #expect(serving.process.finish().code == SIGKILL)
        try expectNothing(planted)
        let again = try Serving(data, "--log-format", "json", "--log-requests", environment: environment)
        planted.plant("the operator's second token", again.token)
        #expect(try again.get("/fhir/Patient/\(Self.patient)").text.contains(Self.family))
        #expect(
            try command(["keys", "shred", "--patient", Self.other, "--yes", "--reason", "asked"]).contains("Erased"))
        #expect(try again.get("/fhir/Condition/\(Self.condition)").status != 200)
        try command(["audit", "verify"])
        try expectNothing(planted, again)
        #expect(again.stop().code == 0)
        try command(["check"])
        try expectNothing(planted)
    }

    @Test func `a master key from a variable is not left in the environment`() throws {
        let key = String(
            (0..<64).map { "0123456789abcdef"[String.Index(utf16Offset: $0 * 7 % 16, in: "0123456789abcdef")] })
        var planted = PlantedValues(["the master key": key])
        let serving = try Serving(data, environment: environment.merging(["MARTLET_MASTER_KEY": key]) { $1 })
        planted.plant("the token", serving.token)
        #expect(serving.setupLink != nil)
        #expect(!FileManager.default.fileExists(atPath: data + "/keys/master.key"))
        try expectNothing(planted, serving)
        #expect(serving.stop().code == 0)
        #expect(try ProgramProcess.run(["user", "list", "--data", data]).code != 0)
        try expectNothing(planted)
    }

    @Test func `what is planted in clear is found`() throws {
        let planted = Self.values
        #expect(planted.found(in: "…\(Self.family.uppercased())…\(Self.ssn)") == ["the SSN", "the family name"])
        #expect(planted.found(in: "city=\(Browser.encode(Self.city))&street=4417%20wexcombe%20hollow").count == 2)
        #expect(planted.found(in: Array(Self.diagnosis.utf16.flatMap { [UInt8($0 & 0xFF), 0] })).count == 1)
        #expect(planted.found(in: "nothing of theirs") == [])
        try home.write("temporary/\(Self.patient)", "a \(Self.clinicianPassword) b")
        #expect(try planted.found(below: home.path).finds.count == 2)
        let serving = try Serving(data, environment: ["PLANTED": Self.record])
        if geteuid() == 0 {
            let finds = planted.found(inProcess: serving.process.identifier)
            #expect(finds == ["the record number in /proc/PID/environ"])
        }
        #expect(serving.stop().code == 0)
    }

    // MARK: What is done

    /// Records are written, changed, found and asked for in all ways, wrong ones too.
    /// - Returns: the refusals.
    private func work(_ operating: Browser) throws -> [Browser.Answer] {
        let target = "/fhir/Patient/\(Self.patient)"
        #expect(try operating.send("PUT", target, Self.json(Self.patient, more: #","active":true"#)).status == 200)
        let patch = #"[{"op":"add","path":"/maritalStatus","value":{"text":"\#(Self.diagnosis)"}}]"#
        #expect(
            try operating.send("PATCH", target, patch, type: "application/json-patch+json").status == 200)
        #expect(
            try operating.send(
                "PUT", "/fhir/Condition/\(Self.condition)", Self.conditionJSON(Self.other)
            ).status < 300)
        let asked: [KeyValuePairs<String, String>] = [
            ["family": Self.family], ["identifier": "http://hl7.org/fhir/sid/us-ssn|" + Self.ssn],
            ["birthdate": Self.birthDate], ["address-city": Self.city], ["phone": Self.phone],
        ]
        for query in asked {
            let text = query.map { "\($0.key)=\(Browser.encode($0.value))" }.joined()
            #expect(try operating.get("/fhir/Patient?" + text).text.contains(Self.patient), "\(text)")
            #expect(try operating.post("/fhir/Patient/_search", form: query).text.contains(Self.patient))
        }
        #expect(try operating.get("/fhir/Condition?patient=\(Self.other)").text.contains(Self.diagnosis))
        for rest in ["/_history", "/$everything"] { #expect(try operating.get(target + rest).status == 200, "\(rest)") }
        let query = "{Patient(id:\"\(Self.patient)\"){birthDate name{family}}}"
        #expect(try operating.get("/fhir/$graphql?query=" + Browser.encode(query)).text.contains(Self.family))
        let consent = """
            {"resourceType":"Consent","status":"active","scope":{"coding":[{"system":\
            "http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{\
            "system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/\(Self.other)"},\
            "provision":{"type":"deny","actor":[{"role":{"text":"whoever"},"reference":{"reference":\
            "Practitioner/elsewhere"}}],"code":[{"text":"\(Self.diagnosis)"}]}}
            """
        let consented = try operating.post("/fhir/Consent", consent)
        #expect(consented.status == 201, "\(consented.text)")

        let entry = #"{"request":{"method":"PUT","url":"Patient/\#(Self.patient)"},"resource":"#
        let bundle =
            #"{"resourceType":"Bundle","type":"batch","entry":["# + entry + Self.json(Self.patient) + "},"
            + entry + #"{"resourceType":"Patient","id":"x","birthDate":"\#(Self.city)"}}]}"#
        #expect(try operating.post("/fhir", bundle).status == 200)
        var refusals = [
            try operating.send("PUT", target, String(Self.json(Self.patient).dropLast(30))),
            try operating.send(
                "PUT", target, Self.json(Self.patient).replacing("[{\"line\"", with: "[{\"line\":3,\"l\"")),
            try operating.send(
                "PUT", target,
                Self.json(Self.patient).replacing("\"\(Self.birthDate)\"", with: "{\"v\":\"\(Self.city)\"}")),
            try operating.send("PUT", target, "<Patient><family value='\(Self.family)'/></Patient>"),
            try operating.send("PUT", target, Self.family, type: "text/plain"),
            try operating.send(
                "PATCH", target, patch.replacing("add", with: "test"), type: "application/json-patch+json"),
            try operating.send("PATCH", target, "[{\(Self.family)", type: "application/json-patch+json"),
        ]
        for refusal in refusals {
            #expect((400..<500).contains(refusal.status), "\(refusal.status) \(refusal.text.prefix(300))")
        }
        // What the server says of a request's own address may repeat it to whoever asked; files and logs may not.
        _ = try operating.get("/fhir/Patient?birthdate=\(Self.city)&nonsense=\(Self.family)")
        _ = try operating.get("/fhir/\(Self.family)/\(Self.city)")
        _ = try operating.get("/nowhere/\(Self.family)")
        _ = try operating.get(
            "/fhir/$graphql?query=" + Browser.encode("{Patient(id:\"\(Self.patient)\"){nope \(Self.city)"))
        let stranger = Browser(port: operating.port, token: Self.wrongPassword.replacing(" ", with: "-"))
        for address in [target, "/fhir/Patient?family=\(Self.family)", "/fhir/Condition/\(Self.condition)"] {
            refusals.append(try stranger.get(address))
            refusals.append(try Browser(port: operating.port).get(address))
        }
        for refusal in refusals.suffix(6) { #expect(refusal.status == 401) }
        return refusals
    }

    /// Exports and searches whose answers lie in the store until they are fetched.
    private func workWithAnswersLater(_ operating: Browser) throws -> [Browser.Answer] {
        var refusals: [Browser.Answer] = []
        for target in ["/fhir/$export", "/fhir/Patient?family=\(Self.family)"] {
            let started = try operating.get(target, headers: ["Prefer": "respond-async"])
            #expect(started.status == 202, "\(started.text)")
            let address = try #require(started.header("content-location"))
            let status = String(address[try #require(address.range(of: "/fhir/")).lowerBound...])
            var answer = try operating.get(status)
            while answer.status == 202 {
                usleep(20_000)
                answer = try operating.get(status)
            }
            #expect(answer.status == 200, "\(answer.text)")
            if let file = answer.text("url"), let path = file.range(of: "/fhir/$async/") {
                let file = String(file[path.lowerBound...])
                #expect(try operating.get(file).status == 200)
                refusals.append(try Browser(port: operating.port).get(file))
            } else {
                #expect(answer.text.contains(Self.patient))
            }
            refusals.append(try Browser(port: operating.port).get(status))
        }
        for refusal in refusals { #expect(refusal.status == 401) }
        return refusals
    }

    /// People sign in with and without success, set a second factor up and open a record in an emergency.
    private func signIns(
        _ administration: Administration, _ browser: Browser, _ planted: inout PlantedValues
    ) throws -> [Browser.Answer] {
        func attempt(_ name: String, _ password: String, _ more: String = "") throws -> Browser.Answer {
            try browser.post("/api/v1/sessions", #"{"name":"\#(name)","password":"\#(password)"\#(more)}"#)
        }
        let id = try administration.invite(
            Self.clinician, role: "clinician", fhirUser: "Practitioner/p", password: Self.clinicianPassword)
        var refusals = [try attempt(Self.clinician, Self.wrongPassword), try attempt(Self.wrongPassword, Self.admin)]
        for refusal in refusals { #expect(refusal.status == 401) }
        _ = try browser.post("/sign-in", form: ["name": Self.clinician, "password": Self.wrongPassword])
        _ = try browser.post("/forgot-password", form: ["name": Self.clinician])
        let csrf = try Administration.signIn(browser, Self.clinician, Self.clinicianPassword)
        let denied = try browser.get("/fhir/Condition/\(Self.condition)")
        #expect(denied.status == 404)
        // The id was the clinician's own word.
        #expect(planted.found(in: denied.whole.replacing(Self.condition, with: "")) == [])
        #expect(try browser.get("/fhir/Patient?family=\(Self.family)").text.contains(Self.patient) == false)

        let fields = ["X-CSRF-Token": csrf]
        let opened = try browser.post(
            "/api/v1/patients/\(Self.patient)/emergency-access", #"{"reason":"\#(Self.reason)","minutes":10}"#,
            headers: fields)
        #expect(opened.status == 201, "\(opened.text)")
        #expect(try browser.get("/fhir/Patient/\(Self.patient)").text.contains(Self.family))
        refusals.append(
            try browser.post(
                "/api/v1/patients/\(Self.patient)/emergency-access", #"{"reason":3,"x":"\#(Self.city)"}"#,
                headers: fields))
        refusals.append(try browser.post("/api/v1/users/\(id)/password", "{\(Self.adminPassword)", headers: fields))
        for refusal in refusals.suffix(2) { #expect((400..<500).contains(refusal.status), "\(refusal.text)") }

        let enrolment = try browser.send("POST", "/api/v1/users/\(id)/totp", headers: fields)
        let secret = try #require(enrolment.text("secret"), "\(enrolment.text)")
        planted.plant("the second factor's secret", secret)
        let bytes = Self.base32(secret)
        let step = TimedPassword.step(at: SystemClock().now())
        let confirmed = try browser.post(
            "/api/v1/users/\(id)/totp/confirmation",
            #"{"code":"\#(try TimedPassword.code(step: step, secret: bytes))"}"#, headers: fields)
        #expect(confirmed.status == 200, "\(confirmed.text)")
        let codes = confirmed.text.components(separatedBy: "\"").filter {
            $0.wholeMatch(of: /[A-Za-z0-9-]{10,}/) != nil
        }
        for code in codes where code != "recoveryCodes" { planted.plant("a recovery code", code) }
        let next = try TimedPassword.code(step: step + 1, secret: bytes)
        #expect(try attempt(Self.clinician, Self.clinicianPassword, #","code":"\#(next)""#).status == 201)
        planted.plant("the clinician's session", try #require(browser.cookies["martlet"]))
        return refusals
    }

    private static func base32(_ text: String) -> [UInt8] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var bits: UInt32 = 0
        var count = 0
        var bytes: [UInt8] = []
        for digit in text.utf8 {
            guard let value = digits.firstIndex(of: digit) else { continue }
            bits = bits << 5 | UInt32(value)
            count += 5
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    /// An app is let in by the clinician, and one with a wrong secret is not.
    private func clients(
        _ clinician: Browser, _ planted: inout PlantedValues
    ) throws -> [Browser.Answer] {
        let back = "https://app.example/back"
        let scope = "openid offline_access user/Patient.rs"
        let added = try command([
            "client", "add", "--name", "Portal", "--redirect", back, "--scope", scope, "--introspect", "--json",
        ])
        func member(_ name: String) throws -> String {
            let start = try #require(added.range(of: "\"\(name)\":\"")).upperBound
            return String(added[start...].prefix { $0 != "\"" })
        }
        let id = try member("client_id")
        let secret = try member("client_secret")
        planted.plant("the client's secret", secret)
        // RFC 7636 appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let query: KeyValuePairs = [
            "response_type": "code", "client_id": id, "redirect_uri": back, "scope": scope,
            "state": "plantedstate-3kd8",
            "aud": "http://127.0.0.1:\(clinician.port)/fhir", "code_challenge_method": "S256",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ]
        let target =
            "/oauth/authorize?" + query.map { "\($0.key)=\(Browser.encode($0.value))" }.joined(separator: "&")
        let page = try clinician.get(target)
        #expect(page.status == 200, "\(page.text)")
        var form = "decision=allow"
        for field in page.text.matches(of: /<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/) {
            let value = field.output.2.replacing("&amp;", with: "&").replacing("&#39;", with: "'")
            form += "&\(field.output.1)=" + Browser.encode(String(value))
        }
        let sent = try clinician.send(
            "POST", "/oauth/authorize", form, type: "application/x-www-form-urlencoded")
        let location = try #require(sent.header("location"), "\(sent.status) \(sent.text)")
        let code = try #require(location.firstMatch(of: /code=([^&]+)/)?.output.1, "\(location)")
        planted.plant("the authorization code", String(code))
        let browser = Browser(port: clinician.port)
        browser.headers["Authorization"] = "Basic " + Data("\(id):\(secret)".utf8).base64EncodedString()
        planted.plant("the client's secret in base 64", Data("\(id):\(secret)".utf8).base64EncodedString())
        let form2: KeyValuePairs = [
            "grant_type": "authorization_code", "code": String(code), "redirect_uri": back, "code_verifier": verifier,
        ]
        let granted = try browser.post("/oauth/token", form: form2)
        #expect(granted.status == 200, "\(granted.text)")
        let token = try #require(granted.text("access_token"))
        planted.plant("the app's token", token)
        planted.plant("the app's refresh token", try #require(granted.text("refresh_token")))
        #expect(try browser.post("/oauth/introspect", form: ["token": token]).text.contains("\"active\":true"))
        let app = Browser(port: browser.port, token: token)
        #expect(try app.get("/fhir/Patient?family=\(Self.family)").status == 200)
        var refusals = [try browser.post("/oauth/token", form: form2)]
        browser.headers["Authorization"] = "Basic " + Data("\(id):\(Self.wrongPassword)".utf8).base64EncodedString()
        refusals.append(try browser.post("/oauth/introspect", form: ["token": token]))
        refusals.append(try app.get("/fhir/Observation"))
        for refusal in refusals { #expect((400..<500).contains(refusal.status)) }
        return refusals
    }

    // MARK: What is left

    @discardableResult
    private func command(_ words: [String]) throws -> String {
        let outcome = try ProgramProcess.run(words + ["--data", data], environment: environment)
        #expect(outcome.code == 0, "\(words): \(outcome.errors)")
        return outcome.output
    }

    /// Looks through all files, and through what a server writes and shows.
    private func expectNothing(_ planted: PlantedValues, _ serving: Serving? = nil) throws {
        let (finds, bytes) = try planted.found(below: home.path)
        #expect(finds == [])
        #expect(bytes > 500_000, "few files were looked through")
        #expect(!FileManager.default.fileExists(atPath: data + "/rejects.ndjson"))
        guard let serving else { return }
        #expect(planted.found(in: serving.process.output) == [])
        #expect(planted.found(in: serving.process.errors) == [], "\(serving.process.errors)")
        #expect(planted.found(inProcess: serving.process.identifier) == [])
        let metrics = try Browser(port: serving.port).get("/metrics")
        #expect(metrics.status == 200)
        #expect(planted.found(in: metrics.whole) == [], "\(metrics.whole)")
    }
}
