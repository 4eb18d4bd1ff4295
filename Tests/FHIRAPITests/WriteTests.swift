import FHIRAPI
import HTTP
import Testing

@Suite struct WriteTests {
    @Test func `a created resource gets an id and an address`() async throws {
        let test = try TestAPI()
        let answer = try await test.send(.post, "/fhir/Patient", body: Samples.patient("mine"))
        #expect(answer.status == .created)
        let id = answer.json["id"].text
        #expect(
            id != "mine"
                && id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        let address = "\(TestAPI.base)/Patient/\(id)/_history/1"
        #expect(answer.headers["Location"] == address && answer.headers["Content-Location"] == address)
        #expect(answer.headers["ETag"] == "W/\"1\"" && answer.headers["Last-Modified"] != nil)
        #expect(answer.json["meta"]["versionId"].text == "1")
        #expect(try await test.get("/fhir/Patient/\(id)").bytes == answer.bytes)
        #expect(try await test.get("/fhir/Patient/mine").status == .notFound)
        let second = try await test.send(.post, "/fhir/Patient", body: Samples.patient("mine"))
        #expect(second.status == .created && second.json["id"].text != id)
    }

    @Test func `an update makes a new version, the same content none`() async throws {
        let test = try TestAPI()
        let created = try await test.send(.put, "/fhir/Patient/a", body: Samples.patient("a"))
        #expect(created.status == .created && created.headers["ETag"] == "W/\"1\"")
        let updated = try await test.send(.put, "/fhir/Patient/a", body: Samples.patient("a", family: "Roe"))
        #expect(updated.status == .ok && updated.headers["ETag"] == "W/\"2\"")
        #expect(updated.headers["Location"] == "\(TestAPI.base)/Patient/a/_history/2")
        let same = try await test.send(.put, "/fhir/Patient/a", body: Samples.patient("a", family: "Roe"))
        #expect(same.status == .ok && same.headers["ETag"] == "W/\"2\"")
        #expect(same.headers["Last-Modified"] == updated.headers["Last-Modified"])
    }

    @Test func `the client says what a write answers`() async throws {
        let test = try TestAPI()
        func put(_ prefer: String, _ family: String) async throws -> Answer {
            try await test.send(
                .put, "/fhir/Patient/a", headers: ["Prefer": prefer], body: Samples.patient("a", family: family))
        }
        let minimal = try await put("return=minimal", "A")
        #expect(minimal.status == .created && minimal.bytes.isEmpty && minimal.headers["ETag"] == "W/\"1\"")
        let unchanged = try await put("return=minimal", "A")
        #expect(unchanged.status == .ok && unchanged.bytes.isEmpty && unchanged.headers["ETag"] == "W/\"1\"")
        let outcome = try await put("return=OperationOutcome; wait=10", "B")
        #expect(outcome.json["resourceType"].text == "OperationOutcome" && outcome.issue.hasPrefix("informational:"))
        let whole = try await put("wait=10, return=representation", "C")
        #expect(whole.json["name"][0]["family"].text == "C")
        #expect(try await put("return=nothing", "D").json["name"][0]["family"].text == "D")
    }

    @Test func `a body that is no good resource is refused with every place`() async throws {
        let test = try TestAPI()
        let body =
            #"{"resourceType":"Patient","id":"a","birthDate":5,"gender":"unknwon","nmae":[{"family":"X"}],"name":{}}"#
        for (method, target) in [(HTTPMethod.put, "/fhir/Patient/a"), (.post, "/fhir/Patient")] {
            let answer = try await test.send(method, target, body: body)
            #expect(answer.status == .unprocessableContent)
            let places = Set(answer.json["issue"].array.map { $0["expression"][0].text })
            #expect(places == ["Patient.birthDate", "Patient.gender", "Patient.nmae", "Patient.name"])
            #expect(answer.json["issue"].array.allSatisfy { $0["severity"].text == "error" })
        }
        let missing = try await test.send(.post, "/fhir/Observation", body: #"{"resourceType":"Observation"}"#)
        #expect(missing.status == .unprocessableContent && missing.issue.hasPrefix("required:"))
        #expect(try await test.get("/fhir/Patient?_summary=count").json["total"].number == 0)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{\"resourceType\":\"Patient\"", "{\"resourceType\":\"Patient\"}x", "\u{FEFF}{}",
        "{\"resourceType\":\"Patent\"}", "{\"resourceType\":5}", "{}",
        "{\"resourceType\":\"Patient\",\"id\":\"a\",\"active\":true,\"active\":false}",
    ])
    func `a body that cannot be read is refused`(_ body: String) async throws {
        let test = try TestAPI()
        let answer = try await test.send(.put, "/fhir/Patient/a", body: body)
        #expect(answer.status == .badRequest || answer.status == .unprocessableContent, "\(answer.text)")
        #expect(answer.json["resourceType"].text == "OperationOutcome")
        #expect(test.failures.all.isEmpty)
    }

