/// Fields, arguments, fragments and directives.
extension DocumentValidator {
    mutating func check(
        _ set: SelectionSetSyntax, on type: SchemaTypeID, isRoot: Bool, _ uses: inout FragmentUses
    ) {
        for selection in set.selections {
            switch selection {
            case .field(let field): check(field, on: type, isRoot: isRoot, &uses)
            case .spread(let spread):
                check(spread.directives, at: .fragmentSpread, &uses)
                uses.spreads.append(spread.name)
                guard let fragment = fragments[spread.name] else {
                    report("There is no fragment \(spread.name.shortened).", at: spread.offset)
                    continue
                }
                if let condition = schema.type(named: fragment.type.text), schema[condition].isComposite {
                    checkOverlap(condition, type, at: spread.offset)
                }
            case .inline(let inline):
                check(inline.directives, at: .inlineFragment, &uses)
                guard let name = inline.type else {
                    check(inline.selections, on: type, isRoot: isRoot, &uses)
                    continue
                }
                guard let condition = schema.type(named: name.text), schema[condition].isComposite else {
                    reportCondition(name)
                    continue
                }
                checkOverlap(condition, type, at: inline.offset)
                check(inline.selections, on: condition, isRoot: condition == root, &uses)
            }
        }
    }

    mutating func reportCondition(_ name: NameSyntax) {
        if schema.type(named: name.text) == nil {
            report("There is no type \(name.text.shortened).", at: name.offset)
        } else {
            report("The type \(name.text.shortened) has no fields to select.", at: name.offset)
        }
    }

    private mutating func checkOverlap(_ condition: SchemaTypeID, _ type: SchemaTypeID, at offset: Int) {
        guard !schema.overlap(condition, type) else { return }
        report("Nothing of type \(schema[type].name) can be a \(schema[condition].name).", at: offset)
    }

    private mutating func check(
        _ syntax: FieldSyntax, on type: SchemaTypeID, isRoot: Bool, _ uses: inout FragmentUses
    ) {
        check(syntax.directives, at: .field, &uses)
        guard let field = schema.field(syntax.name, of: type, isRoot: isRoot) else {
            report("The type \(schema[type].name) has no field \(syntax.name.shortened).", at: syntax.offset)
            return
        }
        check(
            syntax.arguments, of: field.arguments, "the field \(schema[type].name).\(field.name)", at: syntax.offset,
            &uses)
        let result = schema[field.type.type]
        switch (syntax.selections, result.isComposite) {
        case (nil, true):
            report(
                "The field \(field.name) of type \(schema.text(field.type)) needs a selection of its fields, { … }.",
                at: syntax.offset)
        case (.some, false):
            report(
                "The field \(field.name) of type \(schema.text(field.type)) has no fields to select.",
                at: syntax.offset)
        case (let set?, true): check(set, on: result.id, isRoot: result.id == root, &uses)
        case (nil, false): break
        }
    }

    private mutating func check(
        _ arguments: [ArgumentSyntax], of known: [SchemaArgument], _ holder: String, at offset: Int,
        _ uses: inout FragmentUses
    ) {
        var names: Set<String> = []
        for argument in arguments {
            if !names.insert(argument.name).inserted {
                report("Two arguments of \(holder) have the name \(argument.name.shortened).", at: argument.offset)
            }
            guard let wanted = known.first(where: { $0.name == argument.name }) else {
                report("There is no argument \(argument.name.shortened) of \(holder).", at: argument.offset)
                collectVariables(argument.value, &uses)
                continue
            }
            check(argument.value, as: wanted, &uses)
        }
        for wanted in known where wanted.type.isRequired && wanted.defaultValue == nil {
            guard !names.contains(wanted.name) else { continue }
            report("The argument \(wanted.name) of \(holder) is missing.", at: offset)
        }
    }

    private mutating func check(_ value: ValueSyntax, as argument: SchemaArgument, _ uses: inout FragmentUses) {
        collectUses(value, argument.type, hasDefault: argument.defaultValue != nil, &uses)
        do {
            // Variables are checked by their types, below all that use them.
            _ = try coercion.value(value, as: argument.type) { _ in nil }
        } catch {
            report(error)
        }
    }

    private func collectUses(
        _ value: ValueSyntax, _ type: SchemaTypeReference, hasDefault: Bool, _ uses: inout FragmentUses
    ) {
        switch value.kind {
        case .variable(let name):
            uses.variables.append(VariableUse(name: name, type: type, hasDefault: hasDefault, offset: value.offset))
        case .list(let values):
            var item = type
            item.isList = false
            item.isRequired = type.hasRequiredItems
            for value in values { collectUses(value, item, hasDefault: false, &uses) }
        case .object: collectVariables(value, &uses)
        default: break
        }
    }

    /// Variables where no type is known: they count as used.
    private func collectVariables(_ value: ValueSyntax, _ uses: inout FragmentUses) {
        switch value.kind {
        case .variable(let name):
            guard let anything = schema.type(named: "special") else { return }
            uses.variables.append(
                VariableUse(
                    name: name, type: SchemaTypeReference(type: anything, isList: true), hasDefault: true,
                    offset: value.offset))
        case .list(let values): for value in values { collectVariables(value, &uses) }
        case .object(let members): for member in members { collectVariables(member.value, &uses) }
        default: break
        }
    }

    mutating func check(
        _ directives: [DirectiveSyntax], at location: SchemaDirective.Location, _ uses: inout FragmentUses
    ) {
        var names: Set<String> = []
        for directive in directives {
            guard let known = schema.directives.first(where: { $0.name == directive.name }) else {
                report("There is no directive @\(directive.name.shortened).", at: directive.offset)
                continue
            }
            if !known.locations.contains(location) {
                report("The directive @\(known.name) cannot stand here.", at: directive.offset)
            }
            if !names.insert(known.name).inserted {
                report("The directive @\(known.name) stands here twice.", at: directive.offset)
            }
            check(directive.arguments, of: known.arguments, "the directive @\(known.name)", at: directive.offset, &uses)
            if known.name == "slice", directive.arguments.count != 1 {
                report("The directive @slice takes one FHIRPath.", at: directive.offset)
            }
        }
    }
}
