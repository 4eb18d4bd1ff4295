internal import FHIR

extension PathCompiler {
    /// A function of `focus`.
    func function(_ node: Int, on focus: Typed, in scope: Scope) throws(PathError) -> Typed {
        guard case .function(let name) = syntax[node].kind else { return empty(node) }
        guard let function = PathFunction(rawValue: name) else {
            if PathFunction.unsupported.contains(name) {
                throw fail(.unsupportedFunction, "the function \(name)() cannot be evaluated yet", node)
            }
            throw fail(.unknownFunction, "no function \(name)()", node)
        }
        let arguments = syntax[node].children
        guard function.arguments.contains(arguments.count) else {
            throw fail(.badArguments, "\(name)() does not take \(arguments.count) arguments", node)
        }
        switch function {
        case .is: return try typeTest(focus, try typeArgument(arguments[0]), node)
        case .as, .ofType: return try typeFilter(focus, try typeArgument(arguments[0]), node)
        case .where: return try `where`(arguments[0], node, on: focus, in: scope)
        case .exists:
            let input = arguments.isEmpty ? focus : try `where`(arguments[0], node, on: focus, in: scope)
            return make(.exists, node, [input])
        case .extension: return try `extension`(arguments[0], node, on: focus, in: scope)
        case .hasExtension:
            return make(.exists, node, [try `extension`(arguments[0], node, on: focus, in: scope)])
        case .repeat, .repeatAll, .aggregate: return try fixpoint(function, node, on: focus, in: scope)
        case .sort: return try sort(node, on: focus, in: scope)
        case .trace: return try trace(node, on: focus, in: scope)
        case .defineVariable: return try define(node, on: focus, in: scope)
        case .matches, .matchesFull, .replaceMatches: return try matches(function, node, on: focus, in: scope)
        case .elementDefinition:
            let type = definitions.type(named: "ElementDefinition")
            return Typed(
                node: draft.add(.function(function), at: syntax[node].offset, [focus.node]),
                types: StaticTypes(fhir: type.map { [$0] } ?? []))
        case .children, .descendants: return try descend(function, node, on: focus)
        default: break
        }
        var inputs = [focus]
        for argument in arguments {
            let inner = function.takesCriteria ? criterionScope(focus, scope) : scope
            inputs.append(try compile(argument, in: inner))
        }
        return make(function, node, inputs)
    }

    func make(_ function: PathFunction, _ node: Int, _ inputs: [Typed]) -> Typed {
        Typed(
            node: draft.add(.function(function), at: syntax[node].offset, inputs.map(\.node)),
            types: resultTypes(of: function, inputs))
    }

    private func resultTypes(of function: PathFunction, _ inputs: [Typed]) -> StaticTypes {
        if let type = function.resultType { return StaticTypes(type) }
        switch function {
        case .select: return inputs[1].types
        case .union, .combine: return inputs[0].types.union(inputs[1].types)
        case .iif: return inputs.dropFirst(2).reduce(.none) { $0.union($1.types) }
        case .coalesce: return inputs.dropFirst().reduce(.none) { $0.union($1.types) }
        case .abs, .round, .power, .ceiling, .floor, .truncate, .sum, .avg: return numbers(inputs[0].types)
        case .lowBoundary, .highBoundary, .getValue, .min, .max:
            return StaticTypes(
                system: SystemTypes(SystemType.allCases.map { SystemTypes($0) }))
        case .type: return StaticTypes(system: .typeInfo)
        case .resolve: return StaticTypes(fhir: definitions.concreteResourceTypes)
        default: return inputs[0].types
        }
    }

    /// Inside a criterion `$this` is one item of the input.
    func criterionScope(_ focus: Typed, _ outer: Scope) -> Scope {
        let this = Typed(node: draft.add(.this, at: 0), types: focus.types)
        return Scope(this: this, isCriterion: true, total: outer.total, variables: outer.variables)
    }

