internal import Base

/// Answers what is asked of the schema itself.
/// - Source: GraphQL October 2021, section 4, Introspection.
extension Executor {
    func emitIntrospection(
        _ part: IntrospectionPart, of field: PlannedField, _ item: ExecutionItem, _ emit: Emit
    ) throws -> Bool {
        switch (part, item) {
        case (.schema, _): return try emitAll([.schema], field, emit)
        case (.namedType, _):
            guard let type = schema.type(named: field.arguments.id) else { return false }
            return try emitAll([.type(SchemaTypeReference(type: type))], field, emit)
        case (_, .schema): return try emitSchema(part, field, emit)
        case (_, .type(let reference)): return try emitType(part, reference, field, emit)
        case (_, .field(let of)): return try emitField(part, of, field, emit)
        case (_, .argument(let argument)): return try emitArgument(part, argument, field, emit)
        case (_, .directive(let directive)): return try emitDirective(part, directive, field, emit)
        case (_, .enumValue(let name)):
            return switch part {
            case .name: try emitText(name, emit)
            case .isDeprecated: try emitBoolean(false, emit)
            default: false
            }
        default: return false
        }
    }

    private func emitAll(_ items: some Sequence<ExecutionItem>, _ field: PlannedField, _ emit: Emit) throws -> Bool {
        for item in items {
            try countField()
            try emit(item) { try write(item, of: field) }
            if field.isFirst { break }
        }
        return true
    }

    private func emitBoolean(_ value: Bool, _ emit: Emit) throws -> Bool {
        try emit(nil) { writer.write(value ? "true" : "false") }
        return true
    }

    private func emitText(_ text: String?, _ emit: Emit) throws -> Bool {
        guard let text else { return false }
        return try emitText(text, emit)
    }

    private func named(_ type: SchemaTypeID) -> ExecutionItem {
        .type(SchemaTypeReference(type: type))
    }

    private func emitSchema(_ part: IntrospectionPart, _ field: PlannedField, _ emit: Emit) throws -> Bool {
        switch part {
        case .description:
            return try emitText("FHIR R4: https://hl7.org/fhir/R4/graphql.html", emit)
        case .types: return try emitAll(schema.types.lazy.map { self.named($0.id) }, field, emit)
        case .queryType: return try emitAll([named(planner.root)], field, emit)
        case .directives: return try emitAll(schema.directives.lazy.map { .directive($0) }, field, emit)
        default: return false
        }
    }

    private func emitType(
        _ part: IntrospectionPart, _ reference: SchemaTypeReference, _ field: PlannedField, _ emit: Emit
    ) throws -> Bool {
        if let inner = reference.inner {
            switch part {
            case .kind:
                return try emitText((reference.isRequired ? SchemaType.Kind.nonNull : .list).rawValue, emit)
            case .ofType: return try emitAll([.type(inner)], field, emit)
            default: return false
            }
        }
        let type = schema[reference.type]
        switch part {
        case .kind: return try emitText(type.kind.rawValue, emit)
        case .name: return try emitText(type.name, emit)
        case .description: return try emitText(type.description, emit)
        case .specifiedByURL: return try emitText(type.specifiedBy, emit)
        case .fields where type.isComposite:
            return try emitAll(type.fields.lazy.map { .field($0) }, field, emit)
        case .interfaces where type.isComposite:
            return try emitAll(type.interfaces.lazy.map { self.named($0) }, field, emit)
        case .possibleTypes where type.kind == .interface:
            return try emitAll(type.possibleTypes.lazy.map { self.named($0) }, field, emit)
        case .enumValues where type.kind == .enumeration:
            return try emitAll(type.values.lazy.map { .enumValue($0) }, field, emit)
        default: return false
        }
    }

    private func emitField(
        _ part: IntrospectionPart, _ of: SchemaField, _ field: PlannedField, _ emit: Emit
    ) throws -> Bool {
        switch part {
        case .name: try emitText(of.name, emit)
        case .description: try emitText(of.description, emit)
        case .args: try emitAll(of.arguments.lazy.map { .argument($0) }, field, emit)
        case .type: try emitAll([.type(of.type)], field, emit)
        case .isDeprecated: try emitBoolean(false, emit)
        default: false
        }
    }

    private func emitArgument(
        _ part: IntrospectionPart, _ argument: SchemaArgument, _ field: PlannedField, _ emit: Emit
    ) throws -> Bool {
        switch part {
        case .name: try emitText(argument.name, emit)
        case .description: try emitText(argument.description, emit)
        case .type: try emitAll([.type(argument.type)], field, emit)
        case .defaultValue: try emitText(argument.defaultValue, emit)
        case .isDeprecated: try emitBoolean(false, emit)
        default: false
        }
    }

    private func emitDirective(
        _ part: IntrospectionPart, _ directive: SchemaDirective, _ field: PlannedField, _ emit: Emit
    ) throws -> Bool {
        switch part {
        case .name: return try emitText(directive.name, emit)
        case .description: return try emitText(directive.description, emit)
        case .args: return try emitAll(directive.arguments.lazy.map { .argument($0) }, field, emit)
        case .locations:
            for location in directive.locations { try emit(nil) { writeJSONString(location.rawValue, to: writer) } }
            return true
        case .isRepeatable: return try emitBoolean(false, emit)
        default: return false
        }
    }
}
