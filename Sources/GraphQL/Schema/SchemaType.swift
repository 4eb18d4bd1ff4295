internal import FHIR

/// The place of a type in `GraphQLSchema.types`.
struct SchemaTypeID: Hashable, Sendable {
    let raw: UInt16
}

/// A type as a field or argument has it: a named type, perhaps a list of it, perhaps required.
struct SchemaTypeReference: Hashable, Sendable {
    var type: SchemaTypeID
    var isList = false
    /// Of a list: whether its values are never null.
    var hasRequiredItems = false
    /// Whether it is never null.
    var isRequired = false

    /// What is inside of the outermost `!` or `[]`; `nil` for a plain named type.
    var inner: SchemaTypeReference? {
        if isRequired { return SchemaTypeReference(type: type, isList: isList, hasRequiredItems: hasRequiredItems) }
        if isList { return SchemaTypeReference(type: type, isRequired: hasRequiredItems) }
        return nil
    }
}

/// An argument of a field or directive.
struct SchemaArgument: Sendable {
    var name: String
    var type: SchemaTypeReference
    var description: String?
    /// As it would be written in a document.
    var defaultValue: String?
}

/// A field of an object or interface type.
struct SchemaField: Sendable {
    var name: String
    var type: SchemaTypeReference
    var arguments: [SchemaArgument] = []
    var role: FieldRole
    var description: String?

    func argument(named name: String) -> SchemaArgument? {
        arguments.first { $0.name == name }
    }
}

/// A type of the schema.
struct SchemaType: Sendable {
    enum Kind: String, Sendable {
        case scalar = "SCALAR"
        case object = "OBJECT"
        case interface = "INTERFACE"
        case enumeration = "ENUM"
        case list = "LIST"
        case nonNull = "NON_NULL"
    }

    var id: SchemaTypeID
    var name: String
    var kind: Kind
    var description: String?
    var specifiedBy: String?
    var fields: [SchemaField] = []
    /// The places of the fields by name.
    var places: [String: Int] = [:]
    /// The interfaces that it implements.
    var interfaces: [SchemaTypeID] = []
    /// Of an interface: the object types that implement it.
    var possibleTypes: [SchemaTypeID] = []
    /// Of an enumeration.
    var values: [String] = []
    /// The FHIR type that it is of, if it is of one.
    var fhirType: TypeID?

    /// Whether it has fields.
    var isComposite: Bool { kind == .object || kind == .interface }
    var isInput: Bool { kind == .scalar || kind == .enumeration }

    func field(named name: String) -> SchemaField? {
        places[name].map { fields[$0] }
    }

    mutating func add(_ field: SchemaField) {
        places[field.name] = fields.count
        fields.append(field)
    }
}

/// A directive that documents may use.
struct SchemaDirective: Sendable {
    enum Location: String, Sendable {
        case query = "QUERY"
        case mutation = "MUTATION"
        case subscription = "SUBSCRIPTION"
        case field = "FIELD"
        case fragmentDefinition = "FRAGMENT_DEFINITION"
        case fragmentSpread = "FRAGMENT_SPREAD"
        case inlineFragment = "INLINE_FRAGMENT"
        case variableDefinition = "VARIABLE_DEFINITION"
        case scalar = "SCALAR"
        case fieldDefinition = "FIELD_DEFINITION"
        case enumValue = "ENUM_VALUE"
    }

    var name: String
    var description: String
    var locations: [Location]
    var arguments: [SchemaArgument] = []
}
