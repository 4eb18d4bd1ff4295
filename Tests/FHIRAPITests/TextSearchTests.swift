import FHIRAPI
import HTTP
import Testing

/// Searches for words in narratives and in whole resources.
@Suite struct TextSearchTests {
    private static func condition(_ id: String, _ text: String, _ narrative: String) -> String {
        #"{"resourceType":"Condition","id":"\#(id)","subject":{"reference":"Patient/a"},"code":{"text":"\#(text)"},"#
            + #""text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">\#(narrative)</div>"}}"#
    }

    private func filled() async throws -> TestAPI {
        let test = try TestAPI()
        try await test.put(
            Samples.patient("a"),
            Self.condition("c1", "Carcinoma of the bone", "<p>bone <b>meta</b>stasis</p><p>stage&nbsp;IV</p>"),
            Self.condition("c2", "Asthma, Müller's type", "<p>mild asthma</p><p>no metastasis &amp; no stage</p>"),
            Self.condition("c3", "Fracture of bone", "<table><tr><td>left</td><td>femur</td></tr></table>"),
            #"{"resourceType":"Condition","id":"c4","subject":{"reference":"Patient/a"},"note":[{"text":"Bone scan"}]}"#
        )
        return test
    }

    @Test(arguments: [
        ("_content=bone", ["c1", "c3", "c4"]), ("_text=bone", ["c1"]), ("_text=BONE stage", ["c1"]),
        ("_text=metastasis", ["c1", "c2"]), ("_text=metastasis NOT asthma", ["c1"]), ("_text=stage iv", ["c1"]),
        ("_text=\"no metastasis\"", ["c2"]), ("_text=\"metastasis no\"", ["c2"]), ("_text=\"stage metastasis\"", []),
        ("_content=MULLER'S", ["c2"]), ("_content=frac", []), ("_content=frac*", ["c3"]),
        ("_content=asthma OR fracture", ["c2", "c3"]), ("_content=asthma,fracture", ["c2", "c3"]),
        ("_content=bone AND (scan OR femur)", ["c3", "c4"]), ("_content=NOT bone", ["c2"]),
        ("_content=\"left femur\"", ["c3"]), ("_content=div", []), ("_content=bone&code:missing=true", ["c4"]),
        ("_content=generated&_content=carcinoma", ["c1"]), ("_text=xhtml", []),
    ])
    func `words find what they stand in`(query: String, expected: [String]) async throws {
        let test = try await filled()
        let escaped = query.replacing(" ", with: "%20").replacing("\"", with: "%22")
        #expect(try await test.ids("/fhir/Condition?\(escaped)&_sort=_id") == expected)
        #expect(try await test.get("/fhir/Condition?\(escaped)&_summary=count").json["total"].number == expected.count)
    }

    @Test func `words are asked for in chains, criteria and at moments in the past, too`() async throws {
        let test = try await filled()
        let then = try await test.get("/fhir/Condition/c4").json["meta"]["lastUpdated"].text
        #expect(try await test.ids("/fhir/Patient?_has:Condition:subject:_content=femur") == ["a"])
        #expect(try await test.ids("/fhir/Condition?subject:Patient._content=doe&_sort=_id").count == 4)
        #expect(try await test.send(.delete, "/fhir/Condition?_content=femur").status.code < 300)
        #expect(try await test.get("/fhir/Condition/c3").status == .gone)
        #expect(try await test.ids("/fhir/Condition?_content=femur") == [])
        #expect(try await test.ids("/fhir/Condition?_content=femur&_at=\(then)") == ["c3"])
    }
}
