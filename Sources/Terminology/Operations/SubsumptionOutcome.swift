/// How two codes of a system stand to each other.
/// - Source: https://hl7.org/fhir/R4/valueset-concept-subsumption-outcome.html
package enum SubsumptionOutcome: String, Sendable {
    case equivalent
    /// The first is above the second.
    case subsumes
    /// The first is below the second.
    case subsumedBy = "subsumed-by"
    case notSubsumed = "not-subsumed"
}
