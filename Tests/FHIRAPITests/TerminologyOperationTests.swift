import Base
import FHIRAPI
import HTTP
import Testing

@Suite struct TerminologyOperationTests {
    private static let genders = "http://hl7.org/fhir/ValueSet/administrative-gender"
    private static let genderSystem = "http://hl7.org/fhir/administrative-gender"
    private static let animals = """
        {"resourceType":"CodeSystem","id":"animals","url":"urn:animals","version":"1","status":"active",
        "content":"complete","concept":[{"code":"bird","display":"Bird","concept":[
        {"code":"swift","display":"Swift","designation":[{"language":"de","value":"Segler"}]},
        {"code":"duck","display":"Duck"}]},{"code":"cat","display":"Cat"}]}
        """

    private static func valueSet(_ id: String, _ url: String, version: String = "1", _ codes: String...) -> String {
        let concepts = codes.map { "{\"code\":\"\($0)\"}" }.joined(separator: ",")
        return """
            {"resourceType":"ValueSet","id":"\(id)","url":"\(url)","version":"\(version)","status":"active","compose":
            {"include":[{"system":"urn:animals","concept":[\(concepts)]}]}}
            """
    }

    private func codes(_ answer: Answer) -> [String] {
        answer.json["expansion"]["contains"].array.map { $0["code"].text }
    }

    /// The value of a parameter in an answer, as text.
    private func parameter(_ answer: Answer, _ name: String) -> String {
        let found = answer.json["parameter"].array.first { $0["name"].text == name }
        for type in ["valueString", "valueCode", "valueUri"] {
            if let text = found?[type].value as? String { return text }
        }
        return (found?["valueBoolean"].value as? Bool).map { "\($0)" } ?? ""
    }

    private static func body(_ parameters: String...) -> String {
        "{\"resourceType\":\"Parameters\",\"parameter\":[\(parameters.joined(separator: ","))]}"
    }