    private func `where`(_ argument: Int, _ node: Int, on focus: Typed, in scope: Scope) throws(PathError) -> Typed {
        if focus.types.isEmpty { return empty(node) }
        let criterion = try compile(argument, in: criterionScope(focus, scope))
        if usesIndex(argument) {
            return make(.where, node, [focus, criterion])
        }
        let step = PlanStep(kind: .filter(criterion: criterion.node))
        return Typed(node: draft.extend(focus.node, with: step, at: syntax[node].offset), types: focus.types)
    }

    private func usesIndex(_ node: Int) -> Bool {
        if case .index = syntax[node].kind { return true }
        return syntax[node].children.contains { usesIndex($0) }
    }

    private func `extension`(_ argument: Int, _ node: Int, on focus: Typed, in scope: Scope) throws(PathError) -> Typed
    {
        let url = try compile(argument, in: scope)
        let holders = StaticTypes(
            fhir: focus.types.fhir.filter { definitions[$0].elements.contains { $0.name == "extension" } })
        guard !holders.isEmpty else { return empty(node) }
        var extensions = try child("extension", node, of: Typed(node: focus.node, types: holders))
        let offset = syntax[node].offset
        if case .literal(let literal) = draft[url.node].operation {
            let step = PlanStep(kind: .extensionURL(literal: literal))
            extensions.node = draft.extend(extensions.node, with: step, at: offset)
            return extensions
        }
        return Typed(
            node: draft.add(.function(.extension), at: offset, [extensions.node, url.node]), types: extensions.types)
    }

    /// `repeat` and `aggregate`, whose argument works on its own results: compiled until their types are known.
    private func fixpoint(
        _ function: PathFunction, _ node: Int, on focus: Typed, in scope: Scope
    ) throws(PathError) -> Typed {
        let arguments = syntax[node].children
        var inputs = [focus]
        var first = StaticTypes.none
        if arguments.count > 1 {
            let start = try compile(arguments[1], in: scope)
            inputs.append(start)
            first = start.types
        }
        let isRepeat = function != .aggregate
        var types = isRepeat ? focus.types : first
        for _ in 0..<8 {
            var inner = criterionScope(Typed(node: focus.node, types: focus.types), scope)
            if isRepeat { inner.this.types = types } else { inner.total = types }
            let body = try compile(arguments[0], in: inner)
            let wider = types.union(body.types)
            if wider.fhir.count == types.fhir.count, wider.system == types.system {
                let operands = [inputs[0].node, body.node] + inputs.dropFirst().map(\.node)
                let result = draft.add(.function(function), at: syntax[node].offset, operands)
                return Typed(node: result, types: isRepeat ? body.types : types)
            }
            types = wider
        }
        throw fail(.wrongType, "the types of \(function.rawValue)() cannot be told", node)
    }

    /// `sort(key, -key)`: a sign before a key turns its order.
    private func sort(_ node: Int, on focus: Typed, in scope: Scope) throws(PathError) -> Typed {
        var inputs = [focus]
        var descending: Int32 = 0
        for (place, argument) in syntax[node].children.enumerated() {
            var key = argument
            if case .minus = syntax[argument].kind {
                descending |= 1 << Int32(place)
                key = syntax[argument].children[0]
            }
            inputs.append(try compile(key, in: criterionScope(focus, scope)))
        }
        let sorted = make(.sort, node, inputs)
        draft.annotate(sorted.node, descending)
        return sorted
    }

    private func descend(_ function: PathFunction, _ node: Int, on focus: Typed) throws(PathError) -> Typed {
        let types: [TypeID]
        if function == .descendants, let known = draft.descendantTypes[focus.types.fhir] {
            types = known
        } else {
            var reached: Set<TypeID> = []
            var open = focus.types.fhir
            while let type = open.popLast() {
                try spend(1, node)
                for child in childTypes(of: type) where reached.insert(child).inserted {
                    if function == .descendants { open.append(child) }
                }
            }
            types = reached.sorted()
            if function == .descendants { draft.descendantTypes[focus.types.fhir] = types }
        }
        return Typed(
            node: draft.add(.function(function), at: syntax[node].offset, [focus.node]),
            types: StaticTypes(fhir: types))
    }
}
