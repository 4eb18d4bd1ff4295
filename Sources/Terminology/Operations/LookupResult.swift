/// What is known of a code.
/// - Source: https://hl7.org/fhir/R4/codesystem-operation-lookup.html
package struct LookupResult: Sendable {
    /// Of the code system.
    package var name: String
    package var system: String
    package var version: String?
    package var code: String
    package var display: String
    package var designations: [Designation]
    package var properties: [ConceptProperty]
}
