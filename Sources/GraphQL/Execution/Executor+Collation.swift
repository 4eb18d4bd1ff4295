internal import Base
internal import FHIR
internal import FHIRPath
internal import JSONTape

/// Objects in which values stand elsewhere than under their field's own name: `@flatten` and `@slice`.
///
/// What has no value is left out where it was flattened or sliced, as FHIR's GraphQL page shows, and null otherwise.
extension Executor {
    /// The values gathered for one name of the answer.
    private struct Collated {
        var key: String
        var type: SchemaTypeReference
        var isList: Bool
        /// Whether it is told as null where there is no value.
        var isPlain: Bool
        var isNull = true
        /// Where the values lie in the gathering writer.
        var values: [Range<Int>] = []
    }

    private struct Collation {
        var entries: [Collated] = []
        var places: [String: Int] = [:]
    }

    func writeCollated(_ plan: SelectionPlan, _ item: ExecutionItem) throws {
        let outer = writer
        let gathered = ByteWriter(capacity: 1024)
        waitingBytes += outer.count
        writer = gathered
        var collation = Collation()
        defer {
            writer = outer
            waitingBytes -= outer.count
        }
        try collate(plan, item, suffix: "", isRepeated: false, isFlattened: false, &collation)
        var isFirst = true
        outer.write(UInt8(ascii: "{"))
        for entry in collation.entries where entry.isPlain || !entry.isNull {
            if !isFirst { outer.write(UInt8(ascii: ",")) }
            isFirst = false
            writeJSONString(entry.key, to: outer)
            outer.write(UInt8(ascii: ":"))
            write(entry, from: gathered, to: outer)
        }
        outer.write(UInt8(ascii: "}"))
    }

    private func write(_ entry: Collated, from gathered: ByteWriter, to outer: ByteWriter) {
        guard !entry.isNull else { return outer.write("null") }
        if entry.isList { outer.write(UInt8(ascii: "[")) }
        for (place, range) in entry.values.enumerated() {
            if place > 0 { outer.write(UInt8(ascii: ",")) }
            outer.write(UnsafeRawBufferPointer(rebasing: gathered.bytes[range]))
        }
        if entry.isList { outer.write(UInt8(ascii: "]")) }
    }

    private func collate(
        _ plan: SelectionPlan, _ item: ExecutionItem, suffix: String, isRepeated: Bool, isFlattened: Bool,
        _ collation: inout Collation
    ) throws {
        for field in plan.fields {
            let depth = path.count
            path.append(.key(field.responseKey))
            do {
                if field.isFlattened {
                    try flatten(field, item, suffix, isRepeated, &collation)
                } else {
                    try gather(field, item, suffix, isRepeated, isFlattened, &collation)
                }
            } catch let error as GraphQLError where Self.isLocal(error) {
                // The values before the error are whole; nothing refers to what was begun behind them.
                try record(error, at: field)
            }
            path.removeLast(path.count - depth)
        }
    }

    private func flatten(
        _ field: PlannedField, _ item: ExecutionItem, _ suffix: String, _ isRepeated: Bool,
        _ collation: inout Collation
    ) throws {
        var place = 0
        _ = try forEachValue(of: field, in: item) { inner, _ in
            defer { place += 1 }
            guard !field.isSingleton || place == 0 else { throw tooMany(field) }
            guard let inner, let type = objectType(of: inner, field) else { return }
            let own = try self.suffix(field, inner, place)
            try collate(
                planner.plan(below: field, on: type), inner, suffix: suffix + own,
                isRepeated: isRepeated || field.isList, isFlattened: true, &collation)
        }
    }

    private func gather(
        _ field: PlannedField, _ item: ExecutionItem, _ suffix: String, _ isRepeated: Bool, _ isFlattened: Bool,
        _ collation: inout Collation
    ) throws {
        let isList = (isRepeated || field.field.type.isList) && !field.isSingleton
        let isPlain = !isFlattened && field.slice == nil
        if isPlain {
            let entry = try entry(field.responseKey + suffix, field, isList: isList, isPlain: true, &collation)
            collation.entries[entry].isPlain = true
        }
        var place = 0
        let isThere = try forEachValue(of: field, in: item) { inner, write in
            let own = try self.suffix(field, inner, place)
            place += 1
            let entry = try entry(
                field.responseKey + suffix + own, field, isList: isList, isPlain: isPlain, &collation)
            guard isList || collation.entries[entry].values.isEmpty else { throw tooMany(field) }
            let start = writer.count
            try write()
            collation.entries[entry].values.append(start..<writer.count)
            collation.entries[entry].isNull = false
        }
        if isPlain, isThere, isList {
            let entry = try entry(field.responseKey + suffix, field, isList: isList, isPlain: true, &collation)
            collation.entries[entry].isNull = false
        }
    }

    /// The place of a name's values.
    /// - Throws: `GraphQLError.badArgument` if values of another type stand under the name.
    private func entry(
        _ key: String, _ field: PlannedField, isList: Bool, isPlain: Bool, _ collation: inout Collation
    ) throws(GraphQLError) -> Int {
        if let known = collation.places[key] {
            let entry = collation.entries[known]
            guard entry.type.type == field.field.type.type, entry.isList == isList else {
                throw GraphQLError(
                    code: .badArgument,
                    detail: "Values of the types \(schema.text(entry.type)) and \(schema.text(field.field.type)) come "
                        + "together under \(key.shortened): use an alias for one of them.")
            }
            return known
        }
        try countField()
        collation.places[key] = collation.entries.count
        collation.entries.append(Collated(key: key, type: field.field.type, isList: isList, isPlain: isPlain))
        return collation.entries.count - 1
    }

    /// What `@slice` adds to the names below a value.
    private func suffix(_ field: PlannedField, _ item: ExecutionItem?, _ place: Int) throws(GraphQLError) -> String {
        switch field.slice {
        case nil: return ""
        case .place: return "." + String(place)
        case .expression(let text, let offset):
            guard case .element(let json, let type)? = item else { return "" }
            try evaluate(planner.compile(text, on: type, at: offset), on: json, type)
            guard pathItems.count <= 1 else {
                throw GraphQLError(
                    .badArgument, "The FHIRPath of @slice gives several values for one element.", at: offset)
            }
            guard let text = pathItems.first.flatMap(Self.text) else { return "" }
            return "." + text
        }
    }

    private static func text(_ item: PathItem) -> String? {
        switch item {
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .node(let node):
            node.value.flatMap { $0.isObject || $0.isArray || $0.kind == .null ? nil : $0.text }
        default: nil
        }
    }
}
