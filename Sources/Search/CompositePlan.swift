internal import FHIR
internal import FHIRPath

/// Where a composite parameter's values lie.
struct CompositePlan: Sendable {
    struct Branch: Sendable {
        /// Gives the elements whose parts belong together.
        let expression: PathExpression
        /// What each part is, on such an element.
        let parts: [PathExpression]
    }

    let parameter: SearchParameter
    let branches: [Branch]
    /// The kind of each part.
    let kinds: [SearchParameter.Kind]
}
