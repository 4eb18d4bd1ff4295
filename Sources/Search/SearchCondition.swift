package import FHIR

/// What a query asks for beyond its plain clauses: resources that other resources lead to, and conditions joined by
/// and, or and not. The store makes the joins.
package indirect enum SearchCondition: Sendable {
    case clause(SearchClause)
    /// The resource has one of the ids.
    case ids([String])
    /// One of the criteria holds for the moment at which the resource was last changed.
    case lastUpdated([DateCriterion])
    case all([SearchCondition])
    case any([SearchCondition])
    case not(SearchCondition)
    case chain(SearchChain)
    case reverse(SearchReverse)
    case hierarchy(SearchHierarchy)
}

/// A condition on what a reference points at.
package protocol ReferenceCondition: AnyObject {
    /// The parameter as the caller wrote it, whole.
    var name: String { get }
    /// The value as the caller wrote it.
    var value: String { get }
    /// The reference parameter.
    var parameter: PlannedParameter { get }
    /// What is indexed of the type that has the reference.
    var plan: TypePlan { get }
}

extension ReferenceCondition {
    /// The clause that holds where the reference points at one of some resources.
    package func clause(pointingAt targets: ReferenceTargets) -> SearchClause {
        SearchClause(
            name: name, value: value, parameter: parameter, test: .any([.references(targets)]), plan: plan)
    }
}

/// `subject:Patient.name=peter`: a reference leads to a resource for which a query holds.
/// - Source: FHIR R4 search, chaining, https://hl7.org/fhir/R4/search.html#chaining
package final class SearchChain: ReferenceCondition, Sendable {
    /// The parameter as the caller wrote it, whole.
    package let name: String
    /// The value as the caller wrote it.
    package let value: String
    /// The reference parameter that is followed.
    package let parameter: PlannedParameter
    /// What must hold for a resource of each type that the reference may point at.
    package let targets: [SearchQuery]
    /// The type that has the reference.
    package var type: TypeID { plan.type }
    package let plan: TypePlan

    init(name: String, value: String, parameter: PlannedParameter, targets: [SearchQuery], plan: TypePlan) {
        self.name = name
        self.value = value
        self.parameter = parameter
        self.targets = targets
        self.plan = plan
    }
}

/// `_has:Observation:patient:code=1234-5`: a resource for which a query holds points here.
/// - Source: FHIR R4 search, reverse chaining, https://hl7.org/fhir/R4/search.html#has
package final class SearchReverse: ReferenceCondition, Sendable {
    /// The parameter as the caller wrote it, whole.
    package let name: String
    /// The value as the caller wrote it.
    package let value: String
    /// The reference parameter of the other resource.
    package let parameter: PlannedParameter
    /// What must hold for the other resource.
    package let source: SearchQuery
    /// The type that is searched.
    package let type: TypeID
    package let plan: TypePlan

    init(
        name: String, value: String, parameter: PlannedParameter, source: SearchQuery, type: TypeID, plan: TypePlan
    ) {
        self.name = name
        self.value = value
        self.parameter = parameter
        self.source = source
        self.type = type
        self.plan = plan
    }

    /// The query for the other resources that point at one of some.
    package func source(pointingAt targets: ReferenceTargets) -> SearchQuery {
        var query = source
        query.clauses.append(clause(pointingAt: targets))
        return query
    }
}

/// `location:below=42`: a reference leads to a resource or to one above or below it.
/// - Source: FHIR R4 search, https://hl7.org/fhir/R4/search.html#reference
package final class SearchHierarchy: ReferenceCondition, Sendable {
    /// The parameter as the caller wrote it, modifier included.
    package let name: String
    /// The value as the caller wrote it.
    package let value: String
    package let parameter: PlannedParameter
    /// Whether what is part of the named resources counts, or what they are part of.
    package let isBelow: Bool
    /// The resources that are named, with the parameter of their type that says what they are part of.
    package let roots: [(type: TypeID, id: String, parent: PlannedParameter)]
    package let plan: TypePlan
    private let parentPlans: [TypePlan]

    init(
        name: String, value: String, parameter: PlannedParameter, isBelow: Bool,
        roots: [(type: TypeID, id: String, parent: PlannedParameter)], plan: TypePlan, parentPlans: [TypePlan]
    ) {
        self.name = name
        self.value = value
        self.parameter = parameter
        self.isBelow = isBelow
        self.roots = roots
        self.plan = plan
        self.parentPlans = parentPlans
    }

    /// The query for what is part of one of some resources of the type of a root.
    package func parts(of targets: ReferenceTargets, root place: Int) -> SearchQuery {
        var query = SearchQuery(type: roots[place].type)
        query.clauses.append(
            SearchClause(
                name: name, value: value, parameter: roots[place].parent, test: .any([.references(targets)]),
                plan: parentPlans[place]))
        return query
    }
}

extension SearchCondition {
    /// Whether it is a chain or reverse chain, or holds some as conditions that must all hold.
    package var leadsOn: Bool {
        switch self {
        case .chain, .reverse: true
        case .all(let conditions): conditions.contains(where: \.leadsOn)
        case .clause, .ids, .lastUpdated, .any, .not, .hierarchy: false
        }
    }

    /// The clauses in it, those of other resources left out.
    package var clauses: [SearchClause] {
        switch self {
        case .clause(let clause): [clause]
        case .all(let conditions), .any(let conditions): conditions.flatMap(\.clauses)
        case .not(let condition): condition.clauses
        case .ids, .lastUpdated, .chain, .reverse, .hierarchy: []
        }
    }
}
