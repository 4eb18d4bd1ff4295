/// Which places of a type's resources are looked at.
package struct ExtractionSelection: Sendable, Equatable {
    /// Places in `TypePlan.paths`, in order.
    var paths: [UInt16]
    /// Places in `TypePlan.composites`, in order.
    var composites: [UInt16]
    /// Whether the texts are looked at.
    var texts: Set<TextScope> = []

    /// All that tokens are made of: every path that is in use. Composites are found by the tokens of their parts.
    package static func indexed(_ plan: TypePlan) -> ExtractionSelection {
        ExtractionSelection(paths: plan.indexed, composites: [])
    }

    /// All that any clause can ask for.
    package static func everything(_ plan: TypePlan) -> ExtractionSelection {
        ExtractionSelection(
            paths: plan.paths.indices.map { UInt16($0) }, composites: plan.composites.indices.map { UInt16($0) })
    }

    /// What a query's clauses and sort rules ask for.
    package init(_ query: SearchQuery) {
        self.init(clauses: query.clauses, sort: query.options.sort)
    }

    /// What some clauses, the values of some parameters, and sort rules ask for.
    package init(clauses: [SearchClause], parameters: [PlannedParameter] = [], sort: [ResultOptions.SortRule] = []) {
        var paths: Set<UInt16> = []
        var composites: Set<UInt16> = []
        var texts: Set<TextScope> = []
        for clause in clauses {
            paths.formUnion(clause.parameter.uses.map(\.path))
            if let scope = clause.parameter.textScope { texts.insert(scope) }
            if let composite = clause.parameter.composite { composites.insert(composite) }
        }
        for parameter in parameters { paths.formUnion(parameter.uses.map(\.path)) }
        for rule in sort {
            if case .parameter(let parameter) = rule.key { paths.formUnion(parameter.uses.map(\.path)) }
        }
        self.init(paths: paths.sorted(), composites: composites.sorted())
        self.texts = texts
    }

    /// What the values of some parameters need, for `_include`.
    package init(_ parameters: [PlannedParameter]) {
        self.init(paths: Set(parameters.flatMap { $0.uses.map(\.path) }).sorted(), composites: [])
    }

    private init(paths: [UInt16], composites: [UInt16]) {
        self.paths = paths
        self.composites = composites
    }
}
