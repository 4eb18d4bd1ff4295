import Access
import Base
import HTTP
import RecordStore
import Testing

@Suite struct CustomParameterTests {
    private static let scope = AccessScope(tenant: .standard, actor: "test")
    static let race = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"

    /// A patient with the race of US Core.
    static func patient(_ id: String, race code: String, given: String = "Jo") -> String {
        #"{"resourceType":"Patient","id":"\#(id)","extension":[{"url":"\#(race)","extension":[{"url":"ombCategory","#
            + #""valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"\#(code)"}},"#
            + #"{"url":"text","valueString":"as told"}]}],"name":[{"given":["\#(given)"]}]}"#
    }

    static func parameter(
        _ code: String, id: String? = nil, base: String = "Patient", type: String = "token", expression: String,
        status: String = "active", more: String = ""
    ) -> String {
        #"{"resourceType":"SearchParameter","id":"\#(id ?? code)","url":"http://example.org/sp/\#(id ?? code)","#
            + #""name":"N","status":"\#(status)","description":"d","code":"\#(code)","base":["\#(base)"],"#
            + #""type":"\#(type)","expression":"\#(expression)"\#(more)}"#
    }

    static let raceParameter = parameter(
        "race",
        expression: "Patient.extension.where(url = '\(race)').extension.where(url = 'ombCategory').value.code")

    private static var smallSteps: StoreLimits {
        var limits = StoreLimits()
        limits.reindexEntries = 2
        return limits
    }

    private static func waitUntilDone(_ test: TestAPI) throws {
        test.pace.release()
        try test.store.waitForReindexing(scope)
    }

    private static func check(_ test: TestAPI) throws -> [String] {
        try test.store.check(scope) { _, _ in }.findings
    }

    @Test func `a search by a new parameter says so until what was stored before is indexed`() async throws {
        let test = try TestAPI(limits: Self.smallSteps, isReindexingHeld: true)
        for number in 0..<6 {
            try await test.put(Self.patient("p\(number)", race: number % 2 == 0 ? "2106-3" : "2054-5"))
        }
        try await test.put(Samples.observation("o1", patient: "p2"))
        #expect(try await test.get("/fhir/Patient?race=2106-3").status == .badRequest)
        let created = try await test.send(.put, "/fhir/SearchParameter/race", body: Self.raceParameter)
        #expect(created.status == .created, "\(created.text)")

        let refused = try await test.get("/fhir/Patient?race=2106-3")
        #expect(refused.status == .serviceUnavailable && refused.headers["Retry-After"] != nil, "\(refused.text)")
        #expect(refused.issue.hasPrefix("transient: ") && refused.issue.contains("\"race\" of Patient"))
        #expect(refused.json["issue"][0]["location"][0].text == "http.race")
        for query in [
            "/fhir/Patient?_sort=race", "/fhir/Patient?_filter=race%20eq%202106-3", "/fhir/Patient?race:missing=true",
            "/fhir/Observation?subject:Patient.race=2106-3", "/fhir/Observation?subject.race=2106-3",
            "/fhir?_type=Patient&race=2106-3", "/fhir/Practitioner?_has:Patient:general-practitioner:race=2106-3",
        ] {
            let answer = try await test.get(query, headers: ["Prefer": "handling=lenient"])
            #expect(answer.status == .serviceUnavailable, "\(query): \(answer.text)")
        }
        test.pace.allow(steps: 1)
        test.pace.waitUntilHeld()
        let status = try await test.get("/fhir/SearchParameter/race/$reindex-status")
        let parts = status.json["parameter"][0]["part"].array
        #expect(parts.first { $0["name"].text == "state" }?["valueCode"].text == "reindexing", "\(status.text)")
        #expect(parts.first { $0["name"].text == "done" }?["valueDecimal"].number == 2)
        #expect(parts.first { $0["name"].text == "total" }?["valueDecimal"].number == 8)
        #expect(try await test.get("/fhir/Patient?race=2106-3").issue.contains("2 of 8"))
        let listed = try await test.get("/fhir/metadata").json["rest"][0]["resource"].array
        #expect(
            listed.first { $0["type"].text == "Patient" }?["searchParam"].array.contains { $0["name"].text == "race" }
                == false)
        // The server goes on serving; what is written now is indexed at once.
        try await test.put(Self.patient("p7", race: "2106-3"), Self.patient("p0", race: "2054-5"))
        _ = try await test.send(.delete, "/fhir/Patient/p4")
        #expect(try await test.ids("/fhir/Patient?given=jo").count == 6)
        #expect(try Self.check(test).isEmpty)

        try Self.waitUntilDone(test)
        #expect(try await test.ids("/fhir/Patient?race=2106-3").sorted() == ["p2", "p7"])
        #expect(try await test.ids("/fhir/Patient?race=2054-5").sorted() == ["p0", "p1", "p3", "p5"])
        #expect(try await test.ids("/fhir/Observation?subject:Patient.race=2106-3") == ["o1"])
        #expect(try await test.ids("/fhir/Patient?_filter=race%20eq%202106-3").count == 2)
        #expect(try await test.ids("/fhir/Patient?_sort=race,_id").prefix(4) == ["p0", "p1", "p3", "p5"])
        #expect(try await test.ids("/fhir/Patient?race:missing=false").count == 6)
        let then = try await test.get("/fhir/Patient/p4/_history/5").json["meta"]["lastUpdated"].text
        #expect(try await test.ids("/fhir/Patient?race=2106-3&_at=\(then)").sorted() == ["p0", "p2", "p4"])
        let active = try await test.get("/fhir/SearchParameter/$reindex-status")
        #expect(active.text.contains(#""name":"state","valueCode":"active""#), "\(active.text)")
        let now = try await test.get("/fhir/metadata").json["rest"][0]["resource"].array
        let shown = now.first { $0["type"].text == "Patient" }?["searchParam"].array.first { $0["name"].text == "race" }
        #expect(shown?["definition"].text == "http://example.org/sp/race" && shown?["type"].text == "token")
        #expect(try Self.check(test).isEmpty)
        #expect(test.failures.all.isEmpty)
    }
}
