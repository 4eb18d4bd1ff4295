/// The types that a concept's property may have.
/// - Source: FHIR R4 CodeSystem.property.type, https://hl7.org/fhir/R4/valueset-concept-property-type.html
package enum PropertyKind: String, Sendable {
    case code
    case coding = "Coding"
    case string
    case integer
    case boolean
    case dateTime
    case decimal

    /// The name of the member that holds such a value: `valueCode`.
    var memberName: String {
        let name = rawValue
        return "value" + name.prefix(1).uppercased() + name.dropFirst()
    }
}

/// What a property tells about its concept, beyond its value.
/// - Source: https://hl7.org/fhir/R4/codesystem-concept-properties.html
enum PropertyRole: Sendable {
    case parent, child, notSelectable, inactive, status, other

    /// By the code that the property usually has, or the last part of its URI.
    init(_ name: String) {
        switch name {
        case "parent", "subsumedBy": self = .parent
        case "child": self = .child
        case "notSelectable", "abstract": self = .notSelectable
        case "inactive": self = .inactive
        case "status": self = .status
        default: self = .other
        }
    }
}
