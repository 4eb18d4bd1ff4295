import Base
import FHIR
import FHIRPath
import Foundation
import JSONTape

/// One load for all tests of this target.
enum Shared {
    static let definitions: Result<Definitions, any Error> = Result { try Definitions.load() }

    /// 2026-03-04T05:06:07.089Z
    static let now = Instant(microseconds: 1_772_600_767_089_000)
}

/// An item of a result as a test reads it.
struct Found: Equatable, CustomStringConvertible {
    var type: String
    var value: String

    var description: String { "\(type) \(value)" }
}

/// Compiles and evaluates over one resource.
final class Bench {
    let definitions: Definitions
    let evaluator: PathEvaluator
    private let document: JSONDocument
    private(set) var root: TypeID

    init(_ source: [UInt8], limits: PathLimits = PathLimits()) throws {
        definitions = try Shared.definitions.get()
        evaluator = PathEvaluator(definitions, limits: limits, now: Shared.now)
        document = try JSONDocument(source, names: definitions.names)
        let name = document.withRoot { $0.member("resourceType")?.string ?? "Resource" }
        root = definitions.type(named: name) ?? TypeID(raw: 0)
    }

    convenience init(_ source: String, limits: PathLimits = PathLimits()) throws {
        try self.init(Array(source.utf8), limits: limits)
    }

    func compile(_ text: String, isStrict: Bool = false) throws(PathError) -> PathExpression {
        try PathExpression.compile(text, on: root, definitions: definitions, isStrict: isStrict)
    }

    func items(_ text: String, isStrict: Bool = false) throws -> [Found] {
        let expression = try compile(text, isStrict: isStrict)
        return try document.withRoot { root in
            var items: [PathItem] = []
            try evaluator.evaluate(expression, on: root, into: &items)
            return items.map { describe($0, definitions) }
        }
    }

    /// Lends the resource.
    func withRoot<Result>(_ body: (JSONValue) throws -> Result) throws -> Result { try document.withRoot(body) }

    /// The values of the items, without their types.
    func values(_ text: String) throws -> [String] {
        try items(text).map(\.value)
    }
}

func describe(_ item: PathItem, _ definitions: Definitions) -> Found {
    switch item {
    case .node(let node):
        Found(type: definitions[node.type].name, value: node.value.map { $0.text } ?? "")
    case .boolean(let truth): Found(type: "boolean", value: truth ? "true" : "false")
    case .integer(let value): Found(type: "integer", value: String(value))
    case .decimal(let value): Found(type: "decimal", value: value.text)
    case .string(let text): Found(type: "string", value: String(decoding: text, as: UTF8.self))
    case .date(let value): Found(type: "date", value: value.text)
    case .dateTime(let value): Found(type: "dateTime", value: value.text)
    case .time(let value): Found(type: "time", value: value.text)
    case .quantity(let value):
        Found(
            type: "Quantity",
            value: "\(value.pointee.value.text) '\(String(decoding: value.pointee.unit, as: UTF8.self))'")
    case .systemTypeInfo(let type): Found(type: "TypeInfo", value: "System.\(type.name)")
    case .typeInfo(let type): Found(type: "TypeInfo", value: "FHIR.\(definitions[type].name)")
    }
}
