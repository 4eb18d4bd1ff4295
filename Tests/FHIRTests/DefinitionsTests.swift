import Base
import FHIR
import Foundation
import JSONTape
import TestSupport
import Testing

@Suite struct DefinitionsTests {
    private let definitions: Definitions

    init() throws {
        definitions = try Shared.definitions.get()
    }

    private func type(_ name: String) throws -> TypeFacts {
        definitions[try #require(definitions.type(named: name))]
    }

    private func threadNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    @Test func `loading is quick`() throws {
        var nanoseconds = UInt64.max
        // This thread's own time, the least of several: other tests run at the same time.
        for _ in 0..<5 {
            let start = threadNanoseconds()
            _ = try Definitions.load()
            nanoseconds = min(nanoseconds, threadNanoseconds() - start)
        }
        let milliseconds = Double(nanoseconds) / 1e6
        print("definitions loaded in \(milliseconds) ms of processor time")
        // Some 7 ms where this was written, and 20 ms is the target; the bound leaves room for slow and busy machines.
        #if !DEBUG
            #expect(milliseconds < 200)
        #endif
    }

    @Test func `a patient's elements are inherited and its own, choices spread out`() throws {
        let patient = try type("Patient")
        #expect(patient.kind == .resource)
        #expect(
            patient.elements.prefix(8).map(\.name) == [
                "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension",
            ])
        #expect(patient.choices(named: "deceased").map(\.name) == ["deceasedBoolean", "deceasedDateTime"])
        let name = try #require(patient.element(named: "name"))
        #expect(name.isArray && definitions[name.type].name == "HumanName")
        #expect(patient.element(numbered: name.nameNumber)?.name == "name")
        let birthDate = try #require(patient.element(named: "birthDate"))
        #expect(birthDate.primitiveExtensionNumber == definitions.names.number(of: "_birthDate"))
        #expect(definitions.shape(of: patient.id, numbered: birthDate.primitiveExtensionNumber)?.isExtension == true)
        #expect(patient.element(numbered: definitions.names.number(of: "valueQuantity")) == nil)
        let practitioner = try #require(patient.element(named: "generalPractitioner"))
        #expect(
            Set(practitioner.targets.map { definitions[$0].name }) == [
                "Organization", "Practitioner", "PractitionerRole",
            ]
        )
    }
}

@Suite struct DefinitionsContentTests {
    private let definitions: Definitions

    init() throws {
        definitions = try Shared.definitions.get()
    }

    private func id(_ name: String) throws -> TypeID {
        try #require(definitions.type(named: name))
    }

