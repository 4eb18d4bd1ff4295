import Base
import FHIR
import JSONTape
import Testing

@Suite struct DefinitionsTests {
    private let definitions: Definitions

    init() throws {
        definitions = try Shared.definitions.get()
    }

    private func type(_ name: String) throws -> TypeFacts {
        definitions[try #require(definitions.type(named: name))]
    }

    @Test func `loading is quick`() throws {
        let start = monotonicNanoseconds()
        _ = try Definitions.load()
        let milliseconds = Double(monotonicNanoseconds() - start) / 1e6
        print("definitions loaded in \(milliseconds) ms")
        #if !DEBUG
            #expect(milliseconds < 20)
        #else
            #expect(milliseconds < 2000)
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
