import Base
import JSONTape
import Terminology
import Testing

@Suite struct OperationTests {
    private static let act = "http://terminology.hl7.org/ValueSet/v3-ActCode"
    private static let genders = "http://hl7.org/fhir/ValueSet/administrative-gender"
    private static let genderSystem = "http://hl7.org/fhir/administrative-gender"
    private static let clinical = "http://hl7.org/fhir/ValueSet/condition-clinical"
    private static let clinicalSystem = "http://terminology.hl7.org/CodeSystem/condition-clinical"

    private let terminology: Terminology

    init() throws {
        terminology = try Shared.terminology()
    }

    private func validate(_ set: String, _ codings: CodedValue...) throws -> ValidationResult {
        try terminology.validateCode(ValidationRequest(.valueSet(.address(set)), codings))
    }

    @Test func `pages of an expansion together are the whole`() throws {
        let whole = try terminology.codes(in: Self.act)
        var paged: [SystemCode] = []
        var request = ExpansionRequest(.address(Self.act))
        request.count = 100
        repeat {
            request.offset = paged.count
            let page = try terminology.expand(request)
            #expect(page.total == whole.count && page.offset == paged.count && page.entries.count <= 100)
            #expect(page.entries.filter { !$0.contains.isEmpty }.isEmpty)
            paged += page.codes
        } while paged.count < whole.count
        #expect(paged == whole)
        request.offset = nil
        request.count = 0
        let summary = try terminology.expand(request)
        #expect(summary.total == whole.count && summary.entries.isEmpty)
        request.offset = Int.max
        request.count = 5
        #expect(try terminology.expand(request).entries.isEmpty)
    }

    @Test func `a text filter finds words by their beginnings, in codes and displays`() throws {
        var request = ExpansionRequest(.address(Self.act))
        request.filter = "INPAT acu"
        #expect(try terminology.expand(request).codes.contains { $0.code == "ACUTE" })
        request.filter = "npatient"
        #expect(try terminology.expand(request).codes.isEmpty)
        request = ExpansionRequest(.address(Self.genders))
        request.filter = "mal"
        #expect(try terminology.expand(request).codes.map(\.code) == ["male"])
    }

