import Base
import FHIR
import Foundation
import GraphQL
import JSONTape

/// Resources in memory, searched by what a test says.
final class MemorySource: GraphQLSource {
    private(set) var resources: [String: String] = [:]
    private var order: [String] = []
    private let definitions: Definitions
    /// Whether a resource matches a parameter; without it references and ids are compared.
    private(set) var searches: [[String]] = []
    private(set) var reads = 0

    static let definitions = Result { try Definitions.load() }

    init(_ resources: [String]) throws {
        definitions = try Self.definitions.get()
        for text in resources { add(text) }
    }

    private func add(_ text: String) {
        let json = JSON(text)
        let name = json["resourceType"].text + "/" + json["id"].text
        resources[name] = text
        order.append(name)
    }

    func read(_ type: TypeID, id: String, into writer: ByteWriter) throws -> Bool {
        reads += 1
        guard let text = resources[definitions[type].name + "/" + id] else { return false }
        writer.write(text)
        return true
    }

    func target(of reference: UnsafeRawBufferPointer) -> (type: TypeID, id: String)? {
        let parts = ResourceReference(reference, definitions: definitions)
        guard parts.kind == .relative, let type = parts.type else { return nil }
        return (type, String(decoding: reference[parts.id], as: UTF8.self))
    }

    func search(_ search: GraphQLSearch) throws -> GraphQLPage {
        searches.append(search.parameters.map { $0.name + "=" + $0.value } + ["#\(search.count)"])
        let prefix = definitions[search.type].name + "/"
        var found = order.filter { $0.hasPrefix(prefix) }.compactMap { resources[$0] }
        for (name, value) in search.parameters where !name.hasPrefix("_") {
            guard name != "unserved" else { throw GraphQLError(code: .badArgument, detail: "not served") }
            let values = value.split(separator: ",").map(String.init)
            found = found.filter { text in values.contains { text.contains("\"\($0)\"") } }
        }
        let total = found.count
        let offset = search.cursor.flatMap { Int($0) } ?? 0
        let shown = Array(found.dropFirst(offset).prefix(search.count))
        var page = GraphQLPage(count: shown.count) { place, writer in writer.write(shown[place]) }
        page.total = total
        page.offset = offset
        page.size = search.count
        page.hasMore = offset + shown.count < total
        page.first = "0"
        if page.hasMore { page.next = String(offset + shown.count) }
        if offset > 0 { page.previous = String(max(0, offset - search.count)) }
        page.last = String(max(0, (total - 1) / max(1, search.count) * search.count))
        return page
    }
}

/// An answer, as text and read by another parser than the program's.
struct Answer {
    let text: String
    let json: JSON
    /// Of a request that was refused.
    let refused: [GraphQLError]

    var data: JSON { json["data"] }
    var errors: [JSON] { json["errors"].array }
    /// The data without the braces of the answer around it.
    var dataText: String {
        guard let start = text.range(of: "{\"data\":") else { return text }
        let end = text.range(of: ",\"errors\":[{\"message\"")?.lowerBound ?? text.index(before: text.endIndex)
        return String(text[start.upperBound..<end])
    }
}

/// Executes on resources in memory.
struct Tester {
    let source: MemorySource
    let engine: GraphQLEngine

    static let engine = Result {
        var limits = GraphQLLimits()
        // Slow machines are not what is tested.
        limits.seconds = 120
        return GraphQLEngine(try MemorySource.definitions.get(), limits: limits)
    }

    init(_ resources: [String] = [], limits: ((inout GraphQLLimits) -> Void)? = nil) throws {
        source = try MemorySource(resources)
        guard let limits else {
            engine = try Self.engine.get()
            return
        }
        var changed = GraphQLLimits()
        limits(&changed)
        engine = GraphQLEngine(try MemorySource.definitions.get(), limits: changed)
    }

    func run(
        _ query: String, variables: String? = nil, operation: String? = nil, on resource: String? = nil
    ) throws -> Answer {
        let document = try variables.map { try JSONDocument(Array($0.utf8)) }
        let writer = ByteWriter()
        var root = GraphQLRoot.system
        if let resource {
            let parts = resource.split(separator: "/").map(String.init)
            guard let type = try MemorySource.definitions.get().type(named: parts[0]) else { throw Unexpected() }
            root = .resource(type, id: parts[1])
        }
        do {
            try document.withRoot { variables in
                try engine.execute(
                    GraphQLRequest(query: Array(query.utf8), operationName: operation, variables: variables), on: root,
                    source: source, now: Instant(microseconds: 0), into: writer)
            }
        } catch let errors as GraphQLErrors {
            writer.removeAll()
            GraphQLErrorWriter.writeAnswer(errors.errors, to: writer)
            let text = String(decoding: writer.bytes, as: UTF8.self)
            return Answer(text: text, json: JSON(text), refused: errors.errors)
        }
        let text = String(decoding: writer.bytes, as: UTF8.self)
        return Answer(text: text, json: JSON(text), refused: [])
    }

    /// What a query is refused with, each error in one line.
    func refusal(_ query: String, variables: String? = nil, on resource: String? = nil) throws -> [String] {
        try run(query, variables: variables, on: resource).refused.map { "\($0.code): \($0)" }
    }
}

struct Unexpected: Error {}

extension JSONDocument? {
    fileprivate func withRoot<Result>(_ body: (JSONValue?) throws -> Result) throws -> Result {
        guard let self else { return try body(nil) }
        return try self.withRoot { try body($0) }
    }
}

/// JSON read by another parser than the program's.
struct JSON {
    let value: Any?

    init(value: Any?) { self.value = value }

    init(_ text: String) {
        value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }

    subscript(name: String) -> JSON { JSON(value: (value as? [String: Any])?[name]) }
    subscript(place: Int) -> JSON { array.indices.contains(place) ? array[place] : JSON(value: nil) }
    var array: [JSON] { (value as? [Any])?.map { JSON(value: $0) } ?? [] }
    var text: String { value as? String ?? "" }
    var number: Int? { (value as? NSNumber)?.intValue }
    var isThere: Bool { value != nil && !(value is NSNull) }
    var isNull: Bool { value is NSNull }
    var isObject: Bool { value is [String: Any] }
}
