import Base
import FHIRAPI
import HTTP
import Testing

@Suite struct SearchTests {
    private func filled() async throws -> TestAPI {
        let test = try TestAPI()
        for number in 0..<6 {
            try await test.put(
                Samples.patient(
                    "p\(number)", family: number < 3 ? "Doe" : "Roe", birthDate: "197\(number)-01-31",
                    gender: number % 2 == 0 ? "female" : "male"))
        }
        for number in 0..<12 {
            try await test.put(
                Samples.observation(
                    "o\(number)", patient: "p\(number % 3)", value: "\(number).5", date: "2020-02-\(10 + number)"))
        }
        return test
    }

    @Test func `a search answers a Bundle of matches with its own address`() async throws {
        let test = try await filled()
        let answer = try await test.get("/fhir/Patient?family=doe&gender=female")
        #expect(answer.status == .ok)
        #expect(answer.json["resourceType"].text == "Bundle" && answer.json["type"].text == "searchset")
        #expect(answer.json["total"].number == 2)
        #expect(answer.names(mode: "match") == ["Patient/p2", "Patient/p0"])
        #expect(answer.json["entry"][0]["fullUrl"].text == "\(TestAPI.base)/Patient/p2")
        #expect(answer.link("self") == "/fhir/Patient?family=doe&gender=female" && answer.link("next") == nil)
        let none = try await test.get("/fhir/Patient?family=nobody")
        #expect(none.json["total"].number == 0 && !none.json["entry"].isThere)
    }

    @Test func `a form searches like an address`() async throws {
        let test = try await filled()
        let form: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        let answer = try await test.send(
            .post, "/fhir/Patient/_search?gender=female", headers: form, body: "family=doe&_sort=-birthdate")
        #expect(answer.names(mode: "match") == ["Patient/p2", "Patient/p0"])
        #expect(answer.link("self") == "/fhir/Patient?gender=female&family=doe&_sort=-birthdate")
        let json = try await test.send(.post, "/fhir/Patient/_search", body: "{}")
        #expect(json.status == .unsupportedMediaType)
        let broken = try await test.send(.post, "/fhir/Patient/_search", headers: form, body: "family=%z")
        #expect(broken.status == .badRequest && broken.json["resourceType"].text == "OperationOutcome")
        #expect(try await test.send(.post, "/fhir/Patient/_search").json["total"].number == 6)
    }

    @Test func `counts, totals and summaries`() async throws {
        let test = try await filled()
        for query in ["_summary=count", "_count=0", "_count=0&_total=accurate"] {
            let answer = try await test.get("/fhir/Observation?\(query)")
            #expect(answer.json["total"].number == 12 && !answer.json["entry"].isThere)
            #expect(answer.link("next") == nil)
        }
        let page = try await test.get("/fhir/Observation?_count=5")
        #expect(page.json["entry"].array.count == 5 && !page.json["total"].isThere)
        let total = try await test.get("/fhir/Observation?_count=5&_total=accurate")
        #expect(total.json["total"].number == 12)
        let next = try await test.get(try #require(total.link("next")))
        #expect(next.json["total"].number == 12)
        #expect(!(try await test.get("/fhir/Observation?_total=none").json["total"].isThere))
        let huge = try await test.get("/fhir/Observation?_count=5000")
        #expect(huge.json["entry"].array.count == 12 && huge.link("self") == "/fhir/Observation?_count=1000")
        let summary = try await test.get("/fhir/Patient?_summary=true&_count=1")
        #expect(summary.json["entry"][0]["resource"]["meta"]["tag"][0]["code"].text == "SUBSETTED")
        let elements = try await test.get("/fhir/Patient?_elements=birthDate&_count=1").json["entry"][0]["resource"]
        #expect(elements.keys == ["resourceType", "id", "meta", "active", "birthDate"])
        #expect(try await test.get("/fhir/Patient?_elements=birthdate").status == .badRequest)
    }

    @Test func `results come in the order asked for`() async throws {
        let test = try await filled()
        #expect(try await test.ids("/fhir/Patient?_sort=birthdate") == (0..<6).map { "p\($0)" })
        #expect(try await test.ids("/fhir/Patient?_sort=-birthdate&_count=4") == (0..<6).reversed().map { "p\($0)" })
        #expect(try await test.ids("/fhir/Patient?_sort=gender,-_id&_count=1") == ["p4", "p2", "p0", "p5", "p3", "p1"])
        #expect(try await test.ids("/fhir/Patient?_id=p4,p1,nobody") == ["p4", "p1"])
    }

    @Test func `what a search does not understand is an error that names it`() async throws {
        let test = try await filled()
        for (query, name) in [
            ("famly=doe", "famly"), ("birthdate=nonsense", "birthdate"), ("gender:unheard=female", "gender:unheard"),
            ("_count=x", "_count"), ("_sort=nonsense", "_sort"), ("_include=Patient:nonsense", "_include"),
            ("_at=x", "_at"), ("_page=x", "_page"), ("_total=some", "_total"),
        ] {
            let answer = try await test.get("/fhir/Patient?\(query)")
            #expect(answer.status == .badRequest, "\(query)")
            #expect(answer.json["issue"][0]["location"][0].text == "http." + name, "\(answer.text)")
        }
        #expect(try await test.get("/fhir/Patent?family=doe").status == .notFound)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a lenient search says what it passed over`() async throws {
        let test = try await filled()
        let lenient: HTTPHeaders = ["Prefer": "handling=lenient"]
        let answer = try await test.get("/fhir/Patient?famly=doe&family=roe&_count=2", headers: lenient)
        #expect(answer.names(mode: "match") == ["Patient/p5", "Patient/p4"])
        let outcome = try #require(answer.entries(mode: "outcome").first)
        #expect(outcome["resource"]["issue"][0]["severity"].text == "warning")
        #expect(outcome["resource"]["issue"][0]["diagnostics"].text.contains("\"famly\""))
        #expect(answer.link("self") == "/fhir/Patient?family=roe&_count=2")
        let next = try await test.get(try #require(answer.link("next")))
        #expect(next.names(mode: "match") == ["Patient/p3"])
        let strict = try await test.get("/fhir/Patient?famly=doe", headers: ["Prefer": "handling=strict"])
        #expect(strict.status == .badRequest)
    }

    @Test func `what matches refer to is included once`() async throws {
        let test = try await filled()
        let answer = try await test.get("/fhir/Observation?_include=Observation:subject&_sort=date&_count=4")
        #expect(answer.names(mode: "match") == (0..<4).map { "Observation/o\($0)" })
        #expect(answer.names(mode: "include") == ["Patient/p0", "Patient/p1", "Patient/p2"])
        #expect(answer.json["entry"].array.count == 7)
        for query in ["_include=Observation:patient:Patient", "_include=*", "_include=Observation:*"] {
            #expect(
                try await test.get("/fhir/Observation?_count=3&\(query)").names(mode: "include").count == 3, "\(query)")
        }
        for query in ["_include=Observation:subject:Group", "_include=Encounter:subject"] {
            #expect(
                try await test.get("/fhir/Observation?_count=3&\(query)").names(mode: "include").isEmpty, "\(query)")
        }
        _ = try await test.send(.delete, "/fhir/Patient/p0")
        let without = try await test.get("/fhir/Observation?_id=o0&_include=Observation:subject")
        #expect(without.names(mode: "match") == ["Observation/o0"] && without.names(mode: "include").isEmpty)
    }

