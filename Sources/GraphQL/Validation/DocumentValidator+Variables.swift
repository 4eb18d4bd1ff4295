/// Variables: declared once, of input types, all used, and used where their types fit.
extension DocumentValidator {
    mutating func checkVariables(
        of operation: OperationSyntax, _ used: [VariableUse], _ found: inout FragmentUses
    ) {
        var declared: [String: VariableSyntax] = [:]
        for variable in operation.variables {
            check(variable.directives, at: .variableDefinition, &found)
            if declared.updateValue(variable, forKey: variable.name) != nil {
                report("Two variables have the name $\(variable.name.shortened).", at: variable.offset)
            }
            checkType(of: variable)
        }
        var usedNames: Set<String> = []
        for use in used {
            usedNames.insert(use.name)
            guard let variable = declared[use.name] else {
                let place = operation.name.map { " of the operation \($0.shortened)" } ?? ""
                report("The variable $\(use.name.shortened) is not declared\(place).", at: use.offset)
                continue
            }
            if !fits(variable, use) {
                report(
                    "The variable $\(variable.name) of type \(variable.type.description) cannot be used where "
                        + "\(schema.text(use.type)) is wanted.", at: variable.offset, use.offset)
            }
        }
        for variable in operation.variables where !usedNames.contains(variable.name) {
            report("The variable $\(variable.name.shortened) is never used.", at: variable.offset)
        }
    }

    private mutating func checkType(of variable: VariableSyntax) {
        let name = variable.type.name
        guard let type = schema.type(named: name.text) else {
            report("There is no type \(name.text.shortened).", at: name.offset)
            return
        }
        guard schema[type].isInput else {
            report("A variable cannot be of the type \(name.text.shortened).", at: name.offset)
            return
        }
        guard let value = variable.defaultValue else { return }
        do {
            _ = try defaultValue(value, as: variable.type)
        } catch {
            report(error)
        }
    }

    private func defaultValue(_ literal: ValueSyntax, as type: TypeSyntax) throws(GraphQLError) -> InputValue {
        try coercion.constant(literal, as: type)
    }

    /// Whether a variable's type fits the place where it stands. One value may stand for a list of one.
    private func fits(_ variable: VariableSyntax, _ use: VariableUse) -> Bool {
        var type = variable.type
        var isRequired = false
        if case .nonNull(let inner) = type {
            type = inner
            isRequired = true
        }
        if use.type.isRequired, !isRequired {
            let hasValue: Bool =
                switch variable.defaultValue?.kind {
                case nil, .null?: false
                default: true
                }
            guard hasValue || use.hasDefault else { return false }
        }
        switch type {
        case .list(let inner):
            guard use.type.isList else { return false }
            if case .list = inner { return false }
            if case .nonNull(.list) = inner { return false }
            if use.type.hasRequiredItems, case .named = inner { return false }
        case .named, .nonNull: break
        }
        guard let id = schema.type(named: type.name.text) else { return true }
        return coercion.isCompatible(id, with: use.type.type)
    }
}

extension InputCoercion {
    /// Reads a literal that has no variables as a variable's type.
    /// - Throws: `GraphQLError.invalid`.
    func constant(_ literal: ValueSyntax, as type: TypeSyntax) throws(GraphQLError) -> InputValue {
        switch type {
        case .nonNull(let inner):
            if case .null = literal.kind {
                throw GraphQLError(.invalid, "A value of type \(type.description) is not null.", at: literal.offset)
            }
            return try constant(literal, as: inner)
        case .list(let inner):
            if case .null = literal.kind { return .null }
            guard case .list(let literals) = literal.kind else { return .list([try constant(literal, as: inner)]) }
            var values: [InputValue] = []
            for literal in literals { values.append(try constant(literal, as: inner)) }
            return .list(values)
        case .named(let name):
            guard let id = schema.type(named: name.text), schema[id].isInput else {
                throw GraphQLError(.invalid, "There is no input type \(name.text.shortened).", at: name.offset)
            }
            return try value(literal, as: SchemaTypeReference(type: id)) { _ in nil } ?? .null
        }
    }
}
