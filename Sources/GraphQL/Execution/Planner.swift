internal import FHIR
internal import FHIRPath

/// Turns selections into plans: fragments in their places, `@skip` and `@include` decided, arguments read.
struct Planner {
    let schema: GraphQLSchema
    let fragments: [String: FragmentSyntax]
    let variables: [String: InputValue]
    let limits: GraphQLLimits
    let root: SchemaTypeID
    let coercion: InputCoercion
    let pathLimits: PathLimits
    private let paths = CompiledPaths()
    private var selectionsLeft: Int

    /// The expressions of one request.
    private final class CompiledPaths {
        struct Key: Hashable {
            var text: String
            var type: TypeID
        }

        var known: [Key: PathExpression] = [:]
    }

    init(
        schema: GraphQLSchema, fragments: [FragmentSyntax], variables: [String: InputValue], root: SchemaTypeID,
        limits: GraphQLLimits, pathLimits: PathLimits
    ) {
        self.schema = schema
        self.fragments = Dictionary(fragments.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.variables = variables
        self.root = root
        self.limits = limits
        self.pathLimits = pathLimits
        coercion = InputCoercion(schema: schema)
        selectionsLeft = limits.fieldsPlannedMax
    }

    /// Fields of one name in the answer.
    private struct Group {
        var first: FieldSyntax
        var selections: [SelectionSetSyntax]
    }

    /// The plan of selections on an object type, and below it for all types that are known beforehand.
    /// - Throws: `GraphQLError` of code `limit`, `badArgument` or `invalid`.
    mutating func plan(
        _ sets: [SelectionSetSyntax], on type: SchemaTypeID, depth: Int
    ) throws(GraphQLError) -> SelectionPlan {
        guard depth <= limits.depthMax else {
            throw GraphQLError(
                code: .limit, detail: "The fields that are selected nest deeper than \(limits.depthMax).")
        }
        var order: [Group] = []
        var places: [String: Int] = [:]
        var visited: Set<String> = []
        for set in sets { try gather(set, type, &visited, &order, &places) }
        var fields: [PlannedField] = []
        for group in order {
            guard let field = schema.field(group.first.name, of: type, isRoot: type == root) else { continue }
            fields.append(try planned(group, field, on: type, depth: depth))
        }
        return SelectionPlan(fields)
    }

    /// The plan of what is below a field for a value of an object type; made when such a value first comes.
    mutating func plan(below field: PlannedField, on type: SchemaTypeID) throws(GraphQLError) -> SelectionPlan {
        if let known = field.plans[type] { return known }
        let made = try plan(field.selections, on: type, depth: field.depth + 1)
        field.plans[type] = made
        return made
    }

    private mutating func gather(
        _ set: SelectionSetSyntax, _ type: SchemaTypeID, _ visited: inout Set<String>, _ order: inout [Group],
        _ places: inout [String: Int]
    ) throws(GraphQLError) {
        for selection in set.selections {
            selectionsLeft -= 1
            guard selectionsLeft >= 0 else {
                throw GraphQLError(
                    code: .limit,
                    detail: "The request selects too much: with its fragments in their places it has more than "
                        + "\(limits.fieldsPlannedMax) selections.")
            }
            switch selection {
            case .field(let field):
                guard try isTaken(field.directives) else { continue }
                let key = field.responseKey
                if let place = places[key] {
                    if let inner = field.selections { order[place].selections.append(inner) }
                } else {
                    places[key] = order.count
                    order.append(Group(first: field, selections: field.selections.map { [$0] } ?? []))
                }
            case .spread(let spread):
                guard try isTaken(spread.directives), visited.insert(spread.name).inserted,
                    let fragment = fragments[spread.name], applies(fragment.type, to: type)
                else { continue }
                try gather(fragment.selections, type, &visited, &order, &places)
            case .inline(let inline):
                guard try isTaken(inline.directives), inline.type.map({ applies($0, to: type) }) ?? true else {
                    continue
                }
                try gather(inline.selections, type, &visited, &order, &places)
            }
        }
    }

    private func applies(_ condition: NameSyntax, to type: SchemaTypeID) -> Bool {
        schema.type(named: condition.text).map { schema.isObject(type, of: $0) } ?? false
    }

    private func isTaken(_ directives: [DirectiveSyntax]) throws(GraphQLError) -> Bool {
        for directive in directives where directive.name == "skip" || directive.name == "include" {
            let value = try value(of: "if", directive.arguments, known: schema.directives[0].arguments)
            guard case .boolean(let condition)? = value else {
                throw GraphQLError(
                    .badVariable, "The condition of @\(directive.name) has no value.", at: directive.offset)
            }
            if condition == (directive.name == "skip") { return false }
        }
        return true
    }

    /// An argument's value; `nil` if it is not given.
    func value(
        of name: String, _ arguments: [ArgumentSyntax], known: [SchemaArgument]
    ) throws(GraphQLError) -> InputValue? {
        guard let syntax = arguments.first(where: { $0.name == name }),
            let wanted = known.first(where: { $0.name == name })
        else { return nil }
        return try coercion.value(syntax.value, as: wanted.type) { variables[$0] }
    }

    private mutating func planned(
        _ group: Group, _ field: SchemaField, on type: SchemaTypeID, depth: Int
    ) throws(GraphQLError) -> PlannedField {
        let syntax = group.first
        let shape = try shape(syntax, field)
        let arguments = try arguments(of: syntax, field, on: type)
        let planned = PlannedField(
            syntax, field, arguments, shape, parent: type, selections: group.selections, depth: depth)
        let result = field.type.type
        if schema[result].kind == .object, !group.selections.isEmpty {
            planned.plans[result] = try plan(group.selections, on: result, depth: depth + 1)
        }
        return planned
    }

    private func shape(_ syntax: FieldSyntax, _ field: SchemaField) throws(GraphQLError) -> ShapeDirectives {
        var shape = ShapeDirectives()
        for directive in syntax.directives {
            switch directive.name {
            case "flatten":
                guard schema[field.type.type].isComposite else {
                    throw GraphQLError(
                        .invalid, "@flatten is for fields with a selection; \(field.name) has none.",
                        at: directive.offset)
                }
                shape.isFlattened = true
            case "first": shape.isFirst = true
            case "singleton": shape.isSingleton = true
            case "slice": shape.slice = try slice(directive, field)
            default: break
            }
        }
        return shape
    }

    private func slice(_ directive: DirectiveSyntax, _ field: SchemaField) throws(GraphQLError) -> SlicePlan {
        guard let known = schema.directives.first(where: { $0.name == "slice" }),
            let argument = directive.arguments.first,
            let text = try value(of: argument.name, directive.arguments, known: known.arguments)?.text
        else { throw GraphQLError(.badVariable, "@slice has no FHIRPath.", at: directive.offset) }
        if text == "$index" { return .place }
        guard !text.contains("$index") else {
            throw GraphQLError(
                .badArgument, "@slice takes $index alone, or a FHIRPath without it.", at: argument.value.offset)
        }
        let result = schema[field.type.type]
        guard result.isComposite, result.kind == .interface || result.fhirType != nil else {
            throw GraphQLError(
                .invalid, "@slice by a FHIRPath is for elements and resources; use $index here.",
                at: directive.offset)
        }
        // Of an interface's many types only those that come are compiled.
        if let type = result.fhirType, result.kind == .object {
            _ = try compile(text, on: type, at: argument.value.offset)
        }
        return .expression(text, offset: argument.value.offset)
    }

    /// Compiles a FHIRPath; the same one for the same type only once.
    func compile(_ text: String, on type: TypeID, at offset: Int) throws(GraphQLError) -> PathExpression {
        let key = CompiledPaths.Key(text: text, type: type)
        if let known = paths.known[key] { return known }
        do {
            let made = try PathExpression.compile(text, on: type, definitions: schema.definitions, limits: pathLimits)
            paths.known[key] = made
            return made
        } catch {
            throw GraphQLError(.badArgument, "The FHIRPath cannot be used: \(error).", at: offset, cause: error)
        }
    }
}