    @Test func `what refers to matches is included once`() async throws {
        let test = try await filled()
        let answer = try await test.get("/fhir/Patient?_id=p0,p1&_revinclude=Observation:subject")
        #expect(answer.json["total"].number == 2)
        #expect(Set(answer.names(mode: "include")) == Set([0, 1, 3, 4, 6, 7, 9, 10].map { "Observation/o\($0)" }))
        #expect(answer.names(mode: "include").count == 8)
        let twice = try await test.get(
            "/fhir/Patient?_id=p0&_revinclude=Observation:subject&_revinclude=Observation:patient&_revinclude=Observation:*"
        )
        #expect(twice.names(mode: "include").count == 4)
        #expect(
            try await test.get("/fhir/Patient?_id=p5&_revinclude=Observation:subject").json["entry"].array.count == 1)
        let other = try await test.get("/fhir/Patient?_id=p0&_revinclude=Observation:subject:Group")
        #expect(other.names(mode: "include").isEmpty)
    }

    @Test func `only an iterating include follows what was included`() async throws {
        let test = try await filled()
        let link =
            #"{"resourceType":"Patient","id":"p9","link":[{"other":{"reference":"Patient/p0"},"type":"seealso"}]}"#
        try await test.put(link, Samples.observation("o99", patient: "p9"))
        let once = try await test.get("/fhir/Observation?_id=o99&_include=Observation:subject&_include=Patient:link")
        #expect(once.names(mode: "include") == ["Patient/p9"])
        let again = try await test.get(
            "/fhir/Observation?_id=o99&_include=Observation:subject&_include:iterate=Patient:link")
        #expect(again.names(mode: "include") == ["Patient/p9", "Patient/p0"])
    }

    @Test func `more than may be included is cut, and said`() async throws {
        let test = try TestAPI { $0.includesMax = 5 }
        try await test.put(Samples.patient("a"))
        try await test.put((0..<8).map { Samples.observation("o\($0)", patient: "a") })
        let answer = try await test.get("/fhir/Patient?_revinclude=Observation:subject")
        #expect(answer.names(mode: "include").count == 5)
        #expect(answer.entries(mode: "outcome")[0]["resource"]["issue"][0]["code"].text == "too-costly")
        let whole = try TestAPI { $0.includesMax = 8 }
        try await whole.put(Samples.patient("a"))
        try await whole.put((0..<8).map { Samples.observation("o\($0)", patient: "a") })
        #expect(try await whole.get("/fhir/Patient?_revinclude=Observation:subject").entries(mode: "outcome").isEmpty)
    }
}
