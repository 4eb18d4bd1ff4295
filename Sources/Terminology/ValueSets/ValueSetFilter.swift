/// A condition by which a part of a value set chooses concepts of its code system.
package struct ValueSetFilter: Sendable, Equatable, CustomStringConvertible {
    /// The conditions that there are.
    /// - Source: https://hl7.org/fhir/R4/valueset-filter-operator.html
    package enum Operator: String, Sendable {
        case equals = "="
        case isA = "is-a"
        case descendentOf = "descendent-of"
        case isNotA = "is-not-a"
        case regex
        case isIn = "in"
        case isNotIn = "not-in"
        case generalizes
        case exists
    }

    package var property: String
    /// As in the definition; one that is not known is an error only of who asks for the codes.
    package var operation: String
    package var value: String

    package var description: String { "\(property) \(operation) \(value)" }
}
