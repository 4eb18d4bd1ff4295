internal import FHIR

/// The fields that read and search.
extension SchemaBuilder {
    /// How many types a reference parameter may name to count as one for these types; those that name more are open to
    /// nearly all.
    private static let narrowTargetsMax = 30

    mutating func addSearches() {
        let resources = definitions.concreteResourceTypes
        var arguments: [TypeID: [SchemaArgument]] = [:]
        for type in resources { arguments[type] = searchArguments(type) }
        for type in resources {
            guard let object = typesOfFHIR[Int(type.raw)] else { continue }
            let name = definitions[type].name
            let own = arguments[type] ?? []
            let query = Int(queryType.raw)
            types[query].add(
                SchemaField(
                    name: name, type: SchemaTypeReference(type: object), arguments: [readArgument()],
                    role: .read(type), description: "The \(name) with an id."))
            types[query].add(
                SchemaField(
                    name: name + "List", type: SchemaTypeReference(type: object, isList: true), arguments: own,
                    role: .list(type), description: "All \(name) resources that a search finds."))
            types[query].add(
                SchemaField(
                    name: name + "Connection", type: SchemaTypeReference(type: declareConnection(name, object)),
                    arguments: own + cursorArguments(), role: .connection(type),
                    description: "A page of the \(name) resources that a search finds."))
        }
        for source in resources { addReverse(from: source, arguments[source] ?? []) }
    }

    private mutating func readArgument() -> SchemaArgument {
        SchemaArgument(name: "id", type: SchemaTypeReference(type: declare("ID", .scalar), isRequired: true))
    }

    private mutating func cursorArguments() -> [SchemaArgument] {
        ["_cursor", "cursor"].map { name in
            SchemaArgument(
                name: name, type: reference("ID"),
                description: "What an earlier page gave as first, previous, next or last; no other argument with it.")
        }
    }

    /// What every search takes besides its type's parameters: a FHIRPath that is true of the matches, how many are given at
    /// most, search parameters to sort by, and FHIR's filter expression. Without descriptions, which would stand in the
    /// schema thousands of times.
    private mutating func commonArguments() -> [SchemaArgument] {
        [
            SchemaArgument(name: "fhirpath", type: reference("String")),
            SchemaArgument(name: "_count", type: reference("Int")),
            SchemaArgument(name: "_sort", type: reference("String")),
            SchemaArgument(name: "_filter", type: reference("String")),
        ]
    }

    /// The name that a search parameter has as an argument.
    static func argumentName(_ code: String) -> String {
        code.replacing("-", with: "_")
    }

    private mutating func searchArguments(_ type: TypeID) -> [SchemaArgument] {
        var arguments = commonArguments()
        var names = Set(arguments.map(\.name))
        // A type's own parameter is chosen before its base's.
        for parameter in parameters.all(of: type).reversed()
        where !parameter.expression.isEmpty || parameter.type == .special {
            let name = Self.argumentName(parameter.code)
            guard names.insert(name).inserted else { continue }
            arguments.append(
                SchemaArgument(
                    name: name,
                    type: SchemaTypeReference(type: searchType(parameter.type), isList: true)))
        }
        return arguments
    }

    /// The scalar of a search parameter's values.
    private mutating func searchType(_ kind: SearchParameter.Kind) -> SchemaTypeID {
        switch kind {
        case .string: return declare("String", .scalar)
        case .date, .uri: return declare(kind.rawValue, .scalar)
        default: return declare(kind.rawValue, .scalar, "A value of a FHIR search parameter of type \(kind.rawValue).")
        }
    }

    private mutating func declareConnection(_ name: String, _ object: SchemaTypeID) -> SchemaTypeID {
        let connection = declare(name + "Connection", .object, "A page of a search for \(name).")
        let edge = declare(name + "Edge", .object, "A match of a search for \(name).")
        for part in PagePart.allCases {
            let type: SchemaTypeReference =
                switch part {
                case .count, .offset, .pagesize: reference("Int")
                case .first, .previous, .next, .last: reference("ID")
                case .edges: SchemaTypeReference(type: edge, isList: true)
                }
            types[Int(connection.raw)].add(SchemaField(name: part.rawValue, type: type, role: .page(part)))
        }
        for part in EdgePart.allCases {
            let type: SchemaTypeReference =
                switch part {
                case .mode: reference("code")
                case .score: reference("Float")
                case .resource: SchemaTypeReference(type: object)
                }
            types[Int(edge.raw)].add(SchemaField(name: part.rawValue, type: type, role: .edge(part)))
        }
        return connection
    }

    /// Adds to every type that resources of `source` may refer to the fields that find these.
    private mutating func addReverse(from source: TypeID, _ arguments: [SchemaArgument]) {
        let name = definitions[source].name
        let known = self.parameters
        let parameters = known.all(of: source)
            .filter { parameter in
                // Of two with one code the search takes the last.
                parameter.type == .reference && !parameter.expression.isEmpty
                    && known.parameter(parameter.code, of: source)?.id == parameter.id
            }
        guard !parameters.isEmpty, let object = typesOfFHIR[Int(source.raw)] else { return }
        let kind = declare(name + "Reference", .enumeration, "The search parameters by which \(name) refers to others.")
        var values: [String] = []
        for parameter in parameters {
            let value = Self.argumentName(parameter.code)
            if !values.contains(value) { values.append(value) }
        }
        types[Int(kind.raw)].values = values
        let required = SchemaArgument(
            name: "_reference", type: SchemaTypeReference(type: kind, isRequired: true))
        let common = Array(commonArguments().prefix(3))
        let connection = declare(name + "Connection", .object)
        for target in definitions.concreteResourceTypes {
            guard let place = typesOfFHIR[Int(target.raw)].map({ Int($0.raw) }) else { continue }
            let fitting = parameters.filter { Self.refers($0, to: target, definitions) }
            guard !fitting.isEmpty else { continue }
            let isNarrow = fitting.contains { (1...Self.narrowTargetsMax).contains($0.targets.count) }
            // Nearly every type has those that may refer to anything: with all arguments, and as connections too, the
            // schema would be tens of megabytes.
            let all = [required] + (isNarrow ? arguments : common)
            types[place].add(
                SchemaField(
                    name: name + "List", type: SchemaTypeReference(type: object, isList: true), arguments: all,
                    role: .list(source)))
            guard isNarrow else { continue }
            types[place].add(
                SchemaField(
                    name: name + "Connection", type: SchemaTypeReference(type: connection), arguments: all,
                    role: .connection(source)))
        }
    }

    /// Whether a parameter's references may point at a type.
    static func refers(_ parameter: SearchParameter, to target: TypeID, _ definitions: Definitions) -> Bool {
        parameter.targets.isEmpty || parameter.targets.contains { definitions.isSubtype(target, of: $0) }
    }
}
