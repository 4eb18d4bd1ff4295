import Base
import FHIR
import Foundation
import JSONTape
import TestSupport
import Testing
import Validation

/// What full validation costs a write.
@Suite struct SpeedTests {
    @Test(.enabled(if: SharedData.has("data/bulk/bulk-10-patients.zip"), "needs shared/data/bulk/bulk-10-patients.zip"))
    func `full validation takes a few microseconds a resource`() throws {
        let definitions = try Shared.definitions.get()
        let files = try SharedData.files(of: try #require(SharedData.file("data/bulk/bulk-10-patients.zip")))
        var lines: [[UInt8]] = []
        for (name, bytes) in files where name != "log.ndjson" {
            lines += bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
        }
        let parser = try JSONParser(names: definitions.names)
        let checker = StructureChecker(definitions: definitions)
        let validator = ResourceValidator(
            try Shared.rules.get(), terminology: try Shared.terminology.get(), options: .write, now: Shared.now)
        var (parsing, structure, full) = (UInt64.max, UInt64.max, UInt64.max)
        var messages: Set<String> = []
        for _ in 0..<5 {
            var sums: (parsing: UInt64, structure: UInt64, full: UInt64) = (0, 0, 0)
            for line in lines {
                var structureFindings: [StructureFinding] = []
                var findings: [ValidationFinding] = []
                var references: [ReferenceSite] = []
                try line.withUnsafeBytes { buffer in
                    let start = monotonicNanoseconds()
                    let root = try parser.parse(buffer)
                    let parsed = monotonicNanoseconds()
                    _ = checker.check(root, findings: &structureFindings, references: &references)
                    let checked = monotonicNanoseconds()
                    _ = validator.validate(root, findings: &findings, references: &references)
                    let end = monotonicNanoseconds()
                    sums.parsing += parsed - start
                    sums.structure += checked - parsed
                    sums.full += end - checked
                }
                for finding in findings { messages.insert("\(finding.rule ?? "") \(finding.message)") }
            }
            (parsing, structure, full) = (
                min(parsing, sums.parsing), min(structure, sums.structure), min(full, sums.full)
            )
        }
        let count = Double(lines.count)
        print(
            "\(lines.count) resources: parsing \(Double(parsing) / count) ns, structure \(Double(structure) / count) ns, "
                + "full \(Double(full) / count) ns a resource")
        for message in messages.sorted().prefix(10) { print("  \(message)") }
        #expect(lines.count > 1_000)
        #expect(Double(full - structure) / count < 60_000, "microseconds are expected, even on a loaded machine")
    }
}
