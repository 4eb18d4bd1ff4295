internal import JSONTape

/// An argument's or variable's value.
indirect enum InputValue {
    case null
    case boolean(Bool)
    /// A number's digits, a string, an enumeration's value: as text.
    case text(String)
    case list([InputValue])

    /// The text of a value that is no list; `nil` for null.
    var text: String? {
        switch self {
        case .null, .list: nil
        case .boolean(let value): value ? "true" : "false"
        case .text(let text): text
        }
    }

    /// The values of a list, or the value itself; nothing for null.
    var values: [InputValue] {
        switch self {
        case .null: []
        case .list(let values): values
        default: [self]
        }
    }
}

/// Reads values as the types of arguments and variables want them.
///
/// Where an argument is an id or of one of FHIR's types, names without quotes are taken as text, as FHIR's GraphQL page
/// writes them: `Patient(id: example)`.
/// - Source: GraphQL October 2021, sections 3.5 to 3.12, input coercion.
struct InputCoercion {
    let schema: GraphQLSchema

    /// What GraphQL's own scalars take.
    private enum Form {
        case int, float, boolean, string, id
        /// Any scalar value, kept as text.
        case any
    }

    private func form(_ type: SchemaType) -> Form {
        switch type.name {
        case "Int": .int
        case "Float": .float
        case "Boolean": .boolean
        case "String": .string
        case "ID": .id
        default: .any
        }
    }

    /// Whether a variable of a scalar type may stand where another is wanted.
    func isCompatible(_ variable: SchemaTypeID, with wanted: SchemaTypeID) -> Bool {
        if variable == wanted { return true }
        let (variable, wanted) = (schema[variable], schema[wanted])
        guard variable.kind == .scalar, wanted.kind == .scalar else { return false }
        return switch form(wanted) {
        case .any: true
        case .float: form(variable) == .int
        case .string: [.id, .any].contains(form(variable))
        case .id: [.string, .int, .any].contains(form(variable))
        case .int, .boolean: false
        }
    }

    // MARK: Literals

    /// Reads a literal.
    /// - Parameter variables: gives a variable's value; `nil` for one that has none.
    /// - Returns: `nil` if the literal is a variable without a value.
    /// - Throws: `GraphQLError.invalid`.
    func value(
        _ literal: ValueSyntax, as type: SchemaTypeReference, variables: (String) -> InputValue?
    ) throws(GraphQLError) -> InputValue? {
        if case .variable(let name) = literal.kind {
            let value = variables(name)
            if type.isRequired, case .null? = value {
                throw GraphQLError(.badVariable, "The variable $\(name) must not be null here.", at: literal.offset)
            }
            return value
        }
        if case .null = literal.kind {
            guard !type.isRequired else { throw mismatch(literal, type) }
            return .null
        }
        guard type.isList else { return try scalar(literal, type) }
        var item = type
        item.isList = false
        item.isRequired = type.hasRequiredItems
        guard case .list(let literals) = literal.kind else {
            return .list([try value(literal, as: item, variables: variables) ?? .null])
        }
        var values: [InputValue] = []
        for literal in literals { values.append(try value(literal, as: item, variables: variables) ?? .null) }
        return .list(values)
    }

    private func scalar(_ literal: ValueSyntax, _ reference: SchemaTypeReference) throws(GraphQLError) -> InputValue {
        let type = schema[reference.type]
        if type.kind == .enumeration {
            guard case .enumeration(let value) = literal.kind else { throw mismatch(literal, reference) }
            guard type.values.contains(value) else {
                throw GraphQLError(.invalid, "\(type.name) has no value \(value.shortened).", at: literal.offset)
            }
            return .text(value)
        }
        switch (form(type), literal.kind) {
        case (.int, .int(let digits)):
            guard Int32(digits) != nil else { throw mismatch(literal, reference) }
            return .text(digits)
        case (.float, .int(let digits)), (.float, .float(let digits)), (.any, .int(let digits)),
            (.any, .float(let digits)):
            return .text(digits)
        case (.boolean, .boolean(let value)), (.any, .boolean(let value)): return .boolean(value)
        case (.id, .int(let text)), (.id, .string(let text)), (.id, .enumeration(let text)),
            (.string, .string(let text)),
            (.any, .string(let text)), (.any, .enumeration(let text)):
            return .text(text)
        default: throw mismatch(literal, reference)
        }
    }

    private func mismatch(_ literal: ValueSyntax, _ type: SchemaTypeReference) -> GraphQLError {
        GraphQLError(
            .invalid, "The value \(Self.text(literal)) is none of type \(schema.text(type)).", at: literal.offset)
    }

    private static func text(_ literal: ValueSyntax) -> String {
        switch literal.kind {
        case .variable(let name): "$" + name.shortened
        case .int(let digits), .float(let digits): digits.shortened
        case .string(let text): "\"" + text.shortened + "\""
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        case .enumeration(let name): name.shortened
        case .list: "[…]"
        case .object: "{…}"
        }
    }

    // MARK: Variables

    /// Reads a variable's value.
    /// - Throws: `GraphQLError.badVariable`.
    func value(
        _ json: JSONValue, as type: TypeSyntax, of variable: VariableSyntax, limits: GraphQLLimits
    ) throws(GraphQLError) -> InputValue {
        if case .nonNull(let inner) = type {
            guard json.kind != .null else { throw bad(variable, "must not be null") }
            return try value(json, as: inner, of: variable, limits: limits)
        }
        if json.kind == .null { return .null }
        switch type {
        case .nonNull: return .null
        case .list(let inner):
            guard json.isArray else { return .list([try value(json, as: inner, of: variable, limits: limits)]) }
            var values: [InputValue] = []
            for element in json.elements {
                guard values.count < limits.listValuesMax else {
                    throw GraphQLError(
                        .limit, "The variable $\(variable.name) has more than \(limits.listValuesMax) values.",
                        at: variable.offset)
                }
                values.append(try value(element, as: inner, of: variable, limits: limits))
            }
            return .list(values)
        case .named(let name):
            guard let id = schema.type(named: name.text), let value = scalar(json, schema[id]) else {
                throw bad(variable, "is no \(name.text)")
            }
            return value
        }
    }

    private func scalar(_ json: JSONValue, _ type: SchemaType) -> InputValue? {
        if type.kind == .enumeration {
            guard let text = json.string, type.values.contains(text) else { return nil }
            return .text(text)
        }
        switch (form(type), json.kind) {
        case (.int, .number): return Int32(json.text) == nil ? nil : .text(json.text)
        case (.float, .number), (.any, .number), (.string, .string), (.id, .string), (.any, .string):
            return .text(json.text)
        case (.id, .number): return Int64(json.text) == nil ? nil : .text(json.text)
        case (.boolean, .true), (.any, .true): return .boolean(true)
        case (.boolean, .false), (.any, .false): return .boolean(false)
        default: return nil
        }
    }

    private func bad(_ variable: VariableSyntax, _ what: String) -> GraphQLError {
        GraphQLError(
            .badVariable, "The variable $\(variable.name) of type \(variable.type.description) \(what).",
            at: variable.offset)
    }
}