    @Test func `a value set of R4 is expanded by its address`() async throws {
        let test = try TestAPI()
        let answer = try await test.get("/fhir/ValueSet/$expand?url=\(Self.genders)&displayLanguage=en")
        #expect(answer.status == .ok && answer.headers["Content-Type"] == "application/fhir+json")
        #expect(codes(answer) == ["male", "female", "other", "unknown"])
        #expect(answer.json["expansion"]["total"].number == 4 && answer.json["url"].text == Self.genders)
        #expect(answer.json["expansion"]["timestamp"].isThere)
        let some = try await test.get("/fhir/ValueSet/$expand?url=\(Self.genders)&filter=fem")
        #expect(codes(some) == ["female"])
        let page = try await test.get("/fhir/ValueSet/$expand?url=\(Self.genders)&offset=1&count=2")
        #expect(codes(page) == ["female", "other"] && page.json["expansion"]["offset"].number == 1)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `stored definitions are found by url and by id, in the version asked for, as they are now`() async throws
    {
        let test = try TestAPI()
        let url = "urn:set,a|$b"
        let target = "/fhir/ValueSet/$expand?url=urn:set,a%7C$b%7C"
        try await test.put(Self.animals, Self.valueSet("a", url, version: "2", "swift"))
        #expect(codes(try await test.get("/fhir/ValueSet/a/$expand")) == ["swift"])
        #expect(codes(try await test.get(target)) == ["swift"])
        try await test.put(Self.valueSet("b", url, version: "10", "duck"))
        #expect(codes(try await test.get(target)) == ["duck"])
        #expect(codes(try await test.get(target + "2")) == ["swift"])
        try await test.put(Self.valueSet("b", url, version: "10", "cat"))
        #expect(codes(try await test.get(target)) == ["cat"])
        #expect(try await test.send(.delete, "/fhir/ValueSet/b").status.code < 300)
        #expect(codes(try await test.get(target)) == ["swift"])
        #expect(try await test.send(.delete, "/fhir/ValueSet/a").status.code < 300)
        #expect(try await test.get(target).status == .notFound)
        #expect(try await test.get("/fhir/ValueSet/a/$expand").status == .gone)
        #expect(try await test.get("/fhir/ValueSet/never/$expand").status == .notFound)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `one tenant's definitions are nobody else's`() async throws {
        let test = try TestAPI()
        try await test.put(Self.animals, Self.valueSet("a", "urn:set", "swift"))
        let target = "/fhir/ValueSet/$expand?url=urn:set"
        #expect(codes(try await test.get(target)) == ["swift"])
        let other = try await test.send(.get, target, token: TestAPI.otherToken)
        #expect(other.status == .notFound && !other.text.contains("swift"))
        #expect(try await test.send(.get, "/fhir/ValueSet/a/$expand", token: TestAPI.otherToken).status == .notFound)
        #expect(try await test.client.send(.get, target).status == .unauthorized)
    }

    @Test func `a value set in the body is expanded and validated against`() async throws {
        let test = try TestAPI()
        try await test.put(Self.animals)
        let set = "{\"name\":\"valueSet\",\"resource\":\(Self.valueSet("x", "urn:x", "swift", "duck"))}"
        let expanded = try await test.send(
            .post, "/fhir/ValueSet/$expand",
            body: Self.body(
                set, "{\"name\":\"displayLanguage\",\"valueCode\":\"de\"}", "{\"name\":\"count\",\"valueInteger\":1}"))
        #expect(codes(expanded) == ["swift"])
        #expect(expanded.json["expansion"]["contains"][0]["display"].text == "Segler")
        let concept = """
            {"name":"codeableConcept","valueCodeableConcept":{"coding":[{"system":"urn:animals","code":"cat"},
            {"system":"urn:animals","code":"duck","display":"Duck"}]}}
            """
        let valid = try await test.send(.post, "/fhir/ValueSet/$validate-code", body: Self.body(set, concept))
        #expect(parameter(valid, "result") == "true" && parameter(valid, "code") == "duck")
        let coding = "{\"name\":\"coding\",\"valueCoding\":{\"system\":\"urn:animals\",\"code\":\"cat\"}}"
        let wrong = try await test.send(.post, "/fhir/ValueSet/$validate-code", body: Self.body(set, coding))
        #expect(parameter(wrong, "result") == "false" && parameter(wrong, "message").contains("cat"))
        #expect(test.failures.all.isEmpty)
    }

    @Test func `codes are validated by query, with the system inferred or an unknown one named`() async throws {
        let test = try TestAPI()
        let base = "/fhir/ValueSet/$validate-code?url=\(Self.genders)"
        let inferred = try await test.get(base + "&code=female")
        #expect(parameter(inferred, "result") == "true" && parameter(inferred, "system") == Self.genderSystem)
        #expect(parameter(inferred, "display") == "Female")
        let wrong = try await test.get(base + "&code=female&system=\(Self.genderSystem)&display=Man")
        #expect(parameter(wrong, "result") == "false" && parameter(wrong, "message").contains("Female"))
        let unknown = try await test.get("/fhir/CodeSystem/$validate-code?url=http://snomed.info/sct&code=1")
        #expect(parameter(unknown, "result") == "false")
        #expect(parameter(unknown, "x-unknown-system") == "http://snomed.info/sct")
    }

    @Test func `codes of stored code systems are validated, looked up and compared`() async throws {
        let test = try TestAPI()
        try await test.put(Self.animals)
        let valid = try await test.get("/fhir/CodeSystem/animals/$validate-code?code=duck")
        #expect(parameter(valid, "result") == "true" && parameter(valid, "display") == "Duck")
        let wrong = try await test.get("/fhir/CodeSystem/$validate-code?url=urn:animals&code=dog")
        #expect(parameter(wrong, "result") == "false")
        let found = try await test.get("/fhir/CodeSystem/$lookup?system=urn:animals&code=swift&version=1")
        #expect(parameter(found, "display") == "Swift" && parameter(found, "version") == "1")
        #expect(found.text.contains("\"valueCode\":\"bird\"") && found.text.contains("Segler"))
        let missing = try await test.get("/fhir/CodeSystem/$lookup?system=urn:animals&code=dog")
        #expect(missing.status == .notFound && missing.issue.hasPrefix("not-found: Urn:animals has no code dog"))
        let above = try await test.get("/fhir/CodeSystem/$subsumes?system=urn:animals&codeA=bird&codeB=duck")
        #expect(parameter(above, "outcome") == "subsumes")
        let below = try await test.send(
            .post, "/fhir/CodeSystem/animals/$subsumes",
            body: Self.body(
                "{\"name\":\"codingA\",\"valueCoding\":{\"system\":\"urn:animals\",\"code\":\"duck\"}}",
                "{\"name\":\"codeB\",\"valueCode\":\"bird\"}"))
        #expect(parameter(below, "outcome") == "subsumed-by")
        #expect(test.failures.all.isEmpty)
    }

    @Test(arguments: [
        ("ValueSet/$expand", 400, "value"), ("ValueSet/$expand?url=urn:none", 404, "not-found"),
        ("ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/condition-code", 422, "not-supported"),
        ("ValueSet/$expand?url=\(genders)&count=-1", 400, "value"),
        ("ValueSet/$expand?url=\(genders)&count=1&count=2", 400, "value"),
        ("ValueSet/$expand?url=\(genders)&count=999999999", 422, "too-costly"),
        ("ValueSet/$expand?url=\(genders)&activeOnly=yes", 400, "value"),
        ("ValueSet/$expand?url=\(genders)&context=Patient.gender", 400, "not-supported"),
        ("ValueSet/$expand?url=\(genders)&system-version=x", 400, "value"),
        ("ValueSet/$validate-code?url=\(genders)", 400, "value"),
        ("ValueSet/$validate-code?url=\(genders)&code=a&coding=b%7Cc", 400, "value"),
        ("CodeSystem/$lookup?code=a", 400, "value"),
        ("CodeSystem/$lookup?system=urn:none&code=a", 422, "not-supported"),
        ("CodeSystem/$subsumes?system=\(genderSystem)&codeA=male&codeB=x", 422, "code-invalid"),
        ("CodeSystem/$subsumes?codeA=male&codeB=x", 400, "value"),
    ]) func `a question that cannot be answered says why`(_ target: String, _ status: Int, _ code: String) async throws
    {
        let test = try TestAPI()
        let answer = try await test.get("/fhir/" + target)
        #expect(answer.status.code == status, "\(answer.text)")
        #expect(answer.issue.hasPrefix(code + ":"), "\(answer.text)")
        #expect(test.failures.all.isEmpty)
    }

    @Test(arguments: [
        "[]", "{}", "{\"resourceType\":\"ValueSet\"}", "{\"resourceType\":\"Parameters\",\"parameter\":{}}",
        "{\"resourceType\":\"Parameters\",\"parameter\":[1]}", "{\"resourceType\":\"Parameters\",\"parameter\":[{}]}",
        body("{\"name\":\"url\"}"), body("{\"name\":\"url\",\"valueUri\":{}}"), body("{\"name\":\"valueSet\"}"),
        body("{\"name\":\"valueSet\",\"resource\":[]}"), body("{\"name\":\"valueSet\",\"resource\":{}}"),
        body("{\"name\":\"valueSet\",\"resource\":{\"resourceType\":\"ValueSet\",\"compose\":{\"include\":[{}]}}}"),
        body("{\"name\":\"filter\",\"valueString\":\"\"}"), body("{\"name\":\"coding\",\"valueCoding\":{}}"), "{", "",
    ]) func `a body that is none of the operation's is refused`(_ body: String) async throws {
        let test = try TestAPI()
        for path in ["ValueSet/$expand", "ValueSet/$validate-code", "CodeSystem/$subsumes"] {
            let answer = try await test.send(.post, "/fhir/" + path, body: body)
            #expect((400..<500).contains(answer.status.code), "\(path) \(body)")
            #expect(answer.json["resourceType"].text == "OperationOutcome")
        }
        #expect(test.failures.all.isEmpty)
    }

    @Test func `the statement of capabilities names the operations`() async throws {
        let test = try TestAPI()
        let resources = try await test.get("/fhir/metadata").json["rest"][0]["resource"].array
        func operations(_ type: String) -> [String] {
            resources.first { $0["type"].text == type }?["operation"].array.map { $0["name"].text } ?? []
        }
        let ofAll = ["meta", "meta-add", "meta-delete"]
        #expect(operations("ValueSet") == ["expand", "graphql"] + ofAll + ["validate", "validate-code"])
        #expect(operations("CodeSystem") == ["graphql", "lookup"] + ofAll + ["subsumes", "validate", "validate-code"])
    }
}
