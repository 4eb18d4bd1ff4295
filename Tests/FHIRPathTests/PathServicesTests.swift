import FHIR
import FHIRPath
import JSONTape
import Testing

/// What a caller brings: codes, profiles, resources, constants, and an ear for `trace()`.
@Suite struct PathServicesTests {
    private struct Failure: Error {}

    /// `vs` has the codes of system `s` that begin with a; `a` subsumes what begins with it.
    private struct Codes: PathTerminology {
        func contains(system: String?, version: String?, code: String, valueSet: String) throws -> Bool? {
            if valueSet == "broken" { throw Failure() }
            guard valueSet == "vs" else { return nil }
            return (system ?? "s") == "s" && code.hasPrefix("a")
        }

        func subsumes(system: String, code: String, otherSystem: String, otherCode: String) throws -> Bool? {
            system == otherSystem ? otherCode.hasPrefix(code) : nil
        }
    }

    private final class Profiles: PathProfiles {
        let definition: JSONDocument

        init(_ definitions: Definitions) throws {
            definition = try JSONDocument(Array(#"{"path":"Patient.gender","min":7}"#.utf8), names: definitions.names)
        }

        func conforms(_ element: PathNode, to profile: String) throws -> Bool? {
            profile == "known" ? element.value?.member("gender") != nil : nil
        }

        func elementDefinition(of element: PathNode) throws -> JSONValue? { definition.withRoot { $0 } }

        func isInSlice(_ element: PathNode, of profile: String, named slice: String) throws -> Bool? {
            profile == "known" ? element.value?.member("use")?.string == slice : nil
        }
    }

    private final class Resources: PathResolver {
        let practitioner: JSONDocument

        init(_ definitions: Definitions) throws {
            practitioner = try JSONDocument(
                Array(#"{"resourceType":"Practitioner","name":[{"family":"Far"}]}"#.utf8), names: definitions.names)
        }

        func resolve(_ reference: String) throws -> JSONValue? {
            if reference == "Practitioner/broken" { throw Failure() }
            return reference == "Practitioner/1" ? practitioner.withRoot { $0 } : nil
        }
    }

    private final class Ear: PathTracer {
        var heard: [String] = []

        func trace(_ name: String, _ items: [PathItem]) { heard.append("\(name) \(items.count)") }
    }

    private let patient: Bench
    private let ear = Ear()

    init() throws {
        patient = try Bench(
            """
            {"resourceType":"Patient","id":"p","gender":"abc","name":[{"use":"usual","family":"A"},{"use":"old","family":"B"}],
             "maritalStatus":{"coding":[{"system":"t","code":"x"},{"system":"s","code":"ab"}]},
             "communication":[{"language":{"coding":[{"system":"s","code":"zz"}]}}],
             "meta":{"tag":[{"system":"s","code":"a"},{"system":"t","code":"ab"}]},
             "modifierExtension":[{"url":"http://x/m","valueBoolean":true}],
             "contained":[{"resourceType":"Observation","id":"o","status":"final","code":{"text":"c"}}],
             "generalPractitioner":[{"reference":"Practitioner/1"}],"managingOrganization":{"reference":"Practitioner/broken"}}
            """)
        patient.evaluator.services = PathServices(
            terminology: Codes(), profiles: try Profiles(patient.definitions),
            resolver: try Resources(patient.definitions), tracer: ear)
    }

    private func one(_ text: String) throws -> String {
        try patient.items(text).map(\.description).joined(separator: ", ")
    }

    @Test(arguments: [
        ("gender.memberOf('vs')", "boolean true"), ("gender.memberOf('other')", ""),
        ("maritalStatus.memberOf('vs')", "boolean true"),
        ("communication.language.memberOf('vs')", "boolean false"), ("'b'.memberOf('vs')", "boolean false"),
        ("meta.tag.memberOf('vs')", ""),
        ("meta.tag[0].memberOf('vs')", "boolean true"), ("{}.memberOf('vs')", ""), ("gender.memberOf({})", ""),
        ("meta.tag[0].subsumes(meta.tag[0])", "boolean true"), ("meta.tag[0].subsumes(maritalStatus)", "boolean true"),
        ("maritalStatus.subsumedBy(meta.tag[0])", "boolean true"), ("maritalStatus.subsumes(meta.tag[0])", ""),
        ("communication.language.subsumes(meta.tag[0])", "boolean false"), ("meta.tag.subsumes(meta.tag[0])", ""),
    ])
    func `codes are asked of the caller's terminology`(expression: String, wanted: String) throws {
        #expect(try one(expression) == wanted, "\(expression)")
    }

    @Test(arguments: [
        ("conformsTo('known')", "boolean true"), ("contained.conformsTo('known')", "boolean false"),
        ("conformsTo('unknown')", ""),
        ("conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')", "boolean true"),
        ("conformsTo('http://hl7.org/fhir/StructureDefinition/DomainResource|4.0.1')", "boolean true"),
        ("conformsTo('http://hl7.org/fhir/StructureDefinition/Person')", "boolean false"),
        ("name.conformsTo('known')", ""),
        ("gender.elementDefinition().min", "unsignedInt 7"), ("name.slice('known', 'old').family", "string B"),
        ("checkModifiers('http://x/m').id", "id p"), ("name.checkModifiers().count()", "integer 2"),
    ])
    func `profiles are asked of the caller's`(expression: String, wanted: String) throws {
        #expect(try one(expression) == wanted, "\(expression)")
    }

    @Test func `a reference is resolved by the caller where the resource has no answer`() throws {
        #expect(try one("generalPractitioner.resolve().name.family") == "string Far")
        #expect(try one("'#o'.resolve().status") == "")
        #expect(try one("generalPractitioner.resolve().ofType(Practitioner).name.family") == "string Far")
    }

    @Test func `what a service throws is the cause of the error`() throws {
        for expression in ["gender.memberOf('broken')", "managingOrganization.resolve()"] {
            let error = try #require(throws: PathError.self) { try patient.items(expression) }
            #expect(error.code == .service && error.cause is Failure && error.offset > 0)
        }
    }

    @Test(arguments: [
        ("gender.memberOf('vs')", PathError.Code.noService), ("conformsTo('http://x')", .noService),
        ("name.slice('known', 'old')", .noService), ("meta.tag[0].subsumes(maritalStatus)", .noService),
        ("gender.elementDefinition()", .noService), ("checkModifiers()", .unknownModifier),
    ])
    func `a function that has nobody to ask is an error`(expression: String, code: PathError.Code) throws {
        patient.evaluator.services = PathServices()
        #expect(try #require(throws: PathError.self) { try patient.items(expression) }.code == code)
        #expect(try one("meta.tag[0].subsumes(meta.tag[0])") == "boolean true")
        #expect(try one("generalPractitioner.resolve()") == "")
    }

    @Test func `trace tells the items or what is projected of each`() throws {
        #expect(try one("name.trace('names').trace('family', family | use).count()") == "integer 2")
        #expect(ear.heard == ["names 2", "family 4"])
    }

    @Test func `constants are values or are given at each evaluation`() throws {
        let value = try #require(ExactDecimal(mantissa: 150, scale: 2))
        let human = try #require(patient.definitions.type(named: "HumanName"))
        let constants: [String: PathConstant] = [
            "yes": .boolean(true), "n": .integer(3), "d": .decimal(value), "my text": .string("A"), "none": .empty,
            "q": .quantity(value, unit: "mg"), "name": .variable(types: [human]), "any": .variable(types: []),
        ]
        let names = try patient.compile("name.where(use = 'old')")
        func values(_ text: String) throws -> [String] {
            let expression = try PathExpression.compile(
                text, on: patient.root, definitions: patient.definitions, constants: constants)
            return try patient.withRoot { root in
                var items: [PathItem] = []
                try patient.evaluator.evaluate(names, on: root, into: &items)
                patient.evaluator.variables = ["name": items, "any": [.integer(4)]]
                try patient.evaluator.evaluate(expression, into: &items)
                return items.map { describe($0, patient.definitions).value }
            }
        }
        #expect(try values("%n + %d") == ["4.50"])
        #expect(try values("name.where(family = %`my text`).use") == ["usual"])
        #expect(try values("%q > 1 'mg' and %yes and %none.empty()") == ["true"])
        #expect(try values("%name.family") == ["B"])
        #expect(try values("%any + 1") == ["5"])
        #expect(throws: PathError.self) { try values("%unknown") }
        #expect(throws: PathError.self) { try values("defineVariable('n')") }
        #expect(throws: PathError.self) { try patient.items("%name") }
    }

    @Test func `a contained resource knows itself and what holds it`() throws {
        let expression = try PathExpression.compile(
            "%resource.id | %rootResource.id | %context.id",
            on: try #require(patient.definitions.type(named: "Observation")),
            definitions: patient.definitions)
        let found = try patient.withRoot { root in
            let inner = try #require(root.member("contained")?.elements.first { _ in true })
            var items: [PathItem] = []
            patient.evaluator.begin(inner, within: root)
            try patient.evaluator.evaluate(expression, into: &items)
            return items.map { describe($0, patient.definitions).value }
        }
        #expect(found == ["o", "p"])
    }
}
