internal import FHIR

/// Reads the arguments of fields.
extension Planner {
    func arguments(
        of syntax: FieldSyntax, _ field: SchemaField, on parent: SchemaTypeID
    ) throws(GraphQLError) -> PlannedArguments {
        var planned = PlannedArguments()
        switch field.role {
        case .element(_, let type):
            if !syntax.arguments.isEmpty { try readFilters(syntax, field, type, on: parent, &planned) }
        case .target:
            if case .boolean(true)? = try value(of: "optional", syntax.arguments, known: field.arguments) {
                planned.isOptional = true
            }
            if let name = try value(of: "type", syntax.arguments, known: field.arguments)?.text {
                planned.type = schema.definitions.type(named: name)
            }
        case .read: planned.id = try text("id", syntax, field) ?? ""
        case .introspection(.namedType): planned.id = try text("name", syntax, field) ?? ""
        case .list(let type), .connection(let type): try readSearch(syntax, field, type, on: parent, &planned)
        default: break
        }
        return planned
    }

    private func text(_ name: String, _ syntax: FieldSyntax, _ field: SchemaField) throws(GraphQLError) -> String? {
        try value(of: name, syntax.arguments, known: field.arguments)?.text
    }

    private func count(_ name: String, _ syntax: FieldSyntax, _ field: SchemaField) throws(GraphQLError) -> Int? {
        guard let text = try text(name, syntax, field) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw GraphQLError(
                .badArgument, "\(name) takes a whole number from 0, not \(text.shortened).", at: syntax.offset)
        }
        return number
    }

    private func place(of name: String, _ syntax: FieldSyntax) -> Int {
        syntax.arguments.first { $0.name == name }?.value.offset ?? syntax.offset
    }

    private func readFilters(
        _ syntax: FieldSyntax, _ field: SchemaField, _ type: TypeID, on parent: SchemaTypeID,
        _ planned: inout PlannedArguments
    ) throws(GraphQLError) {
        planned.offset = try count("_offset", syntax, field) ?? 0
        planned.count = try count("_count", syntax, field)
        for argument in syntax.arguments where !["fhirpath", "_offset", "_count"].contains(argument.name) {
            guard let element = schema.definitions[type].element(named: argument.name),
                let text = try text(argument.name, syntax, field)
            else { continue }
            planned.filters.append(.init(number: element.nameNumber, type: element.type, text: text))
        }
        guard let path = try text("fhirpath", syntax, field), let holder = schema[parent].fhirType else { return }
        let offset = place(of: "fhirpath", syntax)
        // Alone first: so that an error names a place in what the caller wrote, and nothing closes the bracket. Alone it
        // has no place in a list.
        _ = try compile(path.replacing("$index", with: "0"), on: type, at: offset)
        planned.path = try compile("`\(field.name)`.where(\(path))", on: holder, at: offset)
    }

    private func readSearch(
        _ syntax: FieldSyntax, _ field: SchemaField, _ type: TypeID, on parent: SchemaTypeID,
        _ planned: inout PlannedArguments
    ) throws(GraphQLError) {
        var isConnection = false
        if case .connection = field.role { isConnection = true }
        let isReverse = schema[parent].fhirType != nil
        let count = try count("_count", syntax, field)
        if let count, count > (isConnection ? limits.pageResourcesMax : limits.listResourcesMax) {
            let most = isConnection ? limits.pageResourcesMax : limits.listResourcesMax
            throw GraphQLError(
                .limit, "_count is \(most) at most: page on with a Connection.", at: place(of: "_count", syntax))
        }
        var search = GraphQLSearch(type: type, count: count ?? limits.listResourcesMax)
        if isConnection { search.count = count ?? limits.pageResources }
        planned.count = count
        let parameters = schema.parameters.all(of: type)
        for argument in syntax.arguments {
            guard let value = try value(of: argument.name, syntax.arguments, known: field.arguments) else { continue }
            switch argument.name {
            case "_count": break
            case "fhirpath":
                guard let path = value.text else { continue }
                planned.path = try compile(path, on: type, at: argument.value.offset)
            case "_cursor", "cursor": search.cursor = value.text
            case "_reference": planned.reference = code(value.text ?? "", parameters)
            case "_sort":
                guard let text = value.text else { continue }
                search.parameters.append(("_sort", sortKeys(text, parameters)))
            case "_filter":
                guard let text = value.text else { continue }
                search.parameters.append(("_filter", text))
            default:
                let texts = value.values.compactMap(\.text)
                // A list without values, or null, asks for nothing.
                guard !texts.isEmpty else { continue }
                search.parameters.append(
                    (code(argument.name, parameters), texts.map(Self.escaped).joined(separator: ",")))
            }
        }
        if search.cursor != nil, syntax.arguments.contains(where: { !["_cursor", "cursor"].contains($0.name) }) {
            throw GraphQLError(
                .badArgument, "A cursor keeps to its search: no other argument stands beside it.", at: syntax.offset)
        }
        if isReverse { try checkReference(planned.reference, type, on: parent, syntax) }
        planned.search = search
    }

    /// A search parameter's code: arguments have `_` where codes have `-`.
    private func code(_ name: String, _ parameters: [SearchParameter]) -> String {
        parameters.last { SchemaBuilder.argumentName($0.code) == name }?.code ?? name
    }

    private func sortKeys(_ text: String, _ parameters: [SearchParameter]) -> String {
        text.split(separator: ",", omittingEmptySubsequences: false).map { key in
            key.hasPrefix("-") ? "-" + code(String(key.dropFirst()), parameters) : code(String(key), parameters)
        }.joined(separator: ",")
    }

    /// A value between whose own commas nothing is to be separated.
    static func escaped(_ text: String) -> String {
        guard text.contains(",") else { return text }
        var result = ""
        var isEscaped = false
        for character in text.unicodeScalars {
            if character == ",", !isEscaped { result += "\\" }
            isEscaped = !isEscaped && character == "\\"
            result.unicodeScalars.append(character)
        }
        return result
    }

    private func checkReference(
        _ code: String?, _ source: TypeID, on parent: SchemaTypeID, _ syntax: FieldSyntax
    ) throws(GraphQLError) {
        let definitions = schema.definitions
        guard let code, let target = schema[parent].fhirType,
            let parameter = schema.parameters.parameter(code, of: source)
        else { throw GraphQLError(.badVariable, "_reference has no value.", at: syntax.offset) }
        guard SchemaBuilder.refers(parameter, to: target, definitions) else {
            throw GraphQLError(
                .badArgument,
                "The search parameter \(code) of \(definitions[source].name) never refers to a "
                    + "\(definitions[target].name).", at: place(of: "_reference", syntax))
        }
    }
}
