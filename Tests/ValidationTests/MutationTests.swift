import Base
import FHIR
import Foundation
import JSONTape
import TestSupport
import Testing
import Validation

/// Examples that are right, each broken in one place by chance.
@Suite struct MutationTests {
    private static let mutationCount = 2_000

    @Test(.enabled(if: SharedData.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"))
    func `nearly every mutation of an example is found`() throws {
        let definitions = try Shared.definitions.get()
        let parser = try JSONParser(names: definitions.names)
        let validator = ResourceValidator(
            try Shared.rules.get(), terminology: try Shared.terminology.get(), now: Shared.now)
        func errors(_ bytes: [UInt8]) throws -> Int {
            var findings: [ValidationFinding] = []
            var references: [ReferenceSite] = []
            try bytes.withUnsafeBytes { buffer in
                _ = validator.validate(try parser.parse(buffer), findings: &findings, references: &references)
            }
            return findings.count { $0.severity == .error }
        }
        var examples: [(name: String, mutator: Mutator)] = []
        for (name, bytes) in try Shared.examples.get() where bytes.count < 60_000 {
            // What Foundation writes must be as right as what it read, or nothing would be shown.
            guard try errors(bytes) == 0, let mutator = try Mutator(bytes, definitions),
                try errors(mutator.unchanged()) == 0
            else { continue }
            examples.append((name, mutator))
        }
        #expect(examples.count > 300)
        var random = SeededRandom(seed: 42)
        var tried: [Mutation: Int] = [:]
        var missed: [Mutation: Int] = [:]
        var lines: [String] = []
        var count = 0
        while count < Self.mutationCount {
            let mutation = Mutation.allCases[count % Mutation.allCases.count]
            let (name, mutator) = examples[random.below(examples.count)]
            guard let (bytes, place) = mutator.mutated(by: mutation, &random) else { continue }
            count += 1
            tried[mutation, default: 0] += 1
            guard try errors(bytes) == 0 else { continue }
            missed[mutation, default: 0] += 1
            lines.append("\(mutation) \(name) \(place)")
        }
        print("\(count) mutations, missed \(lines.count): \(missed)")
        for line in lines.prefix(20) { print("  missed: \(line)") }
        #expect(Set(tried.keys) == Set(Mutation.allCases))
        #expect(lines.count * 100 <= count)
    }
}
