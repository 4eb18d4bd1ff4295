internal import FHIR
internal import FHIRPath

/// A rule in FHIRPath, of R4 or of a profile.
struct Invariant: Sendable {
    let key: String
    let isError: Bool
    let human: String
    let expression: PathExpression

    var severity: ValidationFinding.Severity { isError ? .error : .warning }
}

/// The strength with which codes are bound to a value set.
/// - Source: FHIR R4, https://hl7.org/fhir/R4/terminologies.html#strength
enum BindingStrength: String, Sendable {
    case required, extensible, preferred
    /// What extensible codes may go beyond, but not beyond this.
    case maximum
}

/// A binding to a value set.
struct ValueSetBinding: Sendable, Hashable {
    let strength: BindingStrength
    let valueSet: String
}
