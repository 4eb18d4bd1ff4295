internal import FHIR

/// Turns a syntax tree into a plan for resources or elements of known types.
struct PathCompiler {
    /// A subexpression: its node and what its items can be.
    struct Typed {
        var node: Int32
        var types: StaticTypes
        /// What `defineVariable()` defined on the way here, for what goes on from here.
        var defined: [String: Variable] = [:]
    }

    /// What `defineVariable()` defines.
    struct Variable {
        var slot: Int32
        var types: StaticTypes
    }

    /// What `$this`, `$index` and `$total` mean at a place.
    struct Scope {
        var this: Typed
        var isCriterion = false
        var total: StaticTypes?
        var variables: [String: Variable] = [:]
    }

    let syntax: PathSyntax
    let definitions: Definitions
    let draft: PathDraft
    private(set) var rootTypes: StaticTypes
    let isStrict: Bool
    let constants: [String: PathConstant]

    /// How many operations a plan may have.
    static let nodesMax = 50_000
    /// How many types may be looked at, over and over: each `descendants()` has some hundreds.
    static let workMax = 300_000

    /// Compiles the whole tree.
    static func compile(
        _ syntax: PathSyntax, on types: [TypeID], definitions: Definitions, isStrict: Bool,
        constants: [String: PathConstant]
    ) throws(PathError) -> (plan: PathPlan, types: StaticTypes) {
        var compiler = PathCompiler(
            syntax: syntax, definitions: definitions, draft: PathDraft(typeCount: definitions.types.count),
            rootTypes: .none, isStrict: isStrict, constants: constants)
        var instances: Set<TypeID> = []
        for type in types { instances.formUnion(compiler.concrete(type)) }
        compiler.rootTypes = StaticTypes(fhir: instances.sorted())
        let root = Typed(node: compiler.draft.add(.context, at: 0), types: compiler.rootTypes)
        let whole = try compiler.compile(syntax.root, in: Scope(this: root))
        return (compiler.draft.finish(root: whole.node), whole.types)
    }

    /// The types that instances of `type` can have.
    func concrete(_ type: TypeID) -> [TypeID] {
        if let known = draft.concreteTypes[type] { return known }
        var found = [type]
        if definitions[type].isAbstract {
            found = definitions.types.indices.lazy.map { TypeID(raw: UInt16($0)) }.filter {
                !definitions[$0].isAbstract && definitions.isSubtype($0, of: type)
            }
        }
        draft.concreteTypes[type] = found
        return found
    }

    /// The types that the elements of `type` can have.
    func childTypes(of type: TypeID) -> [TypeID] {
        if let known = draft.childTypes[type] { return known }
        var found: Set<TypeID> = []
        for element in definitions[type].elements { found.formUnion(concrete(element.type)) }
        let children = found.sorted()
        draft.childTypes[type] = children
        return children
    }

    func fail(_ code: PathError.Code, _ detail: String, _ node: Int) -> PathError {
        PathError(code: code, detail: detail, offset: syntax[node].offset)
    }

    /// Counts the types that a step looks at, so that a short text cannot keep the compiler busy.
    func spend(_ types: Int, _ node: Int) throws(PathError) {
        draft.work += types
        guard draft.work <= Self.workMax else {
            throw fail(.tooLong, "an expression that takes too long to compile", node)
        }
    }

    func empty(_ node: Int) -> Typed {
        Typed(node: draft.add(.empty, at: syntax[node].offset), types: .none)
    }

    // MARK: Terms

