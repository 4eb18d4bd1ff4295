import Access
import Audit
import Base
import Foundation
import HTTP
import Testing

/// The audit trail as AuditEvents.
@Suite struct TrailTests {
    private static func subject(_ role: Role, _ user: String? = nil, scopes: String? = nil) -> AccessScope {
        var facts = Subject.Facts(account: "user/\(role.rawValue)", role: role)
        facts.fhirUser = user
        facts.scopes = scopes.flatMap { SMARTScopes($0) }
        return AccessScope(tenant: .standard, subject: Subject(facts))
    }

    private static let subjects = [
        "auditor": subject(.auditor), "doc": subject(.clinician, "Practitioner/doc"),
        "pat": subject(.patient, "Patient/a"), "reader": subject(.system, scopes: "system/AuditEvent.rs"),
        "other": subject(.system, scopes: "system/AuditEvent.rs?outcome=8"),
    ]
    private static let stored = """
        {"resourceType":"AuditEvent","id":"of-others","type":{"code":"rest"},"recorded":"2020-01-01T00:00:00Z",
         "agent":[{"requestor":true}],"source":{"observer":{"display":"x"}},
         "entity":[{"what":{"reference":"Patient/a"}}]}
        """

    private func world() async throws -> TestAPI {
        let test = try TestAPI(keepsTrail: true, subjects: Self.subjects)
        try await test.put(Samples.patient("a"), Samples.patient("b"), Self.stored)
        _ = try await test.get("/fhir/Patient/a")
        _ = try await test.get("/fhir/Patient/b")
        _ = try await test.get("/fhir/Patient?family=Doe")
        return test
    }

    private func ids(_ test: TestAPI, _ query: String, as token: String = TestAPI.token) async throws -> [String] {
        let answer = try await test.send(.get, "/fhir/AuditEvent" + query, token: token)
        #expect(answer.status == .ok, "\(query): \(answer.text.prefix(400))")
        return answer.entries(mode: "match").map { $0["resource"]["id"].text }
    }

    @Test func `the trail comes newest first, page by page, and then what others stored`() async throws {
        let test = try await world()
        #expect(try await ids(test, "?patient=a") == ["martlet-5", "martlet-3", "martlet-2", "martlet-0", "of-others"])
        // What was looked at is in the trail as well, and so is who looked.
        var seen: [String] = []
        var next: String? = "/fhir/AuditEvent?patient=Patient/b&_count=2&_sort=-date"
        while let target = next {
            let answer = try await test.get(target)
            #expect(answer.status == .ok && answer.entries(mode: "match").count <= 2)
            seen += answer.entries(mode: "match").map { $0["resource"]["id"].text }
            next = answer.link("next")
        }
        #expect(seen == ["martlet-6", "martlet-5", "martlet-4", "martlet-1"])
        let first = try await test.get("/fhir/AuditEvent?_count=1")
        let link = try #require(first.link("next"))
        #expect(try await test.get(link.replacing("_page=", with: "_page=A")).status == .badRequest)
        #expect(try await test.get(link + "&action=R").status == .badRequest)
        let foreign = try await test.send(.get, link, token: TestAPI.otherToken)
        #expect(foreign.status == .badRequest)
    }

    @Test func `what the trail is searched by finds its entries and no other`() async throws {
        let test = try await world()
        #expect(try await ids(test, "?action=R&patient=a") == ["martlet-3"])
        #expect(try await ids(test, "?entity=Patient/b&subtype=read") == ["martlet-4"])
        #expect(try await ids(test, "?entity=Patient/b&subtype=read,update") == ["martlet-4", "martlet-1"])
        #expect(try await ids(test, "?agent=user/nobody") == [])
        #expect(try await ids(test, "?outcome=8,12") == [])
        #expect(try await ids(test, "?date=lt2021") == ["of-others"])
        #expect(try await ids(test, "?date=ge2021&_id=martlet-3,martlet-4,of-others") == ["martlet-4", "martlet-3"])
        #expect(try await ids(test, "?_id=of-others") == ["of-others"])
        let rest = "http://terminology.hl7.org/CodeSystem/audit-event-type%7Crest"
        #expect(try await ids(test, "?type=\(rest)&_id=martlet-0") == ["martlet-0"])
        #expect(try await ids(test, "?type=110114&date=ge2021").isEmpty)
        let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        let posted = try await test.send(
            .post, "/fhir/AuditEvent/_search", headers: form, body: "action=R&patient=a")
        #expect(posted.names(mode: "match") == ["AuditEvent/martlet-3"])
        #expect(try await test.get("/fhir/AuditEvent?date=yesterday").status == .badRequest)
        #expect(try await test.get("/fhir/AuditEvent?nonsense=1").status == .badRequest)
        #expect(try await test.get("/fhir/AuditEvent?_count=x").status == .badRequest)
    }

    @Test func `of what the trail is not searched by, only what is stored is found, and that is said`() async throws {
        let test = try await world()
        let answer = try await test.get("/fhir/AuditEvent?patient=a&site=x&_elements=type")
        #expect(answer.names(mode: "match").isEmpty)
        let said = answer.entries(mode: "outcome").first?["resource"]["issue"][0]["diagnostics"].text ?? ""
        #expect(said.contains("\"site\"") && said.contains("trail"))
        let found = try await test.get("/fhir/AuditEvent?patient=a&_elements=type")
        #expect(found.names(mode: "match") == ["AuditEvent/of-others"])
    }

