import Base
import FHIRAPI
import HTTP
import RecordStore
import Testing

/// Searches across resources, types and compartments, and what they answer where they cannot be made.
@Suite struct JoinedSearchTests {
    private func filled(_ change: (inout FHIRAPIOptions) -> Void = { _ in }) async throws -> TestAPI {
        let test = try TestAPI(options: change)
        try await test.put(
            #"{"resourceType":"Practitioner","id":"r1","name":[{"family":"House"}]}"#,
            #"{"resourceType":"Patient","id":"p1","name":[{"family":"Doe"}],"#
                + #""generalPractitioner":[{"reference":"Practitioner/r1"}],"meta":{"tag":[{"system":"urn:t","code":"x"}]}}"#,
            #"{"resourceType":"Patient","id":"p2","name":[{"family":"Roe"}]}"#,
            #"{"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"AMB"},"#
                + #""subject":{"reference":"Patient/p1"},"participant":[{"individual":{"reference":"Practitioner/r1"}}]}"#,
            observation("o1", "p1", code: "8302-2"), observation("o2", "p2", code: "8480-6"),
            #"{"resourceType":"Device","id":"d1"}"#,
            #"{"resourceType":"List","id":"l1","status":"current","mode":"working","#
                + #""entry":[{"item":{"reference":"Patient/p2"}}]}"#)
        return test
    }

    private func observation(_ id: String, _ patient: String, code: String) -> String {
        #"{"resourceType":"Observation","id":"\#(id)","status":"final","code":{"coding":[{"system":"http://loinc.org","#
            + #""code":"\#(code)"}]},"subject":{"reference":"Patient/\#(patient)"},"#
            + #""encounter":{"reference":"Encounter/e1"},"performer":[{"reference":"Practitioner/r1"}]}"#
    }

    private func names(_ test: TestAPI, _ target: String) async throws -> [String] {
        let answer = try await test.get(target)
        guard answer.status == .ok else { throw Unexpected(text: "GET \(target): \(answer.text)") }
        return answer.names(mode: "match").sorted()
    }

    @Test func `chains, reverse chains and lists lead to the right resources`() async throws {
        let test = try await filled()
        for (target, expected) in [
            ("Observation?subject:Patient.name=doe", ["Observation/o1"]),
            ("Observation?patient.general-practitioner.name=house", ["Observation/o1"]),
            ("Observation?patient.general-practitioner:Practitioner.family=house", ["Observation/o1"]),
            ("Observation?patient.general-practitioner:missing=true", ["Observation/o2"]),
            ("Patient?_has:Observation:patient:code=8480-6", ["Patient/p2"]),
            (
                "Practitioner?_has:Patient:general-practitioner:_has:Observation:subject:code=8302-2",
                ["Practitioner/r1"]
            ),
            ("Observation?encounter._has:Observation:encounter:_id=o2", ["Observation/o1", "Observation/o2"]),
            ("Patient?_list=l1", ["Patient/p2"]), ("Patient?_list=List/l1,none", ["Patient/p2"]),
            ("Observation?subject:Patient._tag=urn:t|x", ["Observation/o1"]),
            ("Observation?_filter=patient.name%20co%20%22oe%22%20and%20not%20(code%20eq%208480-6)", ["Observation/o1"]),
            (
                "Observation?_filter=subject:Patient%5Bname%20eq%20doe%5D.general-practitioner%20pr%20true",
                ["Observation/o1"]
            ),
        ] {
            #expect(try await names(test, "/fhir/" + target) == expected, "\(target)")
        }
    }

    @Test func `several types are searched at once, and what is in a compartment`() async throws {
        let test = try await filled()
        for (target, expected) in [
            ("?_type=Patient,Device", ["Device/d1", "Patient/p1", "Patient/p2"]),
            ("?_type=Patient&_type=List&_id=p1,l1", ["List/l1", "Patient/p1"]),
            ("?_tag=urn:t|x", ["Patient/p1"]),
            ("?_type=Encounter,Observation&patient=p1", ["Encounter/e1", "Observation/o1"]),
            ("/Patient/p1/Observation", ["Observation/o1"]),
            ("/Patient/p1/Observation?code=8480-6", []),
            ("/Patient/p1/*", ["Encounter/e1", "Observation/o1", "Patient/p1"]),
            ("/Patient/p1/*?_type=Encounter", ["Encounter/e1"]),
            ("/Encounter/e1/Observation", ["Observation/o1", "Observation/o2"]),
            ("/Practitioner/r1/Encounter", ["Encounter/e1"]), ("/Practitioner/r1/Practitioner", ["Practitioner/r1"]),
            ("/Device/d1/Observation", []), ("/RelatedPerson/x/*", []),
        ] {
            #expect(try await names(test, "/fhir" + target) == expected, "\(target)")
        }
        let form = try await test.send(
            .post, "/fhir/_search", headers: ["Content-Type": "application/x-www-form-urlencoded"], body: "_type=Device"
        )
        #expect(form.names(mode: "match") == ["Device/d1"])
        #expect(Set(try await test.ids("/fhir?_count=1")).count == 8)
        #expect(try await test.ids("/fhir/Patient/p1/*?_count=1") == ["o1", "e1", "p1"])
        #expect(try await test.get("/fhir?_summary=count").json["total"].number == 8)
        #expect(try await test.ids("/fhir?_type=Patient,Device&_sort=_id&_count=1") == ["d1", "p1", "p2"])
    }

    @Test func `codes are found by value set and hierarchy`() async throws {
        let test = try await filled()
        try await test.put(
            #"{"resourceType":"CodeSystem","id":"c","url":"urn:animals","status":"active","content":"complete","#
                + #""hierarchyMeaning":"is-a","concept":[{"code":"dog","concept":[{"code":"poodle"}]},{"code":"cat"}]}"#,
            #"{"resourceType":"ValueSet","id":"v","url":"http://x.test/pets","status":"active","#
                + #""compose":{"include":[{"system":"urn:animals","concept":[{"code":"dog"},{"code":"cat"}]}]}}"#)
        for code in ["dog", "poodle", "cat"] {
            try await test.put(
                #"{"resourceType":"Observation","id":"\#(code)","status":"final","#
                    + #""code":{"coding":[{"system":"urn:animals","code":"\#(code)"}]}}"#)
        }
        for (query, expected) in [
            ("code:in=http://x.test/pets", ["cat", "dog"]), ("code:in=ValueSet/v", ["cat", "dog"]),
            ("code:not-in=http://x.test/pets", ["o1", "o2", "poodle"]),
            ("code:below=urn:animals|dog", ["dog", "poodle"]), ("code:above=urn:animals|poodle", ["dog", "poodle"]),
            ("_filter=code%20in%20http://x.test/pets%20or%20code%20ss%20urn:animals|poodle", ["cat", "dog", "poodle"]),
        ] {
            #expect(try await test.ids("/fhir/Observation?" + query).sorted() == expected, "\(query)")
        }
        #expect(try await test.ids("/fhir/ValueSet?url:below=http://x.test") == ["v"])
        #expect(try await test.ids("/fhir/ValueSet?url:above=http://x.test/pets/cats") == ["v"])
        #expect(try await test.ids("/fhir/ValueSet?url:below=http://x.tes") == [])
        let unknown = try await test.get("/fhir/Observation?code:in=http://x.test/nowhere")
        #expect(unknown.status == .badRequest && unknown.issue.contains("http://x.test/nowhere"), "\(unknown.text)")
    }

    @Test func `what cannot be followed is an error that names it`() async throws {
        let test = try await filled()
        let many = (0..<1_100).map { "p\($0)" }.joined(separator: ",")
        let deep = String(repeating: "part-of.", count: 12) + "status"
        for (target, name, word) in [
            ("Observation?code.name=x", "code.name", "no reference"),
            ("Observation?subject:Practitioner.name=x", "subject:Practitioner.name", "never points at"),
            ("Observation?subject:Nobody.name=x", "subject:Nobody.name", "no resource type"),
            ("Observation?subject:Patient.nothing=x", "subject:Patient.nothing", "no search parameter"),
            ("Observation?subject:Patient.=x", "subject:Patient.", "ends with a point"),
            ("AuditEvent?entity._id=x", "entity._id", "needs a type"),
            ("Encounter?\(deep)=x", deep, "more than 8"),
            ("Patient?_has:Observation:code:status=final", "_has:Observation:code:status", "no reference"),
            ("Patient?_has:Observation:patient=x", "_has:Observation:patient", "not of the form"),
            ("Patient?_has:Nothing:patient:code=x", "_has:Nothing:patient:code", "no resource type"),
            ("Device?_has:Encounter:subject:status=x", "_has:Encounter:subject:status", "never points at"),
            ("Patient?name:below=x", "name:below", "modifier"),
            ("Patient?_id=\(many)", "_id", "at most 1000 values"),
            ("Patient?_count=-1", "_count", "whole number"),
            ("Patient?_list=$current-allergies", "_list", "functional"),
            ("Patient?_filter=name%20like%20x", "_filter", "operator"),
            ("Patient?_filter=(name%20eq%20x", "_filter", "parenthesis"),
            ("Patient?_filter=nothing%20eq%20x", "_filter", "no search parameter"),
            ("Patient?_filter=gender%20gt%20x", "_filter", "cannot be compared"),
            ("?_type=Patient,Nobody", "_type", "Nobody"), ("?code=x", "code", "_type"),
            ("Patient?_text=(x", "_text", "not closed"), ("Patient?_explain=maybe", "_explain", "true or false"),
            ("Observation?code:in=http://nowhere.test", "code:in", "nowhere"),
        ] {
            let answer = try await test.get("/fhir" + (target.hasPrefix("?") ? "" : "/") + target)
            #expect(answer.status == .badRequest, "\(target)")
            #expect(answer.json["issue"][0]["location"][0].text == "http." + name, "\(answer.text)")
            #expect(answer.issue.contains(word), "\(target): \(answer.text)")
        }
        for target in ["/fhir/Location/x/Observation", "/fhir/Patient/p1/Nothing", "/fhir/Patient/p1/Medication"] {
            #expect(try await test.get(target).status == .notFound, "\(target)")
        }
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a join over too many resources is refused by name`() async throws {
        var limits = TestAPI.limits
        limits.joinedMax = 1
        limits.openedMatchesMax = 4
        let test = try TestAPI(limits: limits)
        for number in 0..<12 {
            try await test.put(
                Samples.patient("p\(number)"), Samples.observation("o\(number)", patient: "p\(number)"))
        }
        let answer = try await test.get("/fhir/Observation?patient.gender=female&_total=accurate")
        #expect(answer.status == .badRequest && answer.issue.hasPrefix("too-costly"), "\(answer.text)")
        #expect(answer.issue.contains("patient.gender"), "\(answer.text)")
    }

    @Test func `an answer can tell how it was found`() async throws {
        let test = try await filled()
        let answer = try await test.get("/fhir/Observation?code=8302-2&patient.name=doe&_explain=true")
        #expect(answer.names(mode: "match") == ["Observation/o1"])
        let steps = answer.entries(mode: "outcome").flatMap { $0["resource"]["issue"].array }
        #expect(steps.allSatisfy { $0["severity"].text == "information" })
        let words = steps.map { $0["diagnostics"].text }
        #expect(words.contains { $0.hasPrefix("Observation: code=8302-2; method index; estimate 1") }, "\(words)")
        #expect(words.contains { $0.contains("patient.name=doe; method ") }, "\(words)")
        #expect(words.contains { $0.contains("the results") && $0.contains("count 1") }, "\(words)")
    }
}
