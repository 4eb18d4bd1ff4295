import FHIRAPI
import HTTP
import Testing

@Suite struct BatchTests {
    private func statuses(_ answer: Answer) -> [String] {
        answer.json["entry"].array.map { String($0["response"]["status"].text.prefix(3)) }
    }

    @Test func `what becomes of an entry is its own matter`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.patient("a"), Samples.patient("b"), Samples.practitioner("p", npi: "1"))
        let answer = try await test.send(
            .post, "/fhir",
            body: Bundles.bundle(
                "batch",
                [
                    Bundles.entry("GET", "Patient/new"),
                    Bundles.entry("POST", "Patient", #"{"resourceType":"Patient","x":1}"#),
                    Bundles.entry("PUT", "Patient/new", Samples.patient("new")), Bundles.entry("DELETE", "Patient/b"),
                    Bundles.entry("PUT", "Patient/a", Samples.patient("a"), #","ifMatch":"W/\"9\"""#),
                    Bundles.entry("GET", "Patient?family=doe&_count=1"), Bundles.entry("GET", "Patient/nobody"),
                    Bundles.entry(
                        "POST", "Practitioner", Samples.practitioner("x", npi: "1"), #","ifNoneExist":"identifier=1""#),
                    Bundles.entry(
                        "PATCH", "Patient/a",
                        Bundles.patch("replace", "Patient.gender", #""valueCode":"male""#)),
                    Bundles.entry("GET", "Patient/a/_history"), Bundles.entry("GET", "metadata"), "{}",
                    Bundles.entry("POST", "Patient/_search?family=doe"),
                    Bundles.entry("GET", "Patient/a", nil, #","ifNoneMatch":"W/\"1\"""#),
                    Bundles.entry("POST", "", Samples.patient("x")),
                ]))
        #expect(answer.status == .ok && answer.json["type"].text == "batch-response", "\(answer.text)")
        #expect(
            statuses(answer)[..<13] == [
                "200", "422", "201", "204", "412", "200", "404", "200", "200", "200", "200", "400", "200",
            ], "\(answer.text)")
        let entries = answer.json["entry"]
        #expect(entries[0]["resource"]["id"].text == "new" && !entries[2]["resource"].isThere)
        #expect(entries[1]["response"]["outcome"]["issue"][0]["expression"][0].text == "Patient.x")
        #expect(entries[5]["resource"]["type"].text == "searchset" && entries[9]["resource"]["type"].text == "history")
        #expect(entries[7]["response"]["location"].text.hasSuffix("/Practitioner/p/_history/3"))
        #expect(entries[10]["resource"]["resourceType"].text == "CapabilityStatement")
        let version = try await test.get("/fhir/Patient/new").json["meta"]["lastUpdated"].text
        #expect(entries[2]["response"]["lastModified"].text == version)
        #expect(entries[8]["response"]["etag"].text == (try await test.get("/fhir/Patient/a").headers["ETag"]))
        #expect(entries[14]["response"]["status"].text.hasPrefix("4"))
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a large batch is done whole, in the order of its entries`() async throws {
        let test = try TestAPI()
        let writes = (0..<300).map { Bundles.entry("PUT", "Patient/p\($0)", Samples.patient("p\($0)")) }
        let reads = (0..<300).map { Bundles.entry("GET", "Patient/p\($0)") }
        let mixed = zip(reads, writes).flatMap { [$0, $1] }
        let answer = try await test.send(
            .post, "/fhir", headers: ["Prefer": "return=representation"], body: Bundles.bundle("batch", mixed))
        #expect(answer.status == .ok && answer.json["entry"].array.count == 600)
        for (place, entry) in answer.json["entry"].array.enumerated() {
            #expect(entry["resource"]["id"].text == "p\(place / 2)")
            #expect(entry["response"]["status"].text == (place % 2 == 0 ? "200 OK" : "201 Created"))
        }
        let again = try await test.send(
            .post, "/fhir", headers: ["Prefer": "return=OperationOutcome"], body: Bundles.bundle("batch", writes))
        #expect(
            again.json["entry"].array.allSatisfy {
                $0["response"]["outcome"]["issue"][0]["severity"].text == "information"
            })
    }

    @Test func `writes of one resource in a batch are done one after another`() async throws {
        let test = try TestAPI()
        let writes = (0..<40).map { Bundles.entry("PUT", "Patient/a", Samples.patient("a", family: "F\($0)")) }
        let answer = try await test.send(.post, "/fhir", body: Bundles.bundle("batch", writes))
        #expect(Set(statuses(answer)) == ["200", "201"])
        #expect(try await test.get("/fhir/Patient/a").json["name"][0]["family"].text == "F39")
        #expect(try await test.get("/fhir/Patient/a/_history?_count=100").json["total"].number == 40)
    }

    @Test func `an answer that grows too large is cut entry by entry`() async throws {
        let test = try TestAPI { $0.bundleAnswerBytesMax = 2_000 }
        try await test.put(Samples.patient("a"))
        for type in ["batch", "transaction"] {
            let reads = (0..<40).map { _ in Bundles.entry("GET", "Patient/a") }
            let answer = try await test.send(.post, "/fhir", body: Bundles.bundle(type, reads))
            #expect(answer.status == .ok && Set(statuses(answer)) == ["200", "413"], "\(type): \(answer.text)")
        }
    }
}
