import FHIR
import Foundation
import JSONTape
import TestSupport
import Testing

/// Resources that others made: the specification's examples, Synthea's patients, a Bulk Data export.
@Suite struct StructureCheckerExampleTests {
    private let definitions: Definitions
    private let checker: StructureChecker
    private let parser: JSONParser

    init() throws {
        definitions = try Shared.definitions.get()
        checker = StructureChecker(definitions: definitions)
        parser = try JSONParser(names: definitions.names)
    }

    private func findings(_ bytes: [UInt8]) throws -> (findings: [StructureFinding], type: TypeID?, references: Int) {
        try bytes.withUnsafeBytes { buffer in
            var findings: [StructureFinding] = []
            var references: [ReferenceSite] = []
            let type = try checker.check(parser.parse(buffer), findings: &findings, references: &references)
            return (findings, type, references.count)
        }
    }

    private func describe(_ name: String, _ finding: StructureFinding) -> String {
        "\(name): \(finding.severity) \(finding.code) \(finding.path) \(finding.message)"
    }

    @Test(.enabled(if: SharedData.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"))
    func `the specification's examples pass`() throws {
        let zip = try #require(SharedData.file("data/examples/r4-examples.zip"))
        var count = 0
        var found: [String] = []
        try SharedData.eachFile(of: zip) { name, bytes in
            count += 1
            let result = try findings(bytes)
            found += result.findings.map { describe(name, $0) }
        }
        #expect(count == 378)
        // One example has items without the linkId that each must have: warned of, not refused.
        #expect(found.count == 32)
        #expect(found.allSatisfy { $0.hasPrefix("Questionnaire-qs1.json: warning missing Questionnaire.item[") })
    }

    @Test(.enabled(if: SharedData.has("data/bulk/bulk-10-patients.zip"), "needs shared/data/bulk/bulk-10-patients.zip"))
    func `a Bulk Data export passes`() throws {
        let zip = try #require(SharedData.file("data/bulk/bulk-10-patients.zip"))
        var count = 0
        var found: [String] = []
        try SharedData.eachFile(of: zip) { name, bytes in
            // The export's own log is no resource.
            guard name != "log.ndjson" else { return }
            for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
                count += 1
                let result = try findings(Array(line))
                found += result.findings.map { describe("\(name):\(number + 1)", $0) }
            }
        }
        #expect(count > 1000)
        #expect(found == [])
    }

    @Test(.enabled(if: SharedData.has("data/synthea/synthea-r4.zip"), "needs shared/data/synthea/synthea-r4.zip"))
    func `Synthea's patients pass`() throws {
        let zip = try #require(SharedData.file("data/synthea/synthea-r4.zip"))
        var count = 0
        var references = 0
        var found: [String] = []
        try SharedData.eachFile(of: zip) { name, bytes in
            count += 1
            let result = try findings(bytes)
            references += result.references
            found += result.findings.prefix(10).map { describe(name, $0) }
        }
        #expect(count == 217)
        #expect(references > 100_000)
        #expect(found == [])
    }
}