    @Test func `an expansion larger than the limit is refused unless a page is asked for`() throws {
        var limits = TerminologyLimits()
        limits.expansionCodesMax = 100
        let small = try Shared.terminology(limits: limits)
        #expect(refusal { _ = try small.expand(ExpansionRequest(.address(Self.act))) }.hasPrefix("too-costly"))
        #expect(refusal { _ = try small.codes(in: Self.act) }.hasPrefix("too-costly"))
        var request = ExpansionRequest(.address(Self.act))
        request.count = 10
        #expect(try small.expand(request).entries.count == 10)
        limits.visitsMax = 50
        #expect(
            refusal { _ = try Shared.terminology(limits: limits).expand(request) }.hasPrefix("too-costly"))
    }

    @Test func `what a client leaves out of an expansion is left out`() throws {
        var request = ExpansionRequest(.address(Self.act))
        request.excludesAbstract = true
        #expect(try !terminology.expand(request).codes.contains { $0.code.hasPrefix("_ActEncounter") })
        request = ExpansionRequest(.address(Self.genders))
        request.excludedSystems = [Self.genderSystem]
        #expect(try terminology.expand(request).total == 0)
        request.excludedSystems = [Self.genderSystem + "|3.0"]
        #expect(try terminology.expand(request).total == 4)
        request = ExpansionRequest(.address("http://terminology.hl7.org/ValueSet/v3-RoleCode"))
        let all = try terminology.expand(request).total
        request.activeOnly = true
        #expect(try terminology.expand(request).total < all)
    }

    @Test func `versions can be set, checked and forced`() throws {
        var request = ExpansionRequest(.address(Self.genders))
        request.versions.checked = [Self.genderSystem: "4.0.1"]
        #expect(try terminology.expand(request).total == 4)
        request.versions.forced = [Self.genderSystem: "5.0.0"]
        #expect(refusal { _ = try terminology.expand(request) }.contains("|5.0.0"))
        request.versions.forced = [:]
        request.versions.defaults = [Self.genderSystem: "3.0.1"]
        #expect(refusal { _ = try terminology.expand(request) }.hasPrefix("invalid: version 3.0.1"))
    }

    @Test func `expansions and answers are resources without fault`() throws {
        var request = ExpansionRequest(.address("http://terminology.hl7.org/ValueSet/v2-0003"))
        request.includesDesignations = true
        request.includesDefinition = true
        let writer = ByteWriter()
        for set in [Self.act, Self.genders, Self.clinical, "http://terminology.hl7.org/ValueSet/v2-0003"] {
            request.valueSet = .address(set)
            writer.removeAll()
            try terminology.expand(request).write(
                timestamp: "2026-01-01T00:00:00Z", identifier: "urn:uuid:3f4a", to: writer)
            #expect(try Shared.findings(writer) == [])
        }
        writer.removeAll()
        try terminology.lookup(system: "http://terminology.hl7.org/CodeSystem/v2-0003", code: "A01").write(to: writer)
        #expect(try Shared.findings(writer) == [])
        writer.removeAll()
        try validate(Self.genders, CodedValue(code: "nobody")).write(to: writer)
        #expect(try Shared.findings(writer) == [])
        writer.removeAll()
        SubsumptionOutcome.subsumedBy.write(to: writer)
        #expect(try Shared.findings(writer) == [])
        #expect(
            String(decoding: writer.copy(), as: UTF8.self)
                == """
                {"resourceType":"Parameters","parameter":[{"name":"outcome","valueCode":"subsumed-by"}]}
                """)
    }

    @Test func `a code of the value set is valid and gets its display`() throws {
        let result = try validate(Self.genders, CodedValue(system: Self.genderSystem, code: "female"))
        #expect(result.isValid && result.display == "Female" && result.message == nil)
    }

    @Test func `the system of a code is inferred where only one can be meant`() throws {
        let result = try validate(Self.genders, CodedValue(code: "female"))
        #expect(result.isValid && result.coding.system == Self.genderSystem)
        let twice = try Shared.valueSet(
            """
            {"resourceType":"ValueSet","compose":{"include":[{"system":"urn:a","concept":[{"code":"x"}]},
            {"system":"urn:b","concept":[{"code":"x"}]}]}}
            """)
        let unclear = try terminology.validateCode(
            ValidationRequest(.valueSet(.given(twice)), [CodedValue(code: "x")]))
        #expect(!unclear.isValid && unclear.message?.contains("urn:a, urn:b") == true)
    }

    @Test func `a wrong code, a wrong system and an unknown system are told apart`() throws {
        let wrong = try validate(Self.genders, CodedValue(system: Self.genderSystem, code: "femal"))
        #expect(wrong.membership.isNotMember && wrong.message?.contains("no such code") == true)
        let elsewhere = try validate(Self.genders, CodedValue(system: "urn:x", code: "female"))
        #expect(elsewhere.membership.isNotMember)
        let unknown = try terminology.validateCode(
            ValidationRequest(.codeSystem(nil), [CodedValue(system: "http://snomed.info/sct", code: "1")]))
        #expect(unknown.membership.reason != nil && !unknown.isValid)
        #expect(unknown.message?.contains("http://snomed.info/sct") == true)
    }

    @Test func `a wrong display is refused with the right one`() throws {
        let result = try validate(Self.genders, CodedValue(system: Self.genderSystem, code: "female", display: "Male"))
        #expect(!result.isValid && result.membership.isMember)
        #expect(result.message?.contains("\"Female\"") == true)
        #expect(
            try validate(Self.genders, CodedValue(system: Self.genderSystem, code: "female", display: " FEMALE "))
                .isValid)
    }

    @Test func `a code that only groups others is refused where that is asked`() throws {
        let coding = CodedValue(
            system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "_ActEncounterCode")
        var request = ValidationRequest(.valueSet(.address(Self.act)), [coding])
        #expect(try terminology.validateCode(request).isValid)
        request.allowsAbstract = false
        #expect(try !terminology.validateCode(request).isValid)
    }

    @Test func `one right coding makes a concept right`() throws {
        let right = CodedValue(system: Self.clinicalSystem, code: "relapse")
        let wrong = CodedValue(system: Self.clinicalSystem, code: "gone")
        let other = CodedValue(system: "urn:x", code: "relapse")
        #expect(try validate(Self.clinical, wrong, other, right).isValid)
        let none = try validate(Self.clinical, wrong, other)
        #expect(!none.isValid && none.message?.contains("gone") == true && none.message?.contains("urn:x") == true)
        #expect(refusal { _ = try validate(Self.clinical) }.hasPrefix("invalid"))
    }

    @Test func `a look-up tells what the definition has`() throws {
        let found = try terminology.lookup(system: Self.clinicalSystem + "|4.0.1", code: "active")
        #expect(
            found.display == "Active" && found.version == "4.0.1" && found.name == "Condition Clinical Status Codes")
        #expect(found.properties.filter { $0.code == "child" }.map(\.value) == ["recurrence", "relapse"])
        let some = try terminology.lookup(system: Self.clinicalSystem, code: "relapse", properties: ["parent"])
        #expect(some.properties.map(\.value) == ["active"] && some.properties.first?.display == "Active")
        #expect(
            refusal { _ = try terminology.lookup(system: Self.clinicalSystem, code: "x") }.hasPrefix("not-found"))
        #expect(refusal { _ = try terminology.lookup(system: "urn:x", code: "x") }.hasPrefix("not-supported"))
    }

    @Test func `a hierarchy that means something else than kinds subsumes nothing`() throws {
        let parts = """
            {"resourceType":"CodeSystem","url":"urn:parts","status":"active","content":"complete",
            "hierarchyMeaning":"part-of","concept":[{"code":"arm","concept":[{"code":"hand"}]}]}
            """
        let terminology = try Shared.terminology([parts])
        #expect(
            refusal { _ = try terminology.subsumes(system: "urn:parts", "arm", "hand") }.hasPrefix("not-supported"))
        #expect(refusal { _ = try self.terminology.subsumes(system: "urn:x", "a", "b") }.hasPrefix("not-supported"))
        #expect(
            refusal { _ = try self.terminology.subsumes(system: Self.clinicalSystem, "active", "b") }
                .hasPrefix("code-invalid"))
    }
}
