import FHIRAPI
import HTTP
import Testing

@Suite struct HistoryTests {
    private func names(_ answer: Answer) -> [String] {
        answer.json["entry"].array.map { entry in
            entry["request"]["method"].text + " " + entry["request"]["url"].text + " " + entry["response"]["etag"].text
        }
    }

    @Test func `the history of a type and of the system lists every version, deletions too`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"), Samples.practitioner("p", npi: "1"))
        try await test.put(Samples.patient("a", family: "Roe"), Samples.patient("b"))
        try await test.send(.delete, "/fhir/Patient/a")
        try await test.send(.delete, "/fhir/Practitioner/p")
        let patients = try await test.get("/fhir/Patient/_history")
        #expect(patients.json["type"].text == "history" && patients.json["total"].number == 4)
        #expect(
            names(patients) == [
                "DELETE Patient/a W/\"5\"", "PUT Patient/b W/\"4\"", "PUT Patient/a W/\"3\"", "PUT Patient/a W/\"1\"",
            ])
        #expect(!patients.json["entry"][0]["resource"].isThere)
        let all = try await test.get("/fhir/_history")
        #expect(names(all).count == 6 && names(all).first == "DELETE Practitioner/p W/\"6\"")
        #expect(try await test.get("/fhir/Patient/a/_history/5").status == .gone)
        #expect(try await test.get("/fhir/Patent/_history").status == .notFound)
        #expect(try await test.get("/fhir/_history?_count=0").status == .badRequest)
        #expect(try await test.get("/fhir/_history?x=1").status == .badRequest)
        #expect(try await test.get("/fhir/Encounter/_history").json["total"].number == 0)
        let short = try await test.get("/fhir/Patient/_history?_summary=true")
        #expect(short.json["entry"][1]["resource"]["meta"]["tag"][0]["code"].text == "SUBSETTED")
    }

    @Test func `a history begins and holds where it is asked to`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"), Samples.patient("b"))
        let middle = try await test.get("/fhir/Patient/b").json["meta"]["lastUpdated"].text
        try await test.put(Samples.patient("b", family: "Roe"), Samples.patient("c"))
        try await test.send(.delete, "/fhir/Patient/a")
        let escaped = middle.replacing("+", with: "%2B")
        #expect(names(try await test.get("/fhir/Patient/_history?_since=\(escaped)")).count == 4)
        let held = try await test.get("/fhir/Patient/_history?_at=\(escaped)")
        #expect(names(held) == ["PUT Patient/b W/\"2\"", "PUT Patient/a W/\"1\""])
        let today = try await test.get("/fhir/_history?_at=\(middle.prefix(10))")
        #expect(names(today).count == 5)
        #expect(try await test.get("/fhir/_history?_since=2999").json["total"].number == 0)
        #expect(try await test.get("/fhir/_history?_at=1999").json["total"].number == 0)
        #expect(try await test.get("/fhir/_history?_since=soon").status == .badRequest)
    }

    @Test func `pages of a history show what was there when the first was made`() async throws {
        let test = try TestAPI()
        for number in 0..<7 { try await test.put(Samples.patient("p\(number)")) }
        var found: [String] = []
        var next: String? = "/fhir/Patient/_history?_count=3"
        var pages = 0
        while let target = next {
            let page = try await test.get(target)
            found += names(page)
            next = page.link("next")
            pages += 1
            try await test.put(Samples.patient("late\(pages)"), Samples.patient("p1", family: "Late\(pages)"))
        }
        #expect(pages == 3 && found == (0..<7).reversed().map { "PUT Patient/p\($0) W/\"\($0 + 1)\"" })
        let first = try await test.get("/fhir/Patient/_history?_count=3")
        let link = try #require(first.link("next"))
        #expect(try await test.get(link.replacing("/Patient/", with: "/Practitioner/")).status == .badRequest)
        #expect(try await test.get(link + "&_count=9").status == .badRequest)
        #expect(try await test.get(link.replacing("Patient/_history", with: "_history")).status == .badRequest)
    }
}
