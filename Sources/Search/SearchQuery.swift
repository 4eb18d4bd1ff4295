package import Base
package import FHIR

/// A search of one resource type, understood and checked: every clause must hold.
package struct SearchQuery: Sendable {
    /// The type that is searched.
    package let type: TypeID
    package internal(set) var clauses: [SearchClause] = []
    /// Of each `_id` the ids it names: the store answers it.
    package internal(set) var ids: [[String]] = []
    /// Of each `_lastUpdated` its values, one of which must hold: the store answers it.
    package internal(set) var lastUpdated: [[DateCriterion]] = []
    /// What is asked of it beyond `clauses`, `ids` and `lastUpdated`; each must hold.
    package internal(set) var conditions: [SearchCondition] = []
    package internal(set) var options = ResultOptions()
    /// What was not understood and left out; empty unless the query was read leniently.
    package internal(set) var ignored: [SearchError] = []

    /// Reads the parameters of a query.
    /// - Parameters:
    ///   - type: the resource type that is searched.
    ///   - parameters: names and values, percent signs decoded, in the caller's order. `_format` and `_pretty` are let
    ///     pass.
    ///   - plans: what is indexed.
    ///   - now: what `ap` counts from.
    ///   - baseURL: this server's own address, ending in "/": references that begin with it are local.
    ///   - terminology: answers what `:in`, `:not-in`, `:above` and `:below` ask; without it they are refused.
    ///   - isLenient: whether what is not understood is gathered in `ignored` instead of thrown.
    ///   - limits: how large the query may be.
    /// - Returns: the query, without what was ignored.
    /// - Throws: `SearchError` naming the parameter and the value; `.tooMany` and `.reindexing` also where `isLenient`.
    /// - Source: FHIR R4 search, https://hl7.org/fhir/R4/search.html
    package static func parse(
        type: TypeID, parameters: [(name: String, value: String)], plans: SearchPlans, now: Instant,
        baseURL: String? = nil, terminology: (any SearchTerminology)? = nil, isLenient: Bool = false,
        limits: SearchLimits = SearchLimits()
    ) throws(SearchError) -> SearchQuery {
        guard parameters.count <= limits.parametersMax else {
            throw SearchError(code: .tooMany, detail: "A search may have at most \(limits.parametersMax) parameters")
        }
        var parser = SearchQueryParser(
            type: type, plans: plans,
            values: SearchValueParser(
                definitions: plans.definitions, now: now, baseURL: baseURL, terminology: terminology),
            limits: limits)
        for (name, value) in parameters {
            do {
                try parser.read(name: name, value: value)
            } catch {
                guard isLenient, error.code != .tooMany, error.code != .reindexing else { throw error }
                parser.query.ignored.append(error)
            }
        }
        return parser.query
    }
}
