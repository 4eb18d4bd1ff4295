internal import FHIR

/// What a field of the schema gives.
enum FieldRole: Sendable {
    /// An element of FHIR: a member of the JSON object, by the number of its name.
    case element(UInt16, TypeID)
    /// The `_name` of a primitive, by the number of its name.
    case sibling(UInt16)
    case resourceType
    case typename
    /// What a Reference points at.
    case target
    /// One resource by its id.
    case read(TypeID)
    /// The matches of a search; inside a resource those that refer to it.
    case list(TypeID)
    /// A page of a search.
    case connection(TypeID)
    case page(PagePart)
    case edge(EdgePart)
    case introspection(IntrospectionPart)
}

/// The fields of a connection.
enum PagePart: String, Sendable, CaseIterable {
    case count, offset, pagesize, first, previous, next, last, edges
}

/// The fields of an edge.
enum EdgePart: String, Sendable, CaseIterable {
    case mode, score, resource
}

/// The fields of the introspection types.
/// - Source: GraphQL October 2021, section 4.2.
enum IntrospectionPart: String, Sendable {
    case schema = "__schema"
    case namedType = "__type"
    // __Schema
    case types, queryType, mutationType, subscriptionType, directives
    // __Type, __Field, __InputValue, __EnumValue, __Directive
    case kind, name, description, specifiedByURL, fields, interfaces, possibleTypes, enumValues, inputFields, ofType,
        type
    case args, isDeprecated, deprecationReason, defaultValue, locations, isRepeatable
}
