import FHIR
import JSONTape
import Testing
import Validation

/// R4's rules beyond structure, one by one.
@Suite struct RuleTests {
    @Test func `a finding has severity, code, place, line and column`() throws {
        let found = try Validated(
            """
            {"resourceType":"Observation",
              "status":"final",
              "code":{"text":"x"},
              "valueQuantity":{"value":1,
                "code":"kg"}}
            """)
        let error = try #require(found.errors.first)
        #expect(found.errors.count == 1)
        #expect(error.rule == "qty-3" && error.code == .invariant)
        #expect(error.location == "Observation.value.ofType(Quantity)")
        #expect(error.line == 4 && error.column == 19)
    }

    @Test func `parts without what they need are errors here`() throws {
        let found = try Validated("{\"resourceType\":\"Patient\",\"link\":[{\"type\":\"seealso\"}]}")
        #expect(found.summary == ["required Patient.link[0].other"])
    }

    @Test func `references point at types that are allowed`() throws {
        func observation(_ subject: String) -> String {
            "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":\(subject)}"
        }
        #expect(try Validated(observation("{\"reference\":\"Patient/1\"}")).summary == [])
        #expect(
            try Validated(observation("{\"reference\":\"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0\"}")).summary
                == [])
        #expect(
            try Validated(observation("{\"reference\":\"Medication/1\"}")).summary
                == ["structure Observation.subject.reference"])
        #expect(
            try Validated(observation("{\"type\":\"Medication\",\"display\":\"x\"}")).summary
                == ["structure Observation.subject.type"])
        #expect(
            try Validated(observation("{\"reference\":\"#p\"}")).summary == ["invariant Observation.subject.reference"])
    }

    @Test func `contained resources keep their rules`() throws {
        func patient(_ contained: String, _ reference: String) -> String {
            """
            {"resourceType":"Patient","contained":[\(contained)],"managingOrganization":{"reference":"\(reference)"}}
            """
        }
        let good = "{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"x\"}"
        #expect(try Validated(patient(good, "#o")).summary == [])
        #expect(try Validated(patient(good, "Organization/1")).errors.map(\.rule) == ["dom-3"])
        let nested = "{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"x\",\"contained\":[\(good)]}"
        #expect(try Validated(patient(nested, "#o")).errors.contains { $0.rule == "dom-2" })
        let versioned = "{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"x\",\"meta\":{\"versionId\":\"1\"}}"
        #expect(try Validated(patient(versioned, "#o")).errors.map(\.rule) == ["dom-4"])
        let practitioner = "{\"resourceType\":\"Practitioner\",\"id\":\"o\"}"
        #expect(
            try Validated(patient(practitioner, "#o")).summary == ["structure Patient.managingOrganization.reference"])
    }

    @Test func `entries of Bundles have what their type of Bundle demands`() throws {
        func bundle(_ type: String, _ entry: String) -> String {
            "{\"resourceType\":\"Bundle\",\"type\":\"\(type)\",\"entry\":[{\(entry)}]}"
        }
        let patient = "\"resource\":{\"resourceType\":\"Patient\",\"id\":\"a\"}"
        #expect(try Validated(bundle("collection", patient)).summary == [])
        #expect(try Validated(bundle("transaction", patient)).errors.map(\.rule) == ["bdl-3"])
        let other = patient + ",\"fullUrl\":\"http://example.org/fhir/Patient/b\""
        #expect(try Validated(bundle("collection", other)).summary == ["invalid Bundle.entry[0].fullUrl"])
        let subject = """
            "fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0","resource":{"resourceType":"Encounter",
            "status":"finished","class":{"code":"x"},"subject":{
            "reference":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}}
            """
        #expect(
            try Validated(bundle("collection", subject)).summary
                == ["structure Bundle.entry[0].resource.subject.reference"])
    }

    @Test func `codes come from the value sets that they must come from`() throws {
        func allergy(_ code: String) -> String {
            """
            {"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"clinicalStatus":{"coding":[{
             "system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"\(code)"}]}}
            """
        }
        #expect(try Validated(allergy("active")).summary == [])
        #expect(
            try Validated(allergy("asleep")).summary.contains("code-invalid AllergyIntolerance.clinicalStatus"))
    }

    @Test func `what many invariants cost together is bounded`() throws {
        let codings = (0..<100).map { "{\"system\":\"urn:s\",\"code\":\"c\($0)\"}" }.joined(separator: ",")
        let other = "{\"code\":{\"coding\":[{\"system\":\"urn:s\",\"code\":\"x\"}]}}"
        let parts = Array(repeating: other, count: 100).joined(separator: ",")
        let observation = """
            {"resourceType":"Observation","status":"final","code":{"coding":[\(codings)]},"valueInteger":1,
             "component":[\(parts)]}
            """
        let entries = Array(repeating: "{\"resource\":\(observation)}", count: 20).joined(separator: ",")
        let bundle = Array("{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[\(entries)]}".utf8)
        var options = ValidationOptions()
        let rules = try Shared.rules.get()
        func codes() throws -> [ValidationFinding.Code] {
            let validator = ResourceValidator(rules, options: options, now: Shared.now)
            var findings: [ValidationFinding] = []
            var references: [ReferenceSite] = []
            try JSONDocument(bundle, names: rules.definitions.names).withRoot { root in
                _ = validator.validate(root, findings: &findings, references: &references)
            }
            return findings.filter { $0.severity == .error }.map(\.code)
        }
        #expect(try codes() == [])
        options.stepsOfAllMax = 50_000
        #expect(try Set(codes()) == [.tooCostly])
    }

    @Test func `text that is hostile is answered with findings`() throws {
        for text in ["[]", "1", "{}", "{\"resourceType\":1}", "{\"resourceType\":\"Patient\",\"contained\":[1,[],{}]}"]
        {
            #expect(try !Validated(text).errors.isEmpty)
        }
    }
}
