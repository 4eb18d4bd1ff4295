/// Something to say about a resource, and where.
package struct ValidationFinding: Sendable, Equatable {
    package enum Severity: String, Sendable, Comparable {
        case error, warning, information

        private var rank: Int {
            switch self {
            case .error: 0
            case .warning: 1
            case .information: 2
            }
        }

        /// Graver is less.
        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
    }

    /// The codes of http://hl7.org/fhir/issue-type that are used here.
    package enum Code: String, Sendable {
        case structure, required, value, invariant, invalid, exception
        case codeInvalid = "code-invalid"
        case notFound = "not-found"
        case notSupported = "not-supported"
        case tooCostly = "too-costly"
        case tooLong = "too-long"
        case businessRule = "business-rule"
        case informational
    }

    package var severity: Severity
    package var code: Code
    /// Where, as FHIRPath: `Patient.name[0].given[1]`, `Observation.value.ofType(Quantity).unit`.
    package var location: String
    /// The place on the tape: of the value, or of the object in which something is missing.
    package var nodeIndex: Int
    /// The rule that is broken: the key of an invariant (`obs-7`), or the url of a profile; `nil` for R4's structure.
    package var rule: String?
    /// What is wrong, in words.
    package var message: String
    /// Where the value stands in the source, both from 1; 0 where the source was not given.
    package var line = 0
    package var column = 0
}
