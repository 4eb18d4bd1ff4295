import Testing
import Validation

/// Profiles modelled after what US Core asks for.
@Suite struct ProfileTests {
    private static let base = "http://example.org/StructureDefinition/"

    private static func profile(
        _ name: String, of type: String, on parent: String? = nil, extra: String = "", _ elements: String
    ) -> String {
        let parent = parent ?? "http://hl7.org/fhir/StructureDefinition/\(type)"
        return """
            {"resourceType":"StructureDefinition","url":"\(base)\(name)","name":"\(name)","status":"active",
             "kind":"resource","abstract":false,"type":"\(type)","baseDefinition":"\(parent)","derivation":"constraint",
             \(extra)"differential":{"element":[\(elements)]}}
            """
    }

    private static let library: [String: String] = {
        let race = profile(
            "race", of: "Extension",
            """
            {"id":"Extension","path":"Extension"},
            {"id":"Extension.extension:text","path":"Extension.extension","sliceName":"text","min":1,"max":"1"},
            {"id":"Extension.extension:text.url","path":"Extension.extension.url","fixedUri":"text"},
            {"id":"Extension.extension:text.value[x]","path":"Extension.extension.value[x]","min":1,
             "type":[{"code":"string"}]},
            {"id":"Extension.url","path":"Extension.url","fixedUri":"\(base)race"},
            {"id":"Extension.value[x]","path":"Extension.value[x]","max":"0"}
            """)
        let patient = profile(
            "patient", of: "Patient",
            """
            {"id":"Patient","path":"Patient","constraint":[{"key":"p-1","severity":"error","human":"an adult or unborn",
             "expression":"birthDate.empty() or birthDate <= today()"}]},
            {"id":"Patient.extension:race","path":"Patient.extension","sliceName":"race","max":"1",
             "type":[{"code":"Extension","profile":["\(base)race"]}]},
            {"id":"Patient.identifier","path":"Patient.identifier","min":1},
            {"id":"Patient.identifier.system","path":"Patient.identifier.system","min":1},
            {"id":"Patient.name","path":"Patient.name","min":1,"constraint":[{"key":"p-2","severity":"error",
             "human":"given or family","expression":"family.exists() or given.exists()"}]},
            {"id":"Patient.name.family","path":"Patient.name.family","maxLength":8},
            {"id":"Patient.gender","path":"Patient.gender","min":1},
            {"id":"Patient.deceased[x]","path":"Patient.deceased[x]","type":[{"code":"boolean"}]},
            {"id":"Patient.generalPractitioner","path":"Patient.generalPractitioner",
             "type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Organization"]}]}
            """)
        let strictPatient = profile(
            "strict-patient", of: "Patient", on: base + "patient",
            """
            {"id":"Patient.extension:race","path":"Patient.extension","sliceName":"race","min":1},
            {"id":"Patient.birthDate","path":"Patient.birthDate","min":1}
            """)
        let pressure = profile(
            "pressure", of: "Observation",
            """
            {"id":"Observation.category","path":"Observation.category","min":1,"slicing":{"discriminator":[
             {"type":"value","path":"coding.code"},{"type":"value","path":"coding.system"}],"rules":"open"}},
            {"id":"Observation.category:vital","path":"Observation.category","sliceName":"vital","min":1,"max":"1"},
            {"id":"Observation.category:vital.coding.system","path":"Observation.category.coding.system",
             "fixedUri":"http://terminology.hl7.org/CodeSystem/observation-category"},
            {"id":"Observation.category:vital.coding.code","path":"Observation.category.coding.code",
             "fixedCode":"vital-signs"},
            {"id":"Observation.code","path":"Observation.code",
             "patternCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]}},
            {"id":"Observation.effective[x]","path":"Observation.effective[x]","min":1,
             "slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"closed"}},
            {"id":"Observation.effective[x]:effectiveDateTime","path":"Observation.effective[x]",
             "sliceName":"effectiveDateTime","type":[{"code":"dateTime"}]},
            {"id":"Observation.component","path":"Observation.component","min":2,"slicing":{"discriminator":[
             {"type":"pattern","path":"code"}],"rules":"open","ordered":true}},
            {"id":"Observation.component:systolic","path":"Observation.component","sliceName":"systolic","min":1,"max":"1"},
            {"id":"Observation.component:systolic.code","path":"Observation.component.code",
             "patternCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]}},
            {"id":"Observation.component:systolic.valueQuantity","path":"Observation.component.valueQuantity",
             "maxValueQuantity":{"value":400,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
            {"id":"Observation.component:diastolic","path":"Observation.component","sliceName":"diastolic","min":1,"max":"1"},
            {"id":"Observation.component:diastolic.code","path":"Observation.component.code",
             "patternCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]}}
            """)
        let exists = profile(
            "named", of: "Patient",
            """
            {"id":"Patient.contact","path":"Patient.contact","slicing":{"discriminator":[
             {"type":"exists","path":"organization"}],"rules":"closed"}},
            {"id":"Patient.contact:firm","path":"Patient.contact","sliceName":"firm","max":"1"},
            {"id":"Patient.contact:firm.organization","path":"Patient.contact.organization","min":1},
            {"id":"Patient.contact:person","path":"Patient.contact","sliceName":"person"},
            {"id":"Patient.contact:person.organization","path":"Patient.contact.organization","max":"0"},
            {"id":"Patient.contact:person.name","path":"Patient.contact.name","min":1}
            """)
        let resolved = profile(
            "authored", of: "Provenance",
            """
            {"id":"Provenance.target","path":"Provenance.target","slicing":{"discriminator":[
             {"type":"type","path":"resolve()"}],"rules":"closed"}},
            {"id":"Provenance.target:patient","path":"Provenance.target","sliceName":"patient","min":1,
             "type":[{"code":"Reference","targetProfile":["\(base)patient"]}]}
            """)
        let broken = profile("circular", of: "Patient", on: base + "circular", "{\"path\":\"Patient.name\",\"min\":1}")
        var all: [String: String] = [:]
        for (name, text) in [
            "race": race, "patient": patient, "strict-patient": strictPatient, "pressure": pressure, "named": exists,
            "authored": resolved, "circular": broken,
        ] { all[base + name] = text }
        return all
    }()

