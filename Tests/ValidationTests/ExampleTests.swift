import Base
import FHIR
import Foundation
import JSONTape
import TestSupport
import Testing
import Validation

/// The specification's own examples.
@Suite struct ExampleTests {
    /// Examples that break rules of R4, with the rule and why.
    private static let breaches: [String: String] = [
        "Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json invalid": "the full url of a Patient has another id than it",
        "Bundle-lri-example.json invalid": "the full urls have other ids than the resources",
        "DeviceUseStatement-example.json structure": "gives a Procedure as its reason, which it may not",
        "EventDefinition-example.json txt-1": "the narrative is empty",
        "MedicationRequest-medrx0301.json structure": "is dispensed by a Practitioner, not an Organization",
        "Observation-clinical-gender.json structure": "is performed by an Encounter",
        "Questionnaire-qs1.json required": "items lack the linkId that each must have",
    ]

    @Test func `every invariant of R4 compiles`() throws {
        // R4 asks in cid-0 for a name that ChargeItemDefinition does not have.
        let mistaken = ["ChargeItemDefinition cid-0"]
        let failed = try Shared.rules.get().uncompilable()
        #expect(failed.filter { line in !mistaken.contains { line.hasPrefix($0) } } == [])
    }

    @Test(.enabled(if: SharedData.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"))
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
