/// Another text for a concept: a translation, a synonym.
package struct Designation: Sendable, Equatable {
    package var language: String?
    /// What it is used for, such as `http://terminology.hl7.org/CodeSystem/designation-usage#display`.
    package var use: SystemCode?
    package var value: String

    /// The use that stands for a display in another language.
    static let displayUse = SystemCode(
        system: "http://terminology.hl7.org/CodeSystem/designation-usage", code: "display")
}

/// A property of a concept.
package struct ConceptProperty: Sendable, Equatable {
    package var code: String
    package var kind: PropertyKind
    /// The value as FHIR JSON would have it, without quotes; of a Coding its code.
    package var value: String
    /// Of a Coding.
    package var system: String?
    /// Of a Coding, or of a code that is a concept of the same system.
    package var display: String?
}
