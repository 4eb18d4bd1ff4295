import Foundation
import Testing

/// `martlet fhirpath`, run as a person or a script runs it.
@Suite struct FHIRPathCommandTests {
    private let home: TemporaryFolder

    private static let patient = """
        {"resourceType":"Patient","id":"a","active":true,"birthDate":"1970-01",
         "_birthDate":{"id":"b"},"name":[{"family":"Ärzte","given":["A","B"]}],"multipleBirthInteger":2}
        """

    init() throws {
        home = try TemporaryFolder()
        try home.write("patient.json", Self.patient)
        try home.write(
            "observation.json",
            """
            {"resourceType":"Observation","status":"final","code":{"text":"x"},
             "valueQuantity":{"value":1.50,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}
            """)
    }

    private func run(_ words: String..., input: String? = nil) throws -> ProgramProcess.Outcome {
        try ProgramProcess.run(["fhirpath"] + words, input: input)
    }

    @Test(arguments: [
        ("Patient.name.given", #"["A","B"]"#), ("name", #"[{"family":"Ärzte","given":["A","B"]}]"#),
        ("name.where(false)", "[]"),
        ("birthDate", #"["1970-01"]"#), ("birthDate + 1 month", #"["1970-02"]"#), ("1.50 + 1.5", "[3.00]"),
        ("active.not()", "[false]"),
        ("multipleBirth * 2", "[4]"),
        ("2 'mg' * 2", #"[{"value":4,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}]"#),
        ("name.type()", #"[{"namespace":"FHIR","name":"HumanName"}]"#), ("'a\"' & '\\n'", #"["a\"\n"]"#),
        ("@T10:30", #"["10:30"]"#),
        (
            "3 days",
            #"[{"value":3,"unit":"day","system":"http://hl7.org/fhirpath/CodeSystem/calendar-units","code":"day"}]"#
        ),
    ])
    func `the result is a JSON array in one line`(expression: String, wanted: String) throws {
        let outcome = try run(expression, home.path("patient.json"))
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output == wanted + "\n")
        #expect(outcome.errors.isEmpty)
    }

    @Test func `a decimal keeps its digits, from standard input, too`() throws {
        let text = try String(contentsOfFile: home.path("observation.json"), encoding: .utf8)
        #expect(try run("Observation.value.value", "-", input: text).output == "[1.50]\n")
        #expect(try run("--", "-1 + value.value", "-", input: text).output == "[0.50]\n")
    }

    @Test func `for machines there are types and a count`() throws {
        let outcome = try run("name.given | 1", home.path("patient.json"), "--json")
        #expect(
            outcome.output
                == #"{"count":3,"types":["FHIR.string","FHIR.string","System.Integer"],"items":["A","B",1]}"# + "\n")
    }

    @Test func `a trace is told on standard error`() throws {
        let outcome = try run("name.trace('names', family).given.count()", home.path("patient.json"))
        #expect(outcome.output == "[2]\n")
        #expect(outcome.errors == "trace names: [\"Ärzte\"]\n")
    }

    @Test func `an expression that cannot be compiled is bad usage, with the place`() throws {
        let outcome = try run("Patient.name\n  .foo.bar", home.path("patient.json"))
        #expect(outcome.code == 2)
        #expect(outcome.output.isEmpty)
        #expect(
            outcome.errors == """
                martlet fhirpath: no element foo in HumanName, at character 17 of the expression
                    .foo.bar
                     ^

                """)
        #expect(
            try run("name.given and", home.path("patient.json")).errors.hasSuffix(
                "\n  name.given and\n                ^\n"))
        #expect(
            try run("'Ä' & name.matches('(')", home.path("patient.json")).errors.contains("\n                     ^\n"))
        let long = try run(String(repeating: "1 + ", count: 100) + "foo", home.path("patient.json"))
        #expect(long.errors.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test func `an expression that fails on the resource has failed`() throws {
        let outcome = try run("name.given.single()", home.path("patient.json"))
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("several items where one is wanted"))
        #expect(outcome.errors.hasSuffix("\n  name.given.single()\n             ^\n"))
        #expect(try run("Observation.status", home.path("patient.json")).output == "[]\n")
        #expect(try run("Observation.status", home.path("patient.json"), "--strict").code == 2)
    }

    @Test func `codes and profiles are known, those of files, too`() throws {
        let patient = #"{"resourceType":"Patient","gender":"male"}"#
        let genders = "http://hl7.org/fhir/ValueSet/administrative-gender"
        #expect(try run("gender.memberOf('\(genders)')", "-", input: patient).output == "[true]\n")
        #expect(try run("'x'.memberOf('\(genders)')", "-", input: patient).output == "[false]\n")
        #expect(try run("conformsTo('http://example.org/p')", "-", input: patient).output == "[]\n")
        try home.write(
            "profile.json",
            """
            {"resourceType":"StructureDefinition","url":"http://example.org/p","name":"P","type":"Patient",
             "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient",
             "differential":{"element":[{"path":"Patient.gender","min":1}]}}
            """)
        func conforms(_ patient: String) throws -> String {
            try run(
                "conformsTo('http://example.org/p')", "-", "--definitions", home.path("profile.json"), input: patient
            ).output
        }
        #expect(try conforms(patient) == "[true]\n")
        #expect(try conforms(#"{"resourceType":"Patient"}"#) == "[false]\n")
    }

    @Test func `what is no resource is told`() throws {
        let cases = [
            ("{\"a\":1}", "no resource"), ("[1]", "no resource"),
            ("{\"resourceType\":\"Cat\"}", "R4 has no resource type Cat"),
            ("{\"resourceType\":\n  \"Patient\",}", "line 2, column 13"), ("", "nothing but white space"),
        ]
        for (text, reason) in cases {
            let outcome = try run("id", "-", input: text)
            #expect(outcome.code == 1 && outcome.errors.contains(reason), "\(outcome.errors)")
            #expect(outcome.errors.hasPrefix("martlet fhirpath: standard input: "))
        }
        #expect(
            try run("id", home.path("none.json")).errors
                == "martlet fhirpath: cannot read \(home.path("none.json")): No such file or directory\n")
        #expect(try run("id").code == 2)
    }
}
