internal import FHIR
internal import JSONTape

/// A value that has fields.
enum ExecutionItem {
    /// What a query of the whole server starts from.
    case query
    /// A resource, or a part of one.
    case element(JSONValue, TypeID)
    case page(FoundPage)
    case edge(FoundPage, Int)
    case schema
    case type(SchemaTypeReference)
    case field(SchemaField)
    case argument(SchemaArgument)
    case enumValue(String)
    case directive(SchemaDirective)
}

/// A page of a search and what asked for it.
final class FoundPage {
    let page: GraphQLPage
    let type: TypeID
    let asked: PlannedField

    init(_ page: GraphQLPage, type: TypeID, asked: PlannedField) {
        self.page = page
        self.type = type
        self.asked = asked
    }
}

/// A resource on a tape of its own.
final class OpenResource {
    let parser: JSONParser
    private(set) var root: JSONValue?
    private(set) var type: TypeID
    /// Tells one content of the parser from another.
    private(set) var serial = 0
    /// How many bytes its text has.
    private(set) var byteCount = 0

    init(_ parser: JSONParser) {
        self.parser = parser
        type = TypeID(raw: 0)
    }

    /// Reads a resource in the place of the one before.
    func read(_ text: UnsafeRawBufferPointer, type: TypeID, serial: Int) throws(JSONError) {
        root = nil
        root = try parser.parse(text)
        self.type = type
        self.serial = serial
        byteCount = text.count
    }
}
