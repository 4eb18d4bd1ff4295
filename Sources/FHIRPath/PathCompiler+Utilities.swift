internal import FHIR

extension PathCompiler {
    private static let reservedNames: Set<String> = ["context", "resource", "rootResource", "ucum", "sct", "loinc"]

    /// `defineVariable(name, value)`: the name is known to what follows on the same way, and to nothing else.
    func define(_ node: Int, on focus: Typed, in scope: Scope) throws(PathError) -> Typed {
        let arguments = syntax[node].children
        guard case .literal(.string(let bytes)) = syntax[arguments[0]].kind else {
            throw fail(.badArguments, "the name of a variable must be written as a text", arguments[0])
        }
        let name = String(decoding: bytes, as: UTF8.self)
        let isTaken =
            scope.variables[name] != nil || constants[name] != nil || Self.reservedNames.contains(name)
            || name.hasPrefix("vs-") || name.hasPrefix("ext-")
        guard !isTaken else { throw fail(.badArguments, "the variable %\(name) is there already", arguments[0]) }
        guard draft.slotCount < Self.variablesMax else {
            throw fail(.tooLong, "an expression with too many variables", node)
        }
        let slot = draft.addSlot()
        let offset = syntax[node].offset
        var types = focus.types
        var result = Typed(node: draft.add(.define(slot), at: offset, [focus.node]), types: focus.types)
        if arguments.count > 1 {
            // The value is told of the whole input, which lies in the slot meanwhile.
            var inner = scope
            inner.this = Typed(node: draft.add(.defined(slot), at: offset), types: focus.types)
            let value = try compile(arguments[1], in: inner)
            types = value.types
            result.node = draft.add(.define(slot), at: offset, [focus.node, value.node])
        }
        result.defined[name] = Variable(slot: slot, types: types)
        return result
    }

    /// How many variables one expression may define.
    private static let variablesMax = 100

    /// `trace(name, projection)`: the projection is told of each item.
    func trace(_ node: Int, on focus: Typed, in scope: Scope) throws(PathError) -> Typed {
        let arguments = syntax[node].children
        var inputs = [focus.node, try compile(arguments[0], in: scope).node]
        if arguments.count > 1 {
            inputs.append(try compile(arguments[1], in: criterionScope(focus, scope)).node)
        }
        return Typed(node: draft.add(.function(.trace), at: syntax[node].offset, inputs), types: focus.types)
    }

    /// `matches`, `matchesFull` and `replaceMatches`: a regular expression that is written as a text is compiled here.
    func matches(
        _ function: PathFunction, _ node: Int, on focus: Typed, in scope: Scope
    ) throws(PathError) -> Typed {
        let arguments = syntax[node].children
        var inputs = [focus]
        for argument in arguments { inputs.append(try compile(argument, in: scope)) }
        let result = make(function, node, inputs)
        guard case .literal(.string(let pattern)) = syntax[arguments[0]].kind else { return result }
        var flags = ""
        let flagPlace = function == .replaceMatches ? 2 : 1
        if arguments.count > flagPlace {
            guard case .literal(.string(let bytes)) = syntax[arguments[flagPlace]].kind else { return result }
            flags = String(decoding: bytes, as: UTF8.self)
        }
        do throws(PatternError) {
            draft.annotate(
                result.node,
                try draft.addPattern(TextPattern(String(decoding: pattern, as: UTF8.self), flags: flags)))
        } catch {
            throw PathError(
                code: .badArguments, detail: error.description, offset: syntax[arguments[0]].offset, cause: error)
        }
        return result
    }
}
