/// A property that the concepts of a code system may have.
package struct PropertyDeclaration: Sendable {
    package var code: String
    package var kind: PropertyKind
    package var uri: String?

    static let standardURI = "http://hl7.org/fhir/concept-properties#"

    var role: PropertyRole {
        if let uri, uri.hasPrefix(Self.standardURI) {
            return PropertyRole(String(uri.dropFirst(Self.standardURI.count)))
        }
        return PropertyRole(code)
    }
}