    private func check(_ text: String, _ profile: String) throws -> [String] {
        try Validated(text, profiles: [Self.base + profile], library: Self.library).summary
    }

    private static let goodPatient = """
        {"resourceType":"Patient","extension":[{"url":"\(base)race","extension":[{"url":"text","valueString":"x"}]}],
         "identifier":[{"system":"http://example.org/ids","value":"1"}],"name":[{"family":"Muster"}],"gender":"female",
         "birthDate":"1980-05-06","generalPractitioner":[{"reference":"Organization/1"}]}
        """

    private func patient(_ replacing: String, _ with: String) -> String {
        Self.goodPatient.replacing(replacing, with: with)
    }

    @Test func `a patient that has all conforms`() throws {
        #expect(try check(Self.goodPatient, "patient") == [])
        #expect(try check(Self.goodPatient, "strict-patient") == [])
    }

    @Test func `what a profile demands must be there`() throws {
        #expect(try check(patient("\"gender\":\"female\",", ""), "patient") == ["required Patient.gender"])
        #expect(
            try check(patient("\"system\":\"http://example.org/ids\",", ""), "patient")
                == ["required Patient.identifier[0].system"])
        #expect(try check(patient("\"birthDate\":\"1980-05-06\",", ""), "patient") == [])
        #expect(
            try check(patient("\"birthDate\":\"1980-05-06\",", ""), "strict-patient") == ["required Patient.birthDate"])
    }

    @Test func `constraints, lengths, types and targets of a profile hold`() throws {
        #expect(
            try check(patient("{\"family\":\"Muster\"}", "{\"text\":\"M\"}"), "patient") == [
                "invariant Patient.name[0]"
            ])
        #expect(
            try check(patient("Muster", "Mustermannfrau"), "patient") == ["too-long Patient.name[0].family"])
        #expect(
            try check(patient("\"gender\"", "\"deceasedDateTime\":\"2020\",\"gender\""), "patient")
                == ["structure Patient.deceased.ofType(dateTime)"])
        #expect(
            try check(patient("Organization/1", "Practitioner/1"), "patient")
                == ["structure Patient.generalPractitioner[0].reference"])
        #expect(try check(patient("1980-05-06", "2980-05-06"), "patient") == ["invariant Patient"])
    }

    @Test func `an extension is held against its definition, whoever named it`() throws {
        let wrong = patient("{\"url\":\"text\",\"valueString\":\"x\"}", "{\"url\":\"text\",\"valueBoolean\":true}")
        let found = try Validated(wrong, library: Self.library).summary
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("structure Patient.extension[0].extension[0].value") == true)
        let none = patient(
            "\"extension\":[{\"url\":\"\(Self.base)race\",\"extension\":[{\"url\":\"text\",\"valueString\":\"x\"}]}],",
            "")
        #expect(try check(none, "patient") == [])
        #expect(try check(none, "strict-patient") == ["required Patient.extension"])
    }

    private static let goodPressure = """
        {"resourceType":"Observation","status":"final","category":[{"coding":[{
         "system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
         "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"effectiveDateTime":"2020-01-01",
         "component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
         "valueQuantity":{"value":120,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
         {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]}}]}
        """

    private func pressure(_ replacing: String, _ with: String) -> String {
        Self.goodPressure.replacing(replacing, with: with)
    }

    @Test func `slices are told apart by fixed values, patterns and types`() throws {
        #expect(try check(Self.goodPressure, "pressure") == [])
        #expect(try check(pressure("vital-signs", "laboratory"), "pressure") == ["required Observation.category"])
        #expect(
            try check(pressure("8462-4", "8480-6"), "pressure").sorted() == [
                "required Observation.component", "structure Observation.component[1]",
            ])
        #expect(try check(pressure("85354-9", "1-1"), "pressure") == ["value Observation.code"])
        #expect(
            try check(pressure("\"value\":120", "\"value\":420"), "pressure") == [
                "value Observation.component[0].value.ofType(Quantity)"
            ])
        let period = pressure("\"effectiveDateTime\":\"2020-01-01\"", "\"effectivePeriod\":{\"start\":\"2020\"}")
        #expect(try check(period, "pressure") == ["structure Observation.effective.ofType(Period)"])
    }

    @Test func `ordered slices stand in order`() throws {
        let swapped = pressure("8480-6", "0").replacing("8462-4", with: "8480-6").replacing("\"0\"", with: "\"8462-4\"")
        #expect(try check(swapped, "pressure").contains("structure Observation.component[1]"))
    }

    @Test func `slices are told apart by what exists`() throws {
        let firm = "{\"organization\":{\"reference\":\"Organization/1\"}}"
        let person = "{\"name\":{\"family\":\"A\"}}"
        func patient(_ contacts: String) -> String { "{\"resourceType\":\"Patient\",\"contact\":[\(contacts)]}" }
        #expect(try check(patient(firm + "," + person), "named") == [])
        #expect(try check(patient(firm + "," + firm), "named") == ["structure Patient.contact[1]"])
        #expect(
            try check(patient("{\"telecom\":[{\"system\":\"phone\",\"value\":\"1\"}]}"), "named")
                == ["required Patient.contact[0].name"])
    }

    @Test func `slices are told apart by what a reference leads to`() throws {
        func provenance(_ reference: String) -> String {
            """
            {"resourceType":"Provenance","target":[{"reference":"\(reference)"}],"recorded":"2020-01-01T00:00:00Z",
             "agent":[{"who":{"reference":"Practitioner/1"}}]}
            """
        }
        #expect(try check(provenance("Patient/1"), "authored") == [])
        #expect(try check(provenance("Group/1"), "authored").sorted().last == "structure Provenance.target[0]")
    }

    @Test func `profiles that are not known or cannot be used are told, not passed over`() throws {
        let patient = "{\"resourceType\":\"Patient\",\"meta\":{\"profile\":[\"\(Self.base)none\"]}}"
        let named = try Validated(patient, library: Self.library)
        #expect(named.errors.isEmpty)
        #expect(named.findings.contains { $0.code == .notFound && $0.severity == .warning })
        #expect(try check("{\"resourceType\":\"Patient\"}", "none") == ["not-found Patient"])
        #expect(try check("{\"resourceType\":\"Patient\"}", "circular").first?.hasPrefix("exception ") == true)
        #expect(try check("{\"resourceType\":\"Basic\",\"code\":{\"text\":\"x\"}}", "patient") == ["structure Basic"])
    }
}
