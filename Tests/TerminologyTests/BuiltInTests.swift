import Base
import Foundation
import JSONTape
import Terminology
import TestSupport
import Testing

@Suite struct BuiltInTests {
    private let terminology: Terminology

    init() throws {
        terminology = try Shared.terminology()
    }

    private func expansion(_ url: String, flat: Bool = true) throws -> ExpansionResult {
        var request = ExpansionRequest(.address(url))
        request.excludesNested = flat
        return try terminology.expand(request)
    }

    @Test func `the table holds every code system and value set of R4`() throws {
        #expect(terminology.builtIn.codeSystemURLs.count == 1062)
        #expect(terminology.builtIn.valueSetURLs.count == 1316)
    }

    @Test func `administrative gender has its four codes in order`() throws {
        let result = try expansion("http://hl7.org/fhir/ValueSet/administrative-gender")
        #expect(result.entries.map(\.code) == ["male", "female", "other", "unknown"])
        #expect(result.entries.map(\.display) == ["Male", "Female", "Other", "Unknown"])
        #expect(Set(result.entries.map(\.system)) == ["http://hl7.org/fhir/administrative-gender"])
        #expect(result.total == 4 && result.header.version == "4.0.1")
    }

    @Test func `observation status has its eight codes in the flat order of the specification`() throws {
        let result = try expansion("http://hl7.org/fhir/ValueSet/observation-status|4.0.1")
        #expect(
            result.entries.map(\.code) == [
                "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error",
                "unknown",
            ])
    }

    @Test func `a corrected observation is a kind of amended one`() throws {
        let system = "http://hl7.org/fhir/observation-status"
        #expect(try terminology.subsumes(system: system, "amended", "corrected") == .subsumes)
        #expect(try terminology.subsumes(system: system, "corrected", "amended") == .subsumedBy)
        #expect(try terminology.subsumes(system: system, "final", "amended") == .notSubsumed)
        #expect(try terminology.subsumes(system: system, "final", "final") == .equivalent)
    }

    @Test func `condition clinical status comes as the tree of the specification`() throws {
        let tree = try expansion("http://hl7.org/fhir/ValueSet/condition-clinical", flat: false)
        #expect(tree.entries.map(\.code) == ["active", "inactive"])
        #expect(
            tree.entries.map { $0.contains.map(\.code) } == [["recurrence", "relapse"], ["remission", "resolved"]])
        #expect(tree.total == 6)
        let below = try terminology.descendants(
            of: SystemCode(system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code: "active"))
        #expect(below.map(\.code) == ["active", "recurrence", "relapse"])
        let above = try terminology.ancestors(
            of: SystemCode(system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code: "resolved"))
        #expect(Set(above.map(\.code)) == ["inactive", "resolved"])
    }

    @Test func `encounter classes are the descendants of one concept of v3 ActCode`() throws {
        let result = try expansion("http://terminology.hl7.org/ValueSet/v3-ActEncounterCode")
        let codes = Set(result.codes.map(\.code))
        // The concept itself, which only groups, is excluded by the definition.
        #expect(
            codes == ["AMB", "EMER", "FLD", "HH", "IMP", "ACUTE", "NONAC", "OBSENC", "PRENC", "SS", "VR"])
        let whole = try expansion("http://terminology.hl7.org/ValueSet/v3-ActCode")
        #expect(whole.entries.first { $0.code == "_ActEncounterCode" }?.isAbstract == true)
        #expect(
            try terminology.subsumes(
                system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", "IMP", "ACUTE") == .subsumes)
    }

    @Test func `a concept with several parents stands below each of them`() throws {
        // NMTH is nested under MTH; NPRN names it in a property `child`.
        let system = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
        let code = SystemCode(system: system, code: "NMTH")
        let above = Set(try terminology.ancestors(of: code).map(\.code))
        #expect(above.isSuperset(of: ["NMTH", "MTH", "NPRN", "PRN", "FAMMEMB"]))
        let model = try #require(try terminology.codeSystem(system))
        #expect(Set(try #require(model.concept("NMTH")).parents.map(\.code)) == ["MTH", "NPRN"])
    }

    @Test func `a filter that leaves a branch out leaves it out`() throws {
        let codes = try terminology.codes(in: "http://hl7.org/fhir/ValueSet/patient-contactrelationship")
        #expect(codes.map(\.code) == ["BP", "C", "CP", "E", "EP", "F", "I", "N", "PR", "S", "U"])
    }

    @Test func `a display is given in the language asked for`() throws {
        var request = ExpansionRequest(.address("http://terminology.hl7.org/ValueSet/v2-0003"))
        request.languages = LanguagePreference("de-CH, en;q=0.5")
        let first = try #require(try terminology.expand(request).entries.first)
        #expect(first.code == "A01" && first.display == "stationäre Aufnahme")
        let found = try terminology.lookup(
            system: "http://hl7.org/fhir/resource-types", code: "Account", languages: LanguagePreference("es"))
        #expect(found.display == "Cuenta")
        #expect(found.properties.contains { $0.code == "definition" })
    }

    @Test func `a value set of all codes that only its code system names is found`() throws {
        let expanded = try expansion("http://hl7.org/fhir/ValueSet/dicom-dcim")
        #expect(expanded.total > 3_000)
    }

    @Test func `what is said of an external system without its codes is unknown, and names it`() throws {
        let snomed = "http://snomed.info/sct"
        let set = "http://hl7.org/fhir/ValueSet/condition-code"
        let membership = try terminology.contains(system: snomed, code: "73211009", valueSet: set)
        #expect(membership.reason?.detail.contains(snomed) == true)
        #expect(try terminology.contains(system: "http://loinc.org", code: "1", valueSet: set).isNotMember)
        #expect(refusal { _ = try expansion(set) }.contains(snomed))
    }

    @Test func `listed codes of an external system are members`() throws {
        let set = "http://hl7.org/fhir/ValueSet/observation-vitalsignresult"
        #expect(try terminology.contains(system: "http://loinc.org", code: "8867-4", valueSet: set).isMember)
        #expect(try terminology.contains(system: "http://loinc.org", code: "0-0", valueSet: set).isNotMember)
    }

    @Test func `a version that is not held is not found`() throws {
        let url = "http://hl7.org/fhir/ValueSet/administrative-gender|9.9"
        #expect(refusal { _ = try terminology.codes(in: url) }.hasPrefix("not-found"))
    }

    /// The codes of a value set; `nil` if some are not held.
    private func codes(ofWhole url: String) throws -> [SystemCode]? {
        let codes = Result { () throws(TerminologyError) in try terminology.codes(in: url) }
        if case .failure(let error) = codes, error.code == .notSupported { return nil }
        return try codes.get()
    }

    @Test func `every code that an expansion enumerates validates`() throws {
        var expanded = 0
        for url in terminology.builtIn.valueSetURLs {
            guard let codes = try codes(ofWhole: url) else { continue }
            expanded += 1
            let members = try terminology.members(of: url)
            for code in codes where !members.contains(system: code.system, code: code.code).isMember {
                Issue.record("\(url) lists \(code) and does not contain it")
            }
            #expect(members.contains(system: "urn:none", code: "none").isNotMember)
        }
        #expect(expanded > 1_200)
    }

    @Test(.enabled(if: SharedData.has("data/fhir-r4/definitions.zip"), "needs shared/data/fhir-r4/definitions.zip"))
    func `every definition of the archive is in the table as it is in the archive`() throws {
        let archive = try #require(SharedData.file("data/fhir-r4/definitions.zip"))
        let folder = FileManager.default.temporaryDirectory.appending(path: "terminology-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let unzip = Process()
        unzip.executableURL = URL(filePath: "/usr/bin/unzip")
        unzip.arguments = ["-qq", archive.path, "valuesets-and-codesystems.json", "-d", folder.path]
        try unzip.run()
        unzip.waitUntilExit()
        let bytes = Array(try Data(contentsOf: folder.appending(path: "valuesets-and-codesystems.json")))
        var compared = 0
        try JSONDocument(bytes).withRoot { bundle in
            for entry in try #require(bundle.member("entry")).elements {
                let resource = try #require(entry.member("resource"))
                let url = try #require(resource.member("url")?.string)
                if resource.member("resourceType")?.string == "CodeSystem" {
                    let read = try CodeSystemModel(resource)
                    guard read.content != .supplement else { continue }
                    let known = try #require(try terminology.builtIn.codeSystem(Canonical(url)))
                    #expect(Self.text(of: known) == Self.text(of: read), "\(url)")
                } else {
                    let known = try #require(try terminology.builtIn.valueSet(Canonical(url)))
                    let read = try ValueSetModel(resource)
                    #expect(known.header == read.header, "\(url)")
                    // The table leaves out expansions, which four examples have.
                    if resource.member("expansion") == nil {
                        let known = try Self.entries(.address(url), terminology)
                        #expect(try known == Self.entries(.given(read), terminology), "\(url)")
                    }
                }
                compared += 1
            }
        }
        #expect(compared == 2377)
    }

    private static func entries(_ question: ValueSetQuestion, _ terminology: Terminology) throws -> String {
        var request = ExpansionRequest(question)
        request.includesDesignations = true
        let result = Result { () throws(TerminologyError) in try terminology.expand(request) }
        if case .failure(let error) = result, error.code == .notSupported { return error.detail }
        let writer = ByteWriter()
        try result.get().write(timestamp: "2026-01-01", to: writer)
        return String(decoding: writer.copy(), as: UTF8.self)
    }

    private static func text(of system: CodeSystemModel) -> String {
        func plain(_ text: String?) -> String {
            (text ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        var lines = ["\(system.header) \(system.content) \(system.isCaseSensitive) \(system.hierarchyMeaning ?? "")"]
        for number in 0..<system.count {
            let concept = system.concept(at: number)
            var line = "\(concept.code) \(plain(concept.display)) \(plain(concept.definition))"
            line += " \(concept.isAbstract) \(concept.isInactive) \(concept.parents.map(\.code))"
            line += " \(concept.designations.map { "\($0.language ?? "") \($0.use?.code ?? "") \(plain($0.value))" })"
            line += " \(concept.properties)"
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }
}
