import Access
import Audit
import Base
import Foundation
import HTTP
import Testing

@Suite struct PurgeTests {
    private static func observation(_ id: String, _ patient: String) -> String {
        #"{"resourceType":"Observation","id":"\#(id)","status":"final","code":{"text":"mark-\#(patient)"},"#
            + #""subject":{"reference":"Patient/\#(patient)"}}"#
    }

    private static let reason =
        #"{"resourceType":"Parameters","parameter":[{"name":"reason","valueString":"#
        + #""asked for in writing"}]}"#

    private func world() async throws -> TestAPI {
        let test = try TestAPI()
        try await test.put(
            Samples.patient("a"), Samples.patient("b"), Self.observation("o-a", "a"), Self.observation("o-b", "b"))
        // A second version, and one that was deleted.
        try await test.put(Self.observation("o-a", "a").replacing("final", with: "amended"))
        try await test.put(Self.observation("gone", "a"))
        _ = try await test.send(.delete, "/fhir/Observation/gone")
        return test
    }

    private func purge(_ test: TestAPI, headers: HTTPHeaders = [:]) async throws -> Answer {
        try await test.send(.post, "/fhir/Patient/a/$purge", headers: headers, body: Self.reason)
    }

    private func checkIsGone(_ test: TestAPI) async throws {
        for target in [
            "Patient/a", "Patient/a/_history", "Patient/a/$everything", "Observation/o-a", "Observation/o-a/_history",
            "Observation/gone",
        ] {
            let answer = try await test.get("/fhir/" + target)
            #expect(answer.status == .notFound, "\(target): \(answer.status.code) \(answer.text.prefix(300))")
        }
        for target in ["Observation", "Observation?patient=a", "Patient", "_history", "Observation/_history"] {
            let answer = try await test.get("/fhir/" + target)
            #expect(answer.status == .ok && !answer.text.contains("mark-a"), "\(target)")
            #expect(!answer.text.contains("Patient/a\""), "\(target)")
        }
        #expect(try await test.ids("/fhir/Patient") == ["b"])
        #expect(try await test.get("/fhir/Observation/o-b").text.contains("mark-b"))
        #expect(try await test.ids("/fhir/Patient/b/$everything").sorted() == ["b", "o-b"])
    }

    @Test func `after it nothing shows the patient, and nobody else lost anything`() async throws {
        let test = try await world()
        let answer = try await purge(test)
        #expect(answer.status == .ok, "\(answer.text)")
        let numbers = Dictionary(
            uniqueKeysWithValues: answer.json["parameter"].array.map { ($0["name"].text, $0["valueInteger"].number) })
        #expect(numbers["entries"] == 5 && numbers.keys.contains("erasedAt"), "\(answer.text)")
        try await checkIsGone(test)
        let entry = try #require(test.trail.entries().first { $0.event == "purge" })
        #expect(entry.category == .key && entry.action == .delete && entry.patients == ["a"] && entry.status == 200)
        #expect(entry.detail == "asked for in writing")
        #expect(try await purge(test).status == .notFound)
        // Whoever gets the id is a new patient.
        try await test.put(Samples.patient("a"))
        #expect(try await test.get("/fhir/Patient/a/_history").json["entry"].array.count == 1)
    }

    @Test func `exports that hold the patient go with the record`() async throws {
        let test = try await world()
        let later: HTTPHeaders = ["Prefer": "respond-async"]
        let ordered = try await test.get("/fhir/$export", headers: later)
        #expect(ordered.status == .accepted)
        let place = try #require(ordered.headers["Content-Location"]).replacing("http://fhir.test", with: "")
        var manifest = try await test.get(place)
        while manifest.status == .accepted {
            try await Task.sleep(for: .milliseconds(20))
            manifest = try await test.get(place)
        }
        #expect(manifest.status == .ok && manifest.json["output"].array.count > 0)
        let purged = try await purge(test, headers: later)
        #expect(purged.status == .accepted)
        let job = try #require(purged.headers["Content-Location"]).replacing("http://fhir.test", with: "")
        var done = try await test.get(job)
        while done.status == .accepted {
            try await Task.sleep(for: .milliseconds(20))
            done = try await test.get(job)
        }
        #expect(done.text.contains("indexClean\",\"valueBoolean\":true"), "\(done.text)")
        #expect(try await test.get(place).status == .notFound)
        for file in manifest.json["output"].array {
            let target = file["url"].text.replacing("http://fhir.test", with: "")
            #expect(try await test.get(target).status == .notFound)
        }
        try await checkIsGone(test)
    }

    @Test func `it takes a reason, a patient, and whoever runs the tenant`() async throws {
        let test = try TestAPI(subjects: [
            "admin": AccessScope(
                tenant: .standard, subject: Subject(Subject.Facts(account: "user/admin", role: .admin))),
            "doc": AccessScope(
                tenant: .standard, subject: Subject(Subject.Facts(account: "user/doc", role: .clinician))),
        ])
        try await test.put(Samples.patient("a"))
        let blank = "?reason=" + String(repeating: "%20", count: 12)
        for target in ["", "?reason=short", blank, "?reason=long+enough+it+is&x=1"] {
            #expect(try await test.send(.post, "/fhir/Patient/a/$purge" + target).status == .badRequest, "\(target)")
        }
        let target = "/fhir/Patient/a/$purge?reason=asked+for+in+writing"
        #expect(try await test.send(.post, target, token: "doc").status == .forbidden)
        #expect(test.trail.entries().last?.category == .denial)
        #expect(try await test.get("/fhir/Patient/a").status == .ok)
        let nobody = "/fhir/Patient/nobody/$purge?reason=asked+for+in+writing"
        #expect(try await test.send(.post, nobody, token: "admin").status == .notFound)
        #expect(try await test.send(.post, target, token: "admin").status == .ok)
        #expect(try await test.get("/fhir/Patient/a").status == .notFound)
    }
}
