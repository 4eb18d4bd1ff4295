import FHIR
import FHIRPath
import Foundation
import JSONTape
import TestSupport
import Testing

/// The invariants of R4's own types, which validation evaluates.
@Suite struct InvariantTests {
    private struct Invariant {
        var key: String
        var type: TypeID
        var expression: String
    }

    /// R4 asks here for an element that the type does not have.
    private static let mistaken = ["cid-0"]

    /// The constraints that the StructureDefinitions state on types and on elements with a type of their own.
    private func invariants(_ definitions: Definitions) throws -> [Invariant] {
        let zip = try #require(SharedData.file("data/fhir-r4/definitions.zip"))
        var found: [Invariant] = []
        try SharedData.eachFile(of: zip, only: "profiles-*") { _, bytes in
            let document = try JSONDocument(bytes)
            document.withRoot { root in
                for entry in root.member("entry")?.elements ?? root.elements {
                    let elements = entry.member("resource")?.member("snapshot")?.member("element")
                    for element in elements?.elements ?? root.elements {
                        guard let path = element.member("path")?.string, let type = definitions.type(named: path) else {
                            continue
                        }
                        for constraint in element.member("constraint")?.elements ?? root.elements {
                            guard let key = constraint.member("key")?.string,
                                let expression = constraint.member("expression")?.string
                            else { continue }
                            found.append(Invariant(key: key, type: type, expression: expression))
                        }
                    }
                }
            }
        }
        return found
    }

    @Test(
        .enabled(
            if: SharedData.has("data/fhir-r4/definitions.zip") && SharedData.has("data/examples/r4-examples.zip"),
            "needs shared/data/fhir-r4/definitions.zip and shared/data/examples/r4-examples.zip"))
    func `every invariant of R4 compiles, and those of resources hold for the examples`() throws {
        let definitions = try Shared.definitions.get()
        let invariants = try invariants(definitions)
        var compiled: [TypeID: [(key: String, expression: PathExpression)]] = [:]
        for invariant in invariants {
            do throws(PathError) {
                let expression = try PathExpression.compile(
                    invariant.expression, on: invariant.type, definitions: definitions)
                compiled[invariant.type, default: []].append((invariant.key, expression))
            } catch {
                guard !Self.mistaken.contains(invariant.key) else { continue }
                Issue.record("\(definitions[invariant.type].name) \(invariant.key) \(invariant.expression): \(error)")
            }
        }
        #expect(invariants.count > 800)
        let parser = try JSONParser(names: definitions.names)
        let evaluator = PathEvaluator(definitions, now: Shared.now)
        var items: [PathItem] = []
        var held = 0
        var broken: [String] = []
        try SharedData.eachFile(of: try #require(SharedData.file("data/examples/r4-examples.zip"))) { name, bytes in
            try bytes.withUnsafeBytes { buffer in
                let root = try parser.parse(buffer)
                guard let type = root.member("resourceType").flatMap({ definitions.resourceType(named: $0.utf8) })
                else {
                    return
                }
                evaluator.begin(root, type: type)
                for (key, expression) in compiled[type] ?? [] {
                    try evaluator.evaluate(expression, into: &items)
                    if items.count == 1, case .boolean(true) = items[0] {
                        held += 1
                    } else {
                        broken.append("\(name) \(key)")
                    }
                }
            }
        }
        print("\(invariants.count) invariants compile, \(held) hold for the examples, \(broken.count) do not")
        for line in broken.prefix(20) { print("  \(line)") }
        #expect(held > 2000)
    }
}
