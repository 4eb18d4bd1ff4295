import Base
import FHIR
import Foundation
import JSONTape
import Testing
import Validation

/// The specification's own examples.
@Suite struct ExampleTests {
    /// Examples that break rules of R4, with the rule and why.
    private static let breaches: [String: String] = [:]

    @Test func `every invariant of R4 compiles`() throws {
        // R4 asks in cid-0 for a name that ChargeItemDefinition does not have.
        let mistaken = ["ChargeItemDefinition cid-0"]
        let failed = try Shared.rules.get().uncompilable()
        #expect(failed.filter { line in !mistaken.contains { line.hasPrefix($0) } } == [])
    }

    @Test(.enabled(if: Shared.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"))
    func `the specification's examples have no errors but those named here`() throws {
        let examples = try Shared.examples.get()
        let definitions = try Shared.definitions.get()
        let parser = try JSONParser(names: definitions.names)
        let validator = ResourceValidator(
            try Shared.rules.get(), terminology: try Shared.terminology.get(), now: Shared.now)
        var unexpected: [String] = []
        var named: Set<String> = []
        var references: [ReferenceSite] = []
        var findings: [ValidationFinding] = []
        for (name, bytes) in examples {
            findings.removeAll()
            references.removeAll()
            try bytes.withUnsafeBytes { buffer in
                let root = try parser.parse(buffer)
                validator.validate(root, findings: &findings, references: &references)
            }
            for finding in findings where finding.severity == .error {
                let rule = finding.rule ?? finding.code.rawValue
                if Self.breaches["\(name) \(rule)"] != nil {
                    named.insert("\(name) \(rule)")
                } else {
                    unexpected.append("\(name) \(rule) \(finding.location): \(finding.message)")
                }
            }
        }
        #expect(examples.count == 378)
        #expect(unexpected == [])
        #expect(named.sorted() == Self.breaches.keys.sorted())
    }
}
