internal import Base
internal import FHIR

/// Reads one parameter of a query after another.
struct SearchQueryParser {
    let plans: SearchPlans
    let plan: TypePlan
    let limits: SearchLimits
    var query: SearchQuery
    var values: SearchValueParser
    private var valueCount = 0

    init(type: TypeID, plans: SearchPlans, now: Instant, baseURL: String?, limits: SearchLimits) {
        self.plans = plans
        self.limits = limits
        plan = plans.plan(for: type)
        query = SearchQuery(type: type)
        values = SearchValueParser(definitions: plans.definitions, now: now, baseURL: baseURL)
    }

    mutating func read(name: String, value: String) throws(SearchError) {
        guard value.utf8.count <= limits.valueBytesMax else {
            throw SearchError(
                code: .tooMany, detail: "The value of \"\(name)\" is longer than \(limits.valueBytesMax) bytes",
                parameter: name)
        }
        values.name = name
        values.value = value
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let code = String(parts[0])
        let modifier = parts.count > 1 ? String(parts[1]) : nil
        if try readOption(code, modifier: modifier) { return }
        guard !code.hasPrefix("_has"), !name.contains(".") else {
            throw values.error(.notSupported, "Chained parameters and _has are not served: \"\(name)\"")
        }
        switch code {
        case "_id": query.ids.append(try ids(modifier))
        case "_lastUpdated": query.lastUpdated.append(try lastUpdated(modifier))
        default: query.clauses.append(try clause(code, modifier: modifier))
        }
    }

    /// The values between commas.
    private mutating func alternatives() throws(SearchError) -> [String] {
        let parts = SearchValueText.split(values.value, at: ",")
        valueCount += parts.count
        guard valueCount <= limits.valuesMax else {
            throw values.error(.tooMany, "A search may have at most \(limits.valuesMax) values")
        }
        guard !parts.contains("") else {
            throw values.error(.badValue, "\"\(values.name)\" has an empty value")
        }
        return parts
    }

    private mutating func ids(_ modifier: String?) throws(SearchError) -> [String] {
        if let modifier { throw values.unknownModifier(modifier) }
        var ids: [String] = []
        for part in try alternatives() { ids.append(SearchValueText.unescaped(part)) }
        return ids
    }

    private mutating func lastUpdated(_ modifier: String?) throws(SearchError) -> [DateCriterion] {
        if let modifier { throw values.unknownModifier(modifier) }
        var criteria: [DateCriterion] = []
        for part in try alternatives() { criteria.append(try values.date(part)) }
        return criteria
    }

    private mutating func clause(_ code: String, modifier: String?) throws(SearchError) -> SearchClause {
        guard let parameter = plan.parameters[code] else {
            if plan.unserved.contains(code)
                || ["_filter", "_content", "_text", "_list", "_query", "_type"].contains(code)
            {
                throw values.error(.notSupported, "The search parameter \"\(code)\" is not served")
            }
            throw values.error(.unknownParameter, "\(plan.name) has no search parameter \"\(code)\"")
        }
        func made(_ test: SearchClause.Test) -> SearchClause {
            SearchClause(name: values.name, value: values.value, parameter: parameter, test: test, plan: plan)
        }
        if modifier == "missing" {
            guard values.value == "true" || values.value == "false" else {
                throw values.error(.badValue, "\"\(values.name)\" takes true or false, not \"\(values.value)\"")
            }
            return made(.missing(values.value == "true"))
        }
        var criteria: [SearchCriterion] = []
        for part in try alternatives() {
            criteria.append(try values.criterion(part, of: parameter, modifier: modifier))
        }
        return made(modifier == "not" ? .none(criteria) : .any(criteria))
    }
}
