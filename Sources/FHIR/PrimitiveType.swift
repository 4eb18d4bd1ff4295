/// The primitive types of R4.
/// - Source: FHIR R4 datatypes, https://hl7.org/fhir/R4/datatypes.html#primitive
package enum PrimitiveType: UInt8, Sendable, CaseIterable {
    case base64Binary, boolean, canonical, code, date, dateTime, decimal, id, instant, integer, markdown, oid
    case positiveInt, string, time, unsignedInt, uri, url, uuid, xhtml

    private static let names = [
        "base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer",
        "markdown", "oid", "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid", "xhtml",
    ]

    /// The type's name in FHIR.
    package var name: String { Self.names[Int(rawValue)] }

    /// The type of that FHIR name.
    package init?(name: String) {
        guard let place = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(place))
    }
}

extension PrimitiveType {
    /// Whether a value of the type may name a resource.
    package var isLink: Bool {
        switch self {
        case .uri, .url, .canonical, .oid, .uuid: true
        default: false
        }
    }
}