    /// Compiles an expression that stands by itself.
    func compile(_ node: Int, in scope: Scope) throws(PathError) -> Typed {
        guard draft.planNodes.count < Self.nodesMax else {
            throw fail(.tooLong, "an expression with too many operations", node)
        }
        let syntaxNode = syntax[node]
        let offset = syntaxNode.offset
        switch syntaxNode.kind {
        case .empty: return empty(node)
        case .literal(let literal): return self.literal(literal, at: offset)
        case .external(let name): return try external(name, node, in: scope)
        case .name(let name): return try head(name, node, in: scope)
        case .function: return try function(node, on: scope.this, in: scope)
        case .this: return scope.this
        case .index:
            guard scope.isCriterion else { throw fail(.unknownVariable, "$index outside of a criterion", node) }
            return Typed(node: draft.add(.index, at: offset), types: StaticTypes(.integer))
        case .total:
            guard let types = scope.total else { throw fail(.unknownVariable, "$total outside of aggregate()", node) }
            return Typed(node: draft.add(.total, at: offset), types: types)
        case .invocation:
            let focus = try compile(syntaxNode.children[0], in: scope)
            var inner = scope
            for (name, variable) in focus.defined { inner.variables[name] = variable }
            var result = try invoke(syntaxNode.children[1], on: focus, in: inner)
            for (name, variable) in focus.defined { result.defined[name] = variable }
            return result
        case .indexer:
            let focus = try compile(syntaxNode.children[0], in: scope)
            let place = try compile(syntaxNode.children[1], in: scope)
            return Typed(
                node: draft.add(.indexer, at: offset, [focus.node, place.node]), types: focus.types,
                defined: focus.defined)
        case .plus, .minus:
            let operand = try compile(syntaxNode.children[0], in: scope)
            var operation = PlanOperation.plus
            if case .minus = syntaxNode.kind { operation = .minus }
            return Typed(node: draft.add(operation, at: offset, [operand.node]), types: numbers(operand.types))
        case .binary(let binary):
            let left = try compile(syntaxNode.children[0], in: scope)
            let right = try compile(syntaxNode.children[1], in: scope)
            return Typed(
                node: draft.add(.binary(binary), at: offset, [left.node, right.node]),
                types: resultTypes(of: binary, left.types, right.types))
        case .union: return try union(node, in: scope)
        case .typeIs(let name):
            return try typeTest(try compile(syntaxNode.children[0], in: scope), name, node)
        case .typeAs(let name):
            return try typeFilter(try compile(syntaxNode.children[0], in: scope), name, node)
        }
    }

    /// Compiles what stands behind a point.
    private func invoke(_ node: Int, on focus: Typed, in scope: Scope) throws(PathError) -> Typed {
        switch syntax[node].kind {
        case .name(let name): return try child(name, node, of: focus)
        case .function: return try function(node, on: focus, in: scope)
        default: return try compile(node, in: scope)
        }
    }

    /// A name at the start of an expression: the type of what it is evaluated on, or an element of that.
    private func head(_ name: String, _ node: Int, in scope: Scope) throws(PathError) -> Typed {
        // Elements have small first letters, and types that can stand here large ones.
        if let first = name.utf8.first, first < 0x61, let type = definitions.type(named: name) {
            if scope.this.types.fhir == [type] { return scope.this }
            if !definitions[type].isAbstract, !scope.this.types.fhir.contains(type), !isStrict { return empty(node) }
            let filtered = try filter(scope.this, to: [type], system: [], node)
            guard filtered.types.isEmpty else { return filtered }
            if isStrict { throw fail(.wrongType, "what this is evaluated on is no \(name)", node) }
            return empty(node)
        }
        return try child(name, node, of: scope.this)
    }

    private func union(_ node: Int, in scope: Scope) throws(PathError) -> Typed {
        var branches: [Int32] = []
        var types = StaticTypes.none
        for child in syntax[node].children {
            let branch = try compile(child, in: scope)
            if case .empty = draft[branch.node].operation { continue }
            try spend(types.fhir.count + branch.types.fhir.count, child)
            types = types.union(branch.types)
            branches.append(branch.node)
        }
        guard !branches.isEmpty else { return empty(node) }
        return Typed(node: draft.add(.union, at: syntax[node].offset, branches), types: types)
    }

    func numbers(_ types: StaticTypes) -> StaticTypes {
        StaticTypes(system: SystemTypes([.init(.integer), .init(.decimal), .init(.quantity)]))
    }

    private func resultTypes(of binary: PathOperator, _ left: StaticTypes, _ right: StaticTypes) -> StaticTypes {
        switch binary {
        case .times, .divide, .mod: numbers(left)
        case .div: StaticTypes(.integer)
        case .add, .subtract:
            StaticTypes(
                system: SystemTypes([
                    .init(.integer), .init(.decimal), .init(.quantity), .init(.string), .init(.date),
                    .init(.dateTime), .init(.time),
                ]))
        case .concatenate: StaticTypes(.string)
        default: StaticTypes(.boolean)
        }
    }
}
