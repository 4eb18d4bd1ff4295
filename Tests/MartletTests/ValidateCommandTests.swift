import Foundation
import Testing

/// `martlet validate`, run as a person or a script runs it.
@Suite struct ValidateCommandTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
    }

    private func run(_ words: String..., input: String? = nil) throws -> ProgramProcess.Outcome {
        try ProgramProcess.run(["validate"] + words, input: input)
    }

    @Test func `a finding is a line with file, line, column, severity and place`() throws {
        let bad = "{\"resourceType\":\"Patient\",\n \"birthDate\":\"2012-13-01\"}"
        try home.write("bad.json", bad)
        let outcome = try run(home.path("bad.json"))
        #expect(outcome.code == 3, "\(outcome.errors)")
        #expect(outcome.output.contains("\(home.path("bad.json")):2:14: error: Patient.birthDate: "))
        #expect(try run("-", input: bad).output.contains("-:2:14: error: Patient.birthDate: "))
    }

    @Test func `lines of NDJSON are told by their numbers`() throws {
        let good = "{\"resourceType\":\"Patient\"}\n"
        try home.write("all.ndjson", good + good + "{\"resourceType\":\"Patient\",\"x\":1}\n")
        let outcome = try run(home.path("all.ndjson"))
        #expect(outcome.code == 3)
        #expect(outcome.output.contains("all.ndjson:3:"))
        let json = try run("--json", home.path("all.ndjson"))
        #expect(json.output.hasPrefix("{\"resources\":3,\"errors\":1,"))
    }

    @Test func `without errors the exit code is 0, and 1 for what cannot be read`() throws {
        try home.write("good.json", "{\"resourceType\":\"Patient\"}")
        #expect(try run(home.path("good.json")).code == 0)
        #expect(try run(home.path("none.json")).code == 1)
        try home.write("broken.json", "{\"resourceType\":")
        let outcome = try run(home.path("broken.json"))
        #expect(outcome.code == 1 && outcome.errors.contains("line 1"))
        #expect(try run().code == 2)
    }

    @Test func `a profile comes from a file or by its url`() throws {
        try home.write("good.json", "{\"resourceType\":\"Patient\"}")
        try home.write(
            "profile.json",
            """
            {"resourceType":"StructureDefinition","url":"http://example.org/p","name":"P","type":"Patient",
             "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient",
             "differential":{"element":[{"path":"Patient.gender","min":1}]}}
            """)
        let outcome = try run("--profile", home.path("profile.json"), home.path("good.json"))
        #expect(outcome.code == 3 && outcome.output.contains("error: Patient.gender: "), "\(outcome.output)")
        #expect(try run("--profile", "http://example.org/none", home.path("good.json")).code == 3)
        #expect(try run("--profile", home.path("good.json"), home.path("good.json")).code == 1)
    }
}
