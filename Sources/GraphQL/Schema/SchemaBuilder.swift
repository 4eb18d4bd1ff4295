internal import FHIR

/// Puts the schema together.
struct SchemaBuilder {
    let definitions: Definitions
    let parameters: SchemaParameters
    var types: [SchemaType] = []
    var directives: [SchemaDirective] = []
    var queryType = SchemaTypeID(raw: 0)
    var metaFields: [String: SchemaField] = [:]
    var typesByName: [String: SchemaTypeID] = [:]
    var typesOfFHIR: [SchemaTypeID?]
    /// What a list of a FHIR type can be filtered by.
    private var filters: [TypeID: [SchemaArgument]] = [:]

    /// GraphQL's own scalars stand for these primitives of FHIR.
    private static let builtIn = ["boolean": "Boolean", "string": "String", "integer": "Int", "decimal": "Float"]

    init(_ parameters: SchemaParameters) {
        self.parameters = parameters
        definitions = parameters.definitions
        typesOfFHIR = Array(repeating: nil, count: definitions.types.count)
    }

    mutating func build() {
        queryType = declare("Query", .object, "What can be asked of the whole server.")
        declareTypes()
        declareIntrospection()
        for place in types.indices { addElements(to: place) }
        addSearches()
        addIntrospection()
        addDirectives()
    }

    @discardableResult
    mutating func declare(_ name: String, _ kind: SchemaType.Kind, _ description: String? = nil) -> SchemaTypeID {
        if let known = typesByName[name] { return known }
        let id = SchemaTypeID(raw: UInt16(truncatingIfNeeded: types.count))
        types.append(SchemaType(id: id, name: name, kind: kind, description: description))
        typesByName[name] = id
        return id
    }

    mutating func reference(_ name: String, _ kind: SchemaType.Kind = .scalar) -> SchemaTypeReference {
        SchemaTypeReference(type: declare(name, kind))
    }

    // MARK: Types of FHIR

    private mutating func declareTypes() {
        declare("ID", .scalar, "The id of a resource or element.")
        for (_, name) in Self.builtIn.sorted(by: { $0.key < $1.key }) { declare(name, .scalar) }
        for type in definitions.types {
            let id: SchemaTypeID
            switch (type.kind, type.name) {
            case (.primitive, let name):
                let page = "https://hl7.org/fhir/R4/datatypes.html#" + name
                id = declare(Self.builtIn[name] ?? name, .scalar, "The FHIR R4 primitive type \(name): \(page)")
                if Self.builtIn[name] == nil { types[Int(id.raw)].specifiedBy = page }
            case (.resource, let name) where type.isAbstract:
                id = declare(
                    name, .interface, "What FHIR R4 resources have in common: https://hl7.org/fhir/R4/resource.html")
            case (.resource, let name):
                id = declare(
                    name, .object,
                    "The FHIR R4 resource \(name): https://hl7.org/fhir/R4/\(name.lowercased()).html")
            case (.complex, "Element"):
                id = declare("ElementBase", .object, "The id and extensions of a primitive.")
            case (.complex, let name), (.backbone, let name):
                let parts = name.split(separator: ".")
                let joined = parts.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
                id = declare(joined, .object, "The FHIR R4 \(parts.count > 1 ? "element" : "data type") \(name).")
            }
            typesOfFHIR[Int(type.id.raw)] = id
            if type.kind != .primitive { types[Int(id.raw)].fhirType = type.id }
        }
    }

    private mutating func addElements(to place: Int) {
        guard let fhirType = types[place].fhirType else { return }
        let type = definitions[fhirType]
        if type.kind == .resource {
            implement(type, place)
            types[place].add(
                SchemaField(
                    name: "resourceType",
                    type: SchemaTypeReference(type: declare("String", .scalar), isRequired: true),
                    role: .resourceType, description: "The name of the resource's type."))
        }
        for element in type.elements { add(element, to: place) }
        if type.name == "Reference" {
            types[place].add(
                SchemaField(
                    name: "resource", type: reference("Resource"), arguments: targetArguments(), role: .target,
                    description: "The resource that is referred to; an error if there is none, unless optional."))
        }
    }

    private mutating func implement(_ type: TypeFacts, _ place: Int) {
        var base = type.base
        while let id = base {
            guard let interface = typesOfFHIR[Int(id.raw)], types[Int(interface.raw)].kind == .interface else { return }
            types[place].interfaces.append(interface)
            if !type.isAbstract { types[Int(interface.raw)].possibleTypes.append(types[place].id) }
            base = definitions[id].base
        }
    }

    private mutating func add(_ element: ElementFacts, to place: Int) {
        guard let id = typesOfFHIR[Int(element.type.raw)] else { return }
        let isLeaf = !types[Int(id.raw)].isComposite
        let named = isLeaf && element.name == "id" ? declare("ID", .scalar) : id
        types[place].add(
            SchemaField(
                name: element.name, type: SchemaTypeReference(type: named, isList: element.isArray),
                arguments: isLeaf || !element.isArray ? [] : filters(of: element.type),
                role: .element(element.nameNumber, element.type)))
        guard element.primitiveExtensionNumber != 0 else { return }
        types[place].add(
            SchemaField(
                name: "_" + element.name,
                type: SchemaTypeReference(type: declare("ElementBase", .object), isList: element.isArray),
                role: .sibling(element.primitiveExtensionNumber)))
    }

    /// What chooses elements of a list: a FHIRPath that is true of them, values of their parts, and a range. Choices are
    /// left to FHIRPath: those of Extension alone would stand in the schema two thousand times.
    private mutating func filters(of type: TypeID) -> [SchemaArgument] {
        if let known = filters[type] { return known }
        var arguments = [
            SchemaArgument(name: "fhirpath", type: reference("String")),
            SchemaArgument(name: "_offset", type: reference("Int")),
            SchemaArgument(name: "_count", type: reference("Int")),
        ]
        for element in definitions[type].elements
        where element.choice == nil && definitions[element.type].kind == .primitive {
            guard let id = typesOfFHIR[Int(element.type.raw)] else { continue }
            let named = element.name == "id" ? declare("ID", .scalar) : id
            arguments.append(SchemaArgument(name: element.name, type: SchemaTypeReference(type: named)))
        }
        filters[type] = arguments
        return arguments
    }

    private mutating func targetArguments() -> [SchemaArgument] {
        let kind = declare("ResourceTypeName", .enumeration, "The names of the resource types.")
        types[Int(kind.raw)].values = definitions.concreteResourceTypes.map { definitions[$0].name }
        return [
            SchemaArgument(
                name: "optional", type: reference("Boolean"),
                description: "Whether a reference that leads nowhere gives null instead of an error.",
                defaultValue: "false"),
            SchemaArgument(
                name: "type", type: SchemaTypeReference(type: kind),
                description: "Gives null for resources of other types."),
        ]
    }
}
