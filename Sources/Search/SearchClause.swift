package import FHIR

/// One parameter of a query: a resource satisfies it if one of the values does.
package struct SearchClause: Sendable {
    package enum Test: Sendable {
        /// One of the criteria holds for one of the resource's values.
        case any([SearchCriterion])
        /// None of the criteria holds for any of the resource's values, also where it has none.
        case none([SearchCriterion])
        /// Some value of the resource satisfies none of the criteria.
        case unequal([SearchCriterion])
        /// Whether the resource has no value.
        case missing(Bool)
    }

    /// The parameter as the caller wrote it, modifier included.
    package let name: String
    /// The values as the caller wrote them.
    package let value: String
    package let parameter: PlannedParameter
    package let test: Test
    /// What is indexed of the type that is searched.
    let plan: TypePlan

    /// The type that is searched.
    package var type: TypeID { plan.type }

    /// The values it asks for.
    package var criteria: [SearchCriterion] {
        switch test {
        case .any(let criteria), .none(let criteria), .unequal(let criteria): criteria
        case .missing: []
        }
    }
}
