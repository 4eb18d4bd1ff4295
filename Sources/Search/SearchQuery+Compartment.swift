package import FHIR

extension SearchQuery {
    /// Narrows the query to what is in a compartment.
    /// - Parameters:
    ///   - compartment: its name, which is that of the type of the resource that it belongs to.
    ///   - id: the id of that resource, which is in its own compartment.
    /// - Returns: whether the type can be in the compartment at all; if not, the query stays as it is.
    /// - Source: FHIR R4 compartments, https://hl7.org/fhir/R4/compartmentdefinition.html
    package mutating func restrict(toCompartment compartment: String, id: String, plans: SearchPlans) -> Bool {
        let plan = plans.plan(for: type)
        let target = ReferenceCriterion(target: .id(id, types: [compartment], version: nil))
        let codes = plans.definitions.compartmentParameters(compartment, of: type)
        let clauses = codes.compactMap { plan.parameters[$0] }.map { parameter in
            SearchClause(
                name: parameter.code, value: compartment + "/" + id, parameter: parameter,
                test: .any([.reference(target)]), plan: plan)
        }
        if plan.name == compartment {
            conditions.append(.any([.ids([id])] + clauses.map { .clause($0) }))
        } else if clauses.count == 1 {
            self.clauses += clauses
        } else if !clauses.isEmpty {
            conditions.append(.any(clauses.map { .clause($0) }))
        }
        return plan.name == compartment || !clauses.isEmpty
    }

    /// The query for resources of a type that point at one of some others.
    /// - Parameters:
    ///   - parameters: the references that count.
    ///   - names: "Type/id" of the others.
    package static func referring(
        _ type: TypeID, by parameters: [PlannedParameter], to names: Set<String>, plans: SearchPlans
    ) -> SearchQuery {
        let plan = plans.plan(for: type)
        let targets = ReferenceTargets(names)
        let clauses = parameters.map { parameter in
            SearchClause(
                name: parameter.code, value: "", parameter: parameter, test: .any([.references(targets)]), plan: plan)
        }
        var query = SearchQuery(type: type)
        if clauses.count == 1 {
            query.clauses = clauses
        } else {
            query.conditions = [.any(clauses.map { .clause($0) })]
        }
        return query
    }
}