    @Test func `address and body must name the same resource`() async throws {
        let test = try TestAPI()
        let other = try await test.send(.put, "/fhir/Patient/b", body: Samples.patient("a"))
        #expect(other.status == .badRequest && other.issue.contains("\"a\"") && other.issue.contains("\"b\""))
        let none = try await test.send(.put, "/fhir/Patient/b", body: #"{"resourceType":"Patient"}"#)
        #expect(none.status == .badRequest && none.issue.contains("no id"))
        let type = try await test.send(.put, "/fhir/Practitioner/a", body: Samples.patient("a"))
        #expect(type.status == .badRequest && type.issue.contains("Practitioner"))
        #expect(try await test.send(.post, "/fhir/Practitioner", body: Samples.patient("a")).status == .badRequest)
        for id in ["a_b", String(repeating: "x", count: 65), "a%20b", "%C3%A4"] {
            let answer = try await test.send(.put, "/fhir/Patient/\(id)", body: Samples.patient("a"))
            #expect(answer.status == .badRequest, "\(id)")
        }
    }

    @Test func `a body of another kind or size is refused`() async throws {
        let test = try TestAPI { $0.resourceBytesMax = 1000 }
        for type in [
            "application/fhir+xml", "text/plain", "application/json; charset=latin1",
            "application/fhir+json; fhirVersion=3.0",
        ] {
            let answer = try await test.send(
                .post, "/fhir/Patient", headers: ["Content-Type": type], body: Samples.patient("a"))
            #expect(answer.status == .unsupportedMediaType, "\(type)")
        }
        for type in [
            "application/json", "application/fhir+json; charset=UTF-8", "application/fhir+json;fhirVersion=4.0",
        ] {
            let answer = try await test.send(
                .post, "/fhir/Patient", headers: ["Content-Type": type], body: Samples.patient("a"))
            #expect(answer.status == .created, "\(type)")
        }
        let large = Samples.patient("a", family: String(repeating: "x", count: 1000))
        let answer = try await test.send(.post, "/fhir/Patient", body: large)
        #expect(answer.status == .contentTooLarge && answer.issue.hasPrefix("too-long:"))
    }

    @Test func `a write happens only to the version that it names`() async throws {
        let test = try TestAPI()
        func put(_ headers: HTTPHeaders, _ family: String) async throws -> Answer {
            try await test.send(.put, "/fhir/Patient/a", headers: headers, body: Samples.patient("a", family: family))
        }
        #expect(try await put(["If-Match": "W/\"1\""], "A").status == .preconditionFailed)
        #expect(try await put(["If-Match": "*"], "A").status == .preconditionFailed)
        #expect(try await put(["If-None-Match": "*"], "A").status == .created)
        #expect(try await put(["If-None-Match": "*"], "B").status == .preconditionFailed)
        #expect(try await put(["If-Match": "W/\"1\""], "B").status == .ok)
        let late = try await put(["If-Match": "W/\"1\""], "C")
        #expect(late.status == .preconditionFailed && late.issue.hasPrefix("conflict:"))
        #expect(try await put(["If-Match": "\"2\""], "C").status == .ok)
        #expect(try await put(["If-Match": "W/\"1\", W/\"3\""], "D").status == .ok)
        #expect(try await put(["If-Match": "W/\"1\", W/\"3\""], "E").status == .preconditionFailed)
        #expect(try await put(["If-Match": "W/\"x\""], "E").status == .preconditionFailed)
        #expect(try await put(["If-Match": "nonsense"], "E").status == .badRequest)
        #expect(try await put(["If-Match": "*"], "E").status == .ok)
        #expect(try await test.get("/fhir/Patient/a").headers["ETag"] == "W/\"5\"")
        let stale = try await test.send(.delete, "/fhir/Patient/a", headers: ["If-Match": "W/\"4\""])
        #expect(stale.status == .preconditionFailed)
        #expect(try await test.send(.delete, "/fhir/Patient/a", headers: ["If-Match": "W/\"5\""]).status == .noContent)
        #expect(try await put(["If-Match": "W/\"6\""], "F").status == .preconditionFailed)
    }

    @Test func `a deletion can be repeated and undone by an update`() async throws {
        let test = try TestAPI()
        #expect(try await test.send(.delete, "/fhir/Patient/a").status == .noContent)
        try await test.put(Samples.patient("a"))
        let deleted = try await test.send(.delete, "/fhir/Patient/a")
        #expect(deleted.status == .noContent && deleted.headers["ETag"] == "W/\"2\"" && deleted.bytes.isEmpty)
        #expect(try await test.send(.delete, "/fhir/Patient/a").status == .noContent)
        #expect(try await test.ids("/fhir/Patient").isEmpty)
        let again = try await test.send(.put, "/fhir/Patient/a", body: Samples.patient("a"))
        #expect(again.status == .created && again.headers["ETag"] == "W/\"3\"")
        #expect(try await test.ids("/fhir/Patient") == ["a"])
        #expect(try await test.send(.delete, "/fhir/Patient/a_b").status == .badRequest)
        #expect(try await test.send(.delete, "/fhir/Patent/a").status == .notFound)
    }

    @Test func `of writes to one version at once exactly one wins`() async throws {
        let test = try TestAPI()
        var tag = try await test.put(Samples.patient("a", family: "Start"))[0]
        for round in 0..<20 {
            let seen = tag
            let winners = try await withThrowingTaskGroup(of: String?.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        let answer = try await test.send(
                            .put, "/fhir/Patient/a", headers: ["If-Match": seen],
                            body: Samples.patient("a", family: "Round\(round)Writer\(writer)"))
                        if answer.status == .preconditionFailed { return nil }
                        guard answer.status == .ok else { throw Unexpected(text: answer.text) }
                        return answer.headers["ETag"]
                    }
                }
                return try await group.reduce(into: [String]()) { all, one in one.map { all.append($0) } }
            }
            #expect(winners.count == 1)
            tag = try #require(winners.first)
        }
        let history = try await test.get("/fhir/Patient/a/_history?_count=100")
        #expect(history.json["total"].number == 21)
    }

    @Test func `a conditional reference becomes the one resource it describes`() async throws {
        let test = try TestAPI()
        try await test.put(Samples.practitioner("p", npi: "1"), Samples.practitioner("q", npi: "2"))
        try await test.put(Samples.practitioner("r", npi: "2"))
        func encounter(_ reference: String) -> String {
            #"{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"participant":[{"individual":"#
                + #"{"reference":"\#(reference)"}},{"individual":{"reference":"Practitioner/literal"}}]}"#
        }
        let good = try await test.send(
            .post, "/fhir/Encounter", body: encounter("Practitioner?identifier=http://npi%7C1"))
        #expect(good.status == .created, "\(good.text)")
        #expect(good.json["participant"][0]["individual"]["reference"].text == "Practitioner/p")
        #expect(good.json["participant"][1]["individual"]["reference"].text == "Practitioner/literal")
        for (reference, word) in [
            ("Practitioner?identifier=http://npi|9", "no resource"),
            ("Practitioner?identifier=http://npi|2", "more than one"),
            ("Practitioner?nonsense=1", "nonsense"), ("Practitioner?", "nothing to search by"),
            ("Practitioner?_count=1", "nothing to search by"), ("Practitioner?identifier=%zz", "escape"),
        ] {
            let bad = try await test.send(.post, "/fhir/Encounter", body: encounter(reference))
            #expect(bad.status == .preconditionFailed && bad.issue.contains(word), "\(bad.text)")
            #expect(bad.issue.contains(reference))
        }
        #expect(try await test.ids("/fhir/Encounter").count == 1)
    }

    @Test func `what is not served is refused instead of done otherwise`() async throws {
        let test = try TestAPI()
        #expect(try await test.send(.put, "/fhir/Patient/a?x=1", body: Samples.patient("a")).status == .badRequest)
    }
}
