extension SearchQuery {
    /// The query with a further demand: all clauses of one of the alternatives must hold.
    /// - Parameter alternatives: clauses on the type that is searched; not empty.
    package func narrowed(to alternatives: [[SearchClause]]) -> SearchQuery {
        var made = self
        if alternatives.count == 1 {
            made.clauses += alternatives[0]
        } else {
            made.conditions.append(.any(alternatives.map { .all($0.map(SearchCondition.clause)) }))
        }
        return made
    }
}