    @Test func `an entry is read under its id, is valid, and cannot be changed`() async throws {
        let test = try await world()
        let answer = try await test.get("/fhir/AuditEvent/martlet-3")
        #expect(answer.status == .ok && answer.json["id"].text == "martlet-3")
        #expect(answer.headers["ETag"] == "W/\"1\"" && answer.headers["Cache-Control"] == "no-store")
        #expect(try await test.get("/fhir/AuditEvent/martlet-3/_history/1").bytes == answer.bytes)
        for target in ["martlet-9999", "martlet-03", "martlet-", "martlet-x", "martlet-3/_history/2"] {
            #expect(try await test.get("/fhir/AuditEvent/" + target).status == .notFound, "\(target)")
        }
        for number in 0..<6 {
            let entry = try await test.get("/fhir/AuditEvent/martlet-\(number)")
            let checked = try await test.send(.post, "/fhir/AuditEvent/$validate", body: entry.text)
            let errors = checked.json["issue"].array.filter { $0["severity"].text == "error" }
            #expect(checked.status == .ok && errors.isEmpty, "\(entry.text) \(checked.text)")
        }
        let body = answer.text
        #expect(try await test.send(.put, "/fhir/AuditEvent/martlet-3", body: body).status == .methodNotAllowed)
        #expect(try await test.send(.put, "/fhir/AuditEvent/martlet-77", body: body).status != .created)
        #expect(try await test.send(.delete, "/fhir/AuditEvent/martlet-3").status == .methodNotAllowed)
        let patch: HTTPHeaders = ["Content-Type": "application/json-patch+json"]
        let patched = try await test.send(
            .patch, "/fhir/AuditEvent/martlet-3", headers: patch,
            body: #"[{"op":"add","path":"/language","value":"en"}]"#)
        #expect(patched.status == .methodNotAllowed)
        let bundle = """
            {"resourceType":"Bundle","type":"transaction","entry":[
             {"request":{"method":"DELETE","url":"AuditEvent/martlet-3"}}]}
            """
        #expect(try await test.send(.post, "/fhir", body: bundle).status == .methodNotAllowed)
        #expect(try await test.get("/fhir/AuditEvent/martlet-3").bytes == answer.bytes)
    }

    @Test func `the trail is for auditors, and for patients as far as it is about them`() async throws {
        let test = try await world()
        #expect(try await ids(test, "?patient=b", as: "auditor").first == "martlet-5")
        #expect(try await ids(test, "?patient=b&subtype=read", as: "reader") == ["martlet-4"])
        for token in ["doc", "other"] {
            #expect(try await ids(test, "?patient=b", as: token).filter { $0.hasPrefix("martlet") } == [])
            #expect(try await test.send(.get, "/fhir/AuditEvent/martlet-4", token: token).status == .notFound)
        }
        let own = try await ids(test, "", as: "pat").filter { $0.hasPrefix("martlet") }
        // The auditor was shown the search that found both.
        #expect(own == ["martlet-6", "martlet-5", "martlet-3", "martlet-2", "martlet-0"])
        for query in ["?patient=b", "?entity=Patient/b", "?entity=Patient/b/_history/2"] {
            #expect(try await ids(test, query, as: "pat").allSatisfy { !$0.hasPrefix("martlet") }, "\(query)")
        }
        #expect(try await test.send(.get, "/fhir/AuditEvent/martlet-4", token: "pat").status == .notFound)
        // A search that found two patients tells each nothing of the other.
        let shared = try await test.send(.get, "/fhir/AuditEvent/martlet-5", token: "pat")
        #expect(shared.status == .ok && shared.text.contains("Patient/a") && !shared.text.contains("Patient/b"))
        #expect(!shared.text.contains("family"))
        let looked = try #require(test.trail.entries().last)
        #expect(looked.patients == ["a"] && looked.resources == ["AuditEvent/martlet-5"])
    }

    @Test func `a batch reads the trail by the same rules`() async throws {
        let test = try await world()
        let bundle = """
            {"resourceType":"Bundle","type":"batch","entry":[
             {"request":{"method":"GET","url":"AuditEvent/martlet-3"}},
             {"request":{"method":"GET","url":"AuditEvent?entity=Patient/b&subtype=read"}},
             {"request":{"method":"DELETE","url":"AuditEvent/martlet-3"}}]}
            """
        let auditor = try await test.send(.post, "/fhir", body: bundle, token: "reader")
        let entries = auditor.json["entry"].array
        #expect(entries.map { $0["response"]["status"].text.prefix(3) } == ["200", "200", "403"], "\(auditor.text)")
        #expect(entries[1]["resource"]["entry"][0]["resource"]["id"].text == "martlet-4")
        let doctor = try await test.send(.post, "/fhir", body: bundle, token: "doc")
        #expect(doctor.json["entry"][0]["response"]["status"].text.hasPrefix("404"), "\(doctor.text)")
        #expect(!doctor.text.contains("martlet-4"))
    }

    @Test func `what only an opening in an emergency lets through stands out in the trail`() async throws {
        var facts = Subject.Facts(account: "user/er", role: .clinician)
        facts.fhirUser = "Practitioner/er"
        facts.emergencies = ["a": Instant(microseconds: .max)]
        let scope = AccessScope(tenant: .standard, subject: Subject(facts))
        let test = try TestAPI(subjects: ["er": scope])
        try await test.put(Samples.patient("a"), #"{"resourceType":"Practitioner","id":"p"}"#)
        #expect(try await test.send(.get, "/fhir/Patient/a", token: "er").status == .ok)
        #expect(test.trail.entries().last?.category == .emergency)
        #expect(test.trail.entries().last?.purposeOfUse == "BTG")
        #expect(try await test.send(.get, "/fhir/Practitioner/p", token: "er").status == .ok)
        #expect(test.trail.entries().last?.category == .access)
    }
}
