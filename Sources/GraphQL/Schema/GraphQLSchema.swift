package import FHIR

/// The GraphQL types, fields and directives that FHIR R4 gives: made from the definitions, nothing by hand.
///
/// Resources and data types are objects with FHIR's names (`Patient`, `HumanName`; `PatientContact` for the backbone
/// element `Patient.contact`), `Resource` and `DomainResource` interfaces. Choices stand as in JSON (`valueQuantity`),
/// primitives have their `_name`.
/// - Source: FHIR R4 GraphQL, https://hl7.org/fhir/R4/graphql.html; GraphQL October 2021, section 3.
package final class GraphQLSchema: Sendable {
    let definitions: Definitions
    let parameters: SchemaParameters
    let types: [SchemaType]
    let directives: [SchemaDirective]
    let queryType: SchemaTypeID
    /// `__typename`, `__schema` and `__type`.
    let metaFields: [String: SchemaField]
    private let typesByName: [String: SchemaTypeID]
    private let typesOfFHIR: [SchemaTypeID?]

    /// Makes the schema. Takes some milliseconds.
    /// - Parameter customs: search parameters beside those of the definitions.
    package init(_ definitions: Definitions, customs: [SearchParameter] = []) {
        self.definitions = definitions
        parameters = SchemaParameters(definitions, customs: customs)
        var builder = SchemaBuilder(parameters)
        builder.build()
        types = builder.types
        directives = builder.directives
        queryType = builder.queryType
        metaFields = builder.metaFields
        typesByName = builder.typesByName
        typesOfFHIR = builder.typesOfFHIR
    }

    subscript(id: SchemaTypeID) -> SchemaType {
        _read { yield types[Int(id.raw)] }
    }

    func type(named name: String) -> SchemaTypeID? {
        typesByName[name]
    }

    /// The object type of a FHIR type.
    func type(of fhirType: TypeID) -> SchemaTypeID? {
        typesOfFHIR[Int(fhirType.raw)]
    }

    /// A field of a type, those that every type has included.
    /// - Parameter isRoot: whether the type is the one that the operation starts from.
    func field(_ name: String, of type: SchemaTypeID, isRoot: Bool) -> SchemaField? {
        if let field = self[type].field(named: name) { return field }
        guard name.hasPrefix("__"), isRoot || name == "__typename" else { return nil }
        return metaFields[name]
    }

    /// The object types that a value of a type can have.
    func possibleTypes(of type: SchemaTypeID) -> [SchemaTypeID] {
        self[type].kind == .interface ? self[type].possibleTypes : [type]
    }

    /// Whether some object type is both.
    func overlap(_ one: SchemaTypeID, _ other: SchemaTypeID) -> Bool {
        if one == other || self[one].interfaces.contains(other) || self[other].interfaces.contains(one) { return true }
        if self[one].kind == .object && self[other].kind == .object { return false }
        let others = possibleTypes(of: other)
        return possibleTypes(of: one).contains { others.contains($0) }
    }

    /// Whether an object type is a type or implements it.
    func isObject(_ object: SchemaTypeID, of type: SchemaTypeID) -> Bool {
        object == type || self[object].interfaces.contains(type)
    }

    /// A type as a document writes it: `[HumanName]`, `ID!`.
    func text(_ reference: SchemaTypeReference) -> String {
        var text = self[reference.type].name
        if reference.isList { text = "[" + text + (reference.hasRequiredItems ? "!" : "") + "]" }
        return reference.isRequired ? text + "!" : text
    }
}
