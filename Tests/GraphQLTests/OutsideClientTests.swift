import Foundation
import GraphQL
import Glibc
import Testing

/// The schema as graphql-core sees it, an implementation of GraphQL that is not ours.
@Suite struct OutsideClientTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let python = root.appending(path: ".deps/clients/bin/python3").path
    private static let script = root.appending(path: "Tests/Clients/graphql_schema.py").path

    /// Runs the script and gives what it says and its exit code.
    private func run(_ arguments: String...) throws -> (output: String, status: Int32) {
        let command = ([Self.python, Self.script] + arguments).map { "'\($0)'" }.joined(separator: " ") + " 2>&1"
        let pipe = try #require(popen(command, "r"))
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, pipe), count > 0 { output += chunk[..<count] }
        let status = pclose(pipe)
        return (String(decoding: output, as: UTF8.self), status >> 8 & 0xFF)
    }

    /// Queries that are right by GraphQL itself, without what Martlet allows besides.
    private static let queries =
        [
            """
            +query($id: ID!) { Patient(id: $id) { id name(use: official) { given family } } }
            +{ ConditionList(clinical_status: relapse, patient: example) { id clinicalStatus { text } } }
            +{ PatientConnection(name: "pet") { count offset pagesize first previous next last edges { mode score resource { id } } } }
            +{ Patient(id: "x") { generalPractitioner { reference resource(optional: true) { id ... on Practitioner { gender } } } } }
            +{ Patient(id: "x") { ObservationList(_reference: patient, code: ["a", "b"]) { valueQuantity { value } } } }
            +{ Patient(id: "x") { name @flatten @slice(fhirpath: "use") { given @first family @singleton } } }
            +{ Patient(id: "x") { managingOrganization { resource(type: Organization) { __typename } } ProvenanceList(_reference: target) { id } } }
            +{ Patient(id: "x") { contained { ... on DomainResource { text { div } } } _birthDate { extension { url } } } }
            -{ Patient { id } }
            -{ Patient(id: "x") { nothing } }
            -{ Patient(id: "x") { name } }
            -{ Patient(id: "x") { ... on Group { id } } }
            -{ Patient(id: "x") { a: gender a: language } }
            -{ Patient(id: "x") { ObservationList(_reference: wrong) { id } } }
            -query($id: [ID!]!) { Patient(id: $id) { id } }
            -{ ...F } fragment F on Query { ...F }
            """
        ]
        + ValidationTests.refused.filter { query, _ in
            // That there are no mutations is for the execution to say, not for the validation.
            !query.hasPrefix("{Patient(id:1){name @slice") && query != "mutation{a}" && query != "subscription{a}"
        }.map { "-" + $0.0 }

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: python),
            "SKIPPED: graphql-core is not installed; run bin/setup clients"))
    func `graphql-core builds a client's schema from ours and agrees on which queries fit it`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-graphql-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let query = try run("query")
        #expect(query.status == 0, "\(query.output)")
        let answer = try Tester().run(query.output)
        #expect(answer.refused.isEmpty && answer.errors.isEmpty, "\(answer.text.prefix(500))")
        let answerFile = folder.appending(path: "answer.json")
        let queriesFile = folder.appending(path: "queries.txt")
        try Data(answer.text.utf8).write(to: answerFile)
        var generator = RandomQueries(seed: 20_211_001)
        var lines = Self.queries
        var taken = 0
        for _ in 0..<1_500 {
            let query = generator.next()
            let fits = try Tester().run(query).refused.isEmpty
            if fits { taken += 1 }
            lines.append((fits ? "+" : "-") + query)
        }
        #expect(taken > 200 && taken < 1_300, "\(taken) of the queries made by chance fit")
        try Data(lines.joined(separator: "\n").utf8).write(to: queriesFile)
        let checked = try run("check", answerFile.path, queriesFile.path)
        #expect(checked.status == 0, "\(checked.output)")
        #expect(checked.output.contains(", 0 failures"))
        print(checked.output)
    }

    @Test func `whether graphql-core is there is said`() {
        if !FileManager.default.isExecutableFile(atPath: Self.python) {
            print("SKIPPED: the check of the GraphQL schema by graphql-core; run bin/setup clients to have it.")
        }
        #expect(FileManager.default.fileExists(atPath: Self.script))
    }
}
