/// Checks a document against the schema before anything of it is executed.
/// - Source: GraphQL October 2021, section 5, Validation.
struct DocumentValidator {
    let schema: GraphQLSchema
    let document: GraphQLDocument
    /// The type that operations start from.
    let root: SchemaTypeID
    let limits: GraphQLLimits
    let fragments: [String: FragmentSyntax]
    let coercion: InputCoercion
    private(set) var errors: [GraphQLError] = []
    /// Of each fragment, what it uses itself.
    var uses: [String: FragmentUses] = [:]

    /// What a selection set uses, without what the fragments in it use.
    struct FragmentUses {
        var spreads: [String] = []
        var variables: [VariableUse] = []
    }

    /// A variable in the place of an argument.
    struct VariableUse {
        var name: String
        var type: SchemaTypeReference
        var hasDefault: Bool
        var offset: Int
    }

    /// Checks a document.
    /// - Throws: all errors found, up to the limit.
    static func validate(
        _ document: GraphQLDocument, schema: GraphQLSchema, root: SchemaTypeID, limits: GraphQLLimits
    ) throws(GraphQLErrors) {
        guard document.operations.count <= limits.operationsMax else {
            throw GraphQLErrors([
                GraphQLError(
                    code: .limit, detail: "The document has more than \(limits.operationsMax) operations.")
            ])
        }
        var validator = DocumentValidator(document, schema: schema, root: root, limits: limits)
        validator.run()
        guard validator.errors.isEmpty else { throw GraphQLErrors(validator.errors) }
    }

    private init(_ document: GraphQLDocument, schema: GraphQLSchema, root: SchemaTypeID, limits: GraphQLLimits) {
        self.document = document
        self.schema = schema
        self.root = root
        self.limits = limits
        coercion = InputCoercion(schema: schema)
        fragments = Dictionary(document.fragments.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func report(_ error: GraphQLError) {
        if errors.count < limits.errorsMax { errors.append(error) }
    }

    mutating func report(_ detail: String, at offsets: Int...) {
        var error = GraphQLError(code: .invalid, detail: detail)
        error.offsets = offsets
        report(error)
    }

    private mutating func run() {
        checkNames()
        for fragment in document.fragments {
            var found = FragmentUses()
            check(fragment.directives, at: .fragmentDefinition, &found)
            if let type = schema.type(named: fragment.type.text), schema[type].isComposite {
                check(fragment.selections, on: type, isRoot: type == root, &found)
            } else {
                reportCondition(fragment.type)
            }
            if uses[fragment.name] == nil { uses[fragment.name] = found }
        }
        checkCycles()
        var used: Set<String> = []
        for operation in document.operations { used.formUnion(check(operation)) }
        for fragment in document.fragments where !used.contains(fragment.name) {
            report("The fragment \(fragment.name.shortened) is never used.", at: fragment.offset)
        }
        // The rest relies on a document that is otherwise right.
        guard errors.isEmpty else { return }
        do {
            try FieldMerging.check(
                document.operations, schema: schema, root: root, fragments: fragments, limits: limits)
        } catch {
            report(error)
        }
    }

    private mutating func checkNames() {
        var names: Set<String> = []
        for operation in document.operations {
            guard let name = operation.name else {
                if document.operations.count > 1 {
                    report("An operation without a name must be the only one.", at: operation.offset)
                }
                continue
            }
            if !names.insert(name).inserted {
                report("Two operations have the name \(name.shortened).", at: operation.offset)
            }
        }
        if document.operations.isEmpty { report("The document has no operation.") }
        var fragmentNames: Set<String> = []
        for fragment in document.fragments where !fragmentNames.insert(fragment.name).inserted {
            report("Two fragments have the name \(fragment.name.shortened).", at: fragment.offset)
        }
    }

    /// A fragment that contains itself would never end; one that contains many others in turn takes a deep stack.
    private mutating func checkCycles() {
        var heights: [String: Int] = [:]
        for fragment in document.fragments where heights[fragment.name] == nil {
            var open: Set<String> = [fragment.name]
            var stack = [(name: fragment.name, next: 0)]
            while let top = stack.last {
                let spreads = uses[top.name]?.spreads ?? []
                guard top.next < spreads.count else {
                    stack.removeLast()
                    open.remove(top.name)
                    let height = 1 + (spreads.compactMap { heights[$0] }.max() ?? 0)
                    heights[top.name] = height
                    if height == limits.depthMax + 1 {
                        report(
                            GraphQLError(
                                .limit, "Fragments contain one another deeper than \(limits.depthMax).",
                                at: fragments[top.name]?.offset ?? 0))
                    }
                    continue
                }
                stack[stack.count - 1].next += 1
                let name = spreads[top.next]
                if open.contains(name) {
                    report("The fragment \(name.shortened) contains itself.", at: fragments[name]?.offset ?? 0)
                } else if heights[name] == nil {
                    open.insert(name)
                    stack.append((name, 0))
                }
            }
        }
    }

    /// - Returns: the names of the fragments that the operation uses.
    private mutating func check(_ operation: OperationSyntax) -> Set<String> {
        var found = FragmentUses()
        let location: SchemaDirective.Location =
            switch operation.kind {
            case .query: .query
            case .mutation: .mutation
            case .subscription: .subscription
            }
        check(operation.directives, at: location, &found)
        if operation.kind == .query {
            check(operation.selections, on: root, isRoot: true, &found)
        } else {
            report("The schema has no \(operation.kind.rawValue)s: only queries are served.", at: operation.offset)
        }
        var seen: Set<String> = []
        var waiting = found.spreads
        while let name = waiting.popLast() {
            guard seen.insert(name).inserted, let inner = uses[name] else { continue }
            waiting += inner.spreads
            found.variables += inner.variables
        }
        // A variable used again and again tells the same once.
        checkVariables(of: operation, found.variables, &found)
        return seen
    }
}