    @Test func `all types of R4 are there`() throws {
        #expect(definitions.concreteResourceTypes.count == 146)
        #expect(definitions.types.filter { $0.kind == .primitive }.count == 20)
        #expect(definitions.types.filter { $0.kind == .primitive }.allSatisfy { $0.primitive != nil })
        #expect(
            definitions.types.filter { $0.isAbstract }.map(\.name).sorted() == [
                "BackboneElement", "DomainResource", "Element", "Resource",
            ])
        for (place, type) in definitions.types.enumerated() {
            #expect(type.id.raw == UInt16(place))
            #expect(definitions.type(named: type.name) == type.id)
            #expect(definitions.names.names.count < 10_000)
        }
    }

    @Test func `types know what they derive from`() throws {
        #expect(try definitions.isSubtype(id("Patient"), of: id("DomainResource")))
        #expect(try definitions.isSubtype(id("Patient"), of: id("Resource")))
        #expect(try !definitions.isSubtype(id("Bundle"), of: id("DomainResource")))
        #expect(try definitions.isSubtype(id("Age"), of: id("Quantity")))
        #expect(try definitions.isSubtype(id("markdown"), of: id("string")))
        #expect(try definitions.isSubtype(id("Patient.contact"), of: id("BackboneElement")))
        #expect(try definitions.isSubtype(id("Timing.repeat"), of: id("Element")))
        #expect(try !definitions.isSubtype(id("Timing.repeat"), of: id("BackboneElement")))
        #expect(try !definitions.isSubtype(id("Element"), of: id("Patient")))
    }

    @Test func `elements that refer to others' content have their type`() throws {
        let component = definitions[try id("Observation.component")]
        let range = try #require(component.element(named: "referenceRange"))
        #expect(try range.type == id("Observation.referenceRange"))
        #expect(range.isArray)
        let item = definitions[try id("Questionnaire.item")]
        #expect(item.element(named: "item")?.type == item.id)
    }

    @Test func `every element is found by its number, and its extension by its own`() {
        for type in definitions.types {
            for element in type.elements {
                #expect(definitions.names.number(of: element.name) == element.nameNumber)
                #expect(type.element(numbered: element.nameNumber)?.name == element.name)
                guard element.primitiveExtensionNumber != 0 else { continue }
                #expect(definitions.names.number(of: "_" + element.name) == element.primitiveExtensionNumber)
                #expect(type.element(numbered: element.primitiveExtensionNumber) == nil)
                let shape = definitions.shape(of: type.id, numbered: element.primitiveExtensionNumber)
                #expect(shape?.isExtension == true && shape?.nameNumber == element.nameNumber)
            }
        }
    }

    @Test func `resource types are found by bytes`() {
        func found(_ name: String) -> String? {
            Array(name.utf8).withUnsafeBytes { definitions.resourceType(named: $0) }.map { definitions[$0].name }
        }
        for type in definitions.concreteResourceTypes {
            #expect(found(definitions[type].name) == definitions[type].name)
        }
        for name in ["", "Pati", "Patients", "Resource", "DomainResource", "HumanName", "patient"] {
            #expect(found(name) == nil)
        }
    }

    @Test func `required bindings know their codes and systems`() throws {
        let gender = try #require(definitions[try id("Patient")].element(named: "gender")?.binding)
        func contains(_ code: String, _ binding: BindingID) -> Bool {
            Array(code.utf8).withUnsafeBytes { definitions.contains($0, in: binding) }
        }
        #expect(["male", "female", "other", "unknown"].allSatisfy { contains($0, gender) })
        #expect(!contains("final", gender) && !contains("", gender) && !contains("m", gender))
        #expect(definitions[gender].system(of: "male") == "http://hl7.org/fhir/administrative-gender")
        for binding in definitions.bindings {
            for code in binding.systems.flatMap(\.codes) { #expect(contains(code, binding.id)) }
        }
    }

    @Test func `all search parameters are there, those of the bases included`() throws {
        #expect(definitions.searchParameters.count == 1400)
        let observation = try id("Observation")
        let codes = definitions.searchParameters(of: observation).map(\.code)
        #expect(Set(["_id", "_lastUpdated", "_text", "code", "patient", "value-quantity"]).isSubset(of: codes))
        let patient = try #require(definitions.searchParameter("patient", of: observation))
        #expect(patient.type == .reference)
        #expect(try Set(patient.targets) == [id("Patient"), id("Group")])
        let composite = try #require(definitions.searchParameter("code-value-quantity", of: observation))
        #expect(composite.type == .composite)
        #expect(
            composite.components.map { definitions.searchParameters[Int($0.parameter)].code } == [
                "code", "value-quantity",
            ])
        #expect(definitions.searchParameter("nonsense", of: observation) == nil)
        let noResult = definitions.searchParameter("identifier", of: try id("HumanName"))
        #expect(noResult == nil)
    }

    @Test func `compartments name their parameters, and every one of these exists`() throws {
        #expect(try definitions.patientCompartmentParameters(of: id("Observation")) == ["subject", "performer"])
        #expect(try definitions.compartmentParameters("Encounter", of: id("Observation")) == ["encounter"])
        #expect(try definitions.patientCompartmentParameters(of: id("Medication")) == [])
        for type in definitions.concreteResourceTypes {
            for compartment in ["Patient", "Encounter", "Practitioner", "RelatedPerson", "Device"] {
                for code in definitions.compartmentParameters(compartment, of: type) {
                    #expect(
                        definitions.searchParameter(code, of: type)?.type == .reference,
                        "\(definitions[type].name) \(code)")
                }
            }
        }
    }

    @Test(.enabled(if: SharedData.has("data/fhir-r4/definitions.zip"), "needs shared/data/fhir-r4/definitions.zip"))
    func `the table is what the tool makes of the definitions`() throws {
        let zip = try #require(SharedData.file("data/fhir-r4/definitions.zip"))
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let output = FileManager.default.temporaryDirectory.appending(path: "definitions-\(UUID().uuidString).swift")
        defer { try? FileManager.default.removeItem(at: output) }
        let tool = Process()
        tool.executableURL = URL(filePath: "/usr/bin/env")
        tool.arguments = ["python3", package.appending(path: "tools/definitions.py").path, zip.path, output.path]
        tool.standardOutput = FileHandle.nullDevice
        try tool.run()
        tool.waitUntilExit()
        #expect(tool.terminationStatus == 0)
        let table = package.appending(path: "Sources/FHIR/Generated/DefinitionsTable.swift")
        #expect(try Data(contentsOf: output) == Data(contentsOf: table))
    }
}
