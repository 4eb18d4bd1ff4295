/// Checks that fields of one name in the answer can become one.
///
/// Fragments are put in their places and fields gathered by name, level by level. That can take more steps than the
/// document has fields, so the steps are limited.
/// - Source: GraphQL October 2021, section 5.3.2, Field Selection Merging.
struct FieldMerging {
    private let schema: GraphQLSchema
    private let root: SchemaTypeID
    private let fragments: [String: FragmentSyntax]
    private let depthMax: Int
    private let stepsMax: Int
    private var stepsLeft: Int

    /// A field where it stands.
    private struct Placed {
        var syntax: FieldSyntax
        var parent: SchemaTypeID
        var field: SchemaField
    }

    /// Checks all operations of a document, which share the steps.
    /// - Throws: `GraphQLError` of code `invalid` or `limit`.
    static func check(
        _ operations: [OperationSyntax], schema: GraphQLSchema, root: SchemaTypeID,
        fragments: [String: FragmentSyntax], limits: GraphQLLimits
    ) throws(GraphQLError) {
        var merging = FieldMerging(schema: schema, root: root, fragments: fragments, limits: limits)
        for operation in operations { try merging.check([(operation.selections, root)], sharesParent: true, depth: 1) }
    }

    private init(
        schema: GraphQLSchema, root: SchemaTypeID, fragments: [String: FragmentSyntax], limits: GraphQLLimits
    ) {
        self.schema = schema
        self.root = root
        self.fragments = fragments
        depthMax = limits.depthMax
        stepsMax = limits.fieldsPlannedMax * 4
        stepsLeft = stepsMax
    }

    /// - Parameter sharesParent: whether the sets are selected from one and the same value, so that fields of one name
    ///   must be the same field; otherwise only the shapes of their answers must be equal.
    private mutating func check(
        _ sets: [(SelectionSetSyntax, SchemaTypeID)], sharesParent: Bool, depth: Int
    ) throws(GraphQLError) {
        guard depth <= depthMax else {
            throw GraphQLError(code: .limit, detail: "The fields that are selected nest deeper than \(depthMax).")
        }
        var order: [String] = []
        var groups: [String: [Placed]] = [:]
        var visited: Set<String> = []
        for (set, type) in sets { try gather(set, type, &visited, &order, &groups) }
        for key in order {
            guard let group = groups[key], let first = group.first else { continue }
            if group.count == 1 {
                // A field alone agrees with itself; what is below it need not.
                if let set = first.syntax.selections {
                    try check([(set, first.field.type.type)], sharesParent: sharesParent, depth: depth + 1)
                }
                continue
            }
            for other in group.dropFirst() { try checkShape(first, other, key) }
            if sharesParent { try checkSame(group, key) }
            if first.syntax.selections == nil { continue }
            for part in parts(group, sharesParent: sharesParent) {
                var inner: [(SelectionSetSyntax, SchemaTypeID)] = []
                for placed in part.fields {
                    if let set = placed.syntax.selections { inner.append((set, placed.field.type.type)) }
                }
                try check(inner, sharesParent: part.sharesParent, depth: depth + 1)
            }
        }
    }

    /// The fields of a group whose selections are checked together.
    private func parts(_ group: [Placed], sharesParent: Bool) -> [(fields: [Placed], sharesParent: Bool)] {
        let parents = Set(group.map(\.parent))
        if !sharesParent || parents.count == 1 { return [(group, sharesParent)] }
        let open = group.filter { schema[$0.parent].kind == .interface }
        var parts: [(fields: [Placed], sharesParent: Bool)] = [(group, false)]
        var seen: Set<SchemaTypeID> = []
        for placed in group where schema[placed.parent].kind == .object && seen.insert(placed.parent).inserted {
            parts.append((open + group.filter { $0.parent == placed.parent }, true))
        }
        if seen.isEmpty { parts.append((open, true)) }
        return parts
    }

    private mutating func gather(
        _ set: SelectionSetSyntax, _ type: SchemaTypeID, _ visited: inout Set<String>, _ order: inout [String],
        _ groups: inout [String: [Placed]]
    ) throws(GraphQLError) {
        for selection in set.selections {
            stepsLeft -= 1
            guard stepsLeft >= 0 else {
                throw GraphQLError(
                    code: .limit,
                    detail: "The document selects too much: with its fragments in their places it has more than "
                        + "\(stepsMax) selections.")
            }
            switch selection {
            case .field(let syntax):
                guard let field = schema.field(syntax.name, of: type, isRoot: type == root) else { continue }
                let key = syntax.responseKey
                if groups[key] == nil { order.append(key) }
                groups[key, default: []].append(Placed(syntax: syntax, parent: type, field: field))
            case .spread(let spread):
                guard visited.insert(spread.name).inserted, let fragment = fragments[spread.name],
                    let condition = schema.type(named: fragment.type.text)
                else { continue }
                try gather(fragment.selections, condition, &visited, &order, &groups)
            case .inline(let inline):
                let condition = inline.type.flatMap { schema.type(named: $0.text) } ?? type
                try gather(inline.selections, condition, &visited, &order, &groups)
            }
        }
    }

    /// Whether both give answers of one shape.
    private func checkShape(_ one: Placed, _ other: Placed, _ key: String) throws(GraphQLError) {
        let (left, right) = (one.field.type, other.field.type)
        let isSame =
            left.isList == right.isList && left.isRequired == right.isRequired
            && left.hasRequiredItems == right.hasRequiredItems
            && (left.type == right.type || schema[left.type].isComposite && schema[right.type].isComposite)
        guard isSame else {
            throw GraphQLError(
                .invalid,
                "\(key.shortened) would be of type \(schema.text(left)) and of type \(schema.text(right)): use an "
                    + "alias for one of them.", at: one.syntax.offset, other.syntax.offset)
        }
    }

    /// Whether all that may be selected from one value are the same field with the same arguments.
    private func checkSame(_ group: [Placed], _ key: String) throws(GraphQLError) {
        var firstOfObject: [SchemaTypeID: Placed] = [:]
        var firstOpen: Placed?
        for placed in group {
            let isOpen = schema[placed.parent].kind == .interface
            let others = isOpen ? Array(firstOfObject.values) : [firstOfObject[placed.parent]].compactMap { $0 }
            for other in others + [firstOpen].compactMap({ $0 }) {
                guard other.syntax.name != placed.syntax.name || other.syntax.signature != placed.syntax.signature
                else { continue }
                let what =
                    other.syntax.name == placed.syntax.name
                    ? "\(placed.syntax.name) with different arguments"
                    : "\(other.syntax.name) and \(placed.syntax.name)"
                throw GraphQLError(
                    .invalid, "\(key.shortened) would be \(what): use an alias for one of them.",
                    at: other.syntax.offset, placed.syntax.offset)
            }
            if isOpen {
                firstOpen = firstOpen ?? placed
            } else if firstOfObject[placed.parent] == nil {
                firstOfObject[placed.parent] = placed
            }
        }
    }
}
