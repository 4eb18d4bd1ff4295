import Base
import FHIR
import FHIRPath
import Foundation
import JSONTape
import TestSupport
import Testing

/// All of R4's search parameters.
@Suite struct SearchParameterTests {
    private let definitions: Definitions

    init() throws {
        definitions = try Shared.definitions.get()
    }

    @Test func `every expression compiles for every type that it is for`() throws {
        var count = 0
        var failures: [String] = []
        let start = monotonicNanoseconds()
        for type in definitions.concreteResourceTypes {
            for parameter in definitions.searchParameters(of: type) where !parameter.expression.isEmpty {
                count += 1
                do throws(PathError) {
                    let composite = try PathExpression.compile(
                        parameter.expression, on: type, definitions: definitions)
                    for component in parameter.components {
                        _ = try PathExpression.compile(
                            component.expression, onAnyOf: composite.resultTypes, definitions: definitions)
                    }
                } catch {
                    failures.append("\(definitions[type].name).\(parameter.code) \(parameter.expression): \(error)")
                }
            }
        }
        let milliseconds = Double(monotonicNanoseconds() - start) / 1e6
        print("\(count) pairs of search parameter and type compile in \(milliseconds) ms")
        for failure in failures { print("  \(failure)") }
        #expect(count > 2400)
        #expect(failures.isEmpty)
    }

    @Test(.enabled(if: SharedData.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"))
    func `every expression evaluates over the specification's examples`() throws {
        let zip = try #require(SharedData.file("data/examples/r4-examples.zip"))
        let parser = try JSONParser(names: definitions.names)
        let evaluator = PathEvaluator(definitions, now: Shared.now)
        var compiled: [TypeID: [PathExpression]] = [:]
        var items: [PathItem] = []
        var resources = 0
        var found = 0
        try SharedData.eachFile(of: zip) { name, bytes in
            try bytes.withUnsafeBytes { buffer in
                let root = try parser.parse(buffer)
                guard let typeName = root.member("resourceType")?.string,
                    let type = definitions.type(named: typeName)
                else { return }
                let expressions =
                    try compiled[type]
                    ?? definitions.searchParameters(of: type).filter { !$0.expression.isEmpty }.map {
                        try PathExpression.compile($0.expression, on: type, definitions: definitions)
                    }
                compiled[type] = expressions
                resources += 1
                evaluator.begin(root)
                for expression in expressions {
                    try evaluator.evaluate(expression, into: &items)
                    found += items.count
                    for case .node(let node) in items { #expect(expression.resultTypes.contains(node.type)) }
                }
            }
        }
        print("\(found) items found in \(resources) examples")
        #expect(resources == 378)
        #expect(found > 4000)
    }

    @Test(.enabled(if: SharedData.has("data/synthea/synthea-r4.zip"), "needs shared/data/synthea/synthea-r4.zip"))
    func `all parameters of an Observation take a few microseconds`() throws {
        let zip = try #require(SharedData.file("data/synthea/synthea-r4.zip"))
        let parser = try JSONParser(names: definitions.names)
        let evaluator = PathEvaluator(definitions, now: Shared.now)
        let type = try #require(definitions.type(named: "Observation"))
        let expressions = try definitions.searchParameters(of: type).filter { !$0.expression.isEmpty }.map {
            try PathExpression.compile($0.expression, on: type, definitions: definitions)
        }
        var items: [PathItem] = []
        var found = 0
        var best = UInt64.max
        try SharedData.eachFile(of: zip, only: "*Alden_Considine*") { _, bytes in
            try bytes.withUnsafeBytes { buffer in
                let bundle = try parser.parse(buffer)
                var observations: [JSONValue] = []
                for entry in bundle.member("entry")?.elements ?? bundle.elements {
                    guard let resource = entry.member("resource"), let name = resource.member("resourceType"),
                        name.equals("Observation")
                    else { continue }
                    observations.append(resource)
                }
                guard !observations.isEmpty else { return }
                for _ in 0..<20 {
                    let start = monotonicNanoseconds()
                    found = 0
                    for observation in observations {
                        evaluator.begin(observation, type: type)
                        for expression in expressions {
                            try evaluator.evaluate(expression, into: &items)
                            found += items.count
                        }
                    }
                    best = min(best, (monotonicNanoseconds() - start) / UInt64(observations.count))
                }
                print("\(expressions.count) parameters over \(observations.count) Observations: \(best) ns each")
                print("\(Double(found) / Double(observations.count)) items each")
            }
        }
        #expect(found > 0)
        #if !DEBUG
            #expect(best < 120_000)
        #endif
    }
}
