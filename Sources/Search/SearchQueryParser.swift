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
    /// How many types chains lead to so far.
    var chainTypes = 0
    /// How many references lead from the type that is searched to the one at hand.
    var chainDepth = 0

    init(type: TypeID, plans: SearchPlans, values: SearchValueParser, limits: SearchLimits) {
        self.plans = plans
        self.values = values
        self.limits = limits
        plan = plans.plan(for: type)
        query = SearchQuery(type: type)
    }

    /// One that reads the same parameter's criteria for another type.
    func child(type: TypeID) -> SearchQueryParser {
        var child = SearchQueryParser(type: type, plans: plans, values: values, limits: limits)
        child.valueCount = valueCount
        child.chainTypes = chainTypes
        child.chainDepth = chainDepth
        return child
    }

    /// Counts what another reader has read.
    mutating func adopt(_ child: SearchQueryParser) {
        valueCount = max(valueCount, child.valueCount)
        chainTypes = max(chainTypes, child.chainTypes)
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
        if try readOption(String(parts[0]), modifier: parts.count > 1 ? String(parts[1]) : nil) { return }
        try readCriteria(name[...])
    }

    /// Reads what is asked of the resources.
    /// - Parameter path: the parameter's name, or the rest of a chain.
    mutating func readCriteria(_ path: Substring) throws(SearchError) {
        if path.hasPrefix("_has:") || path == "_has" {
            query.conditions.append(.reverse(try reverse(path)))
            return
        }
        if path.contains(".") {
            query.conditions.append(.chain(try chain(path)))
            return
        }
        let parts = path.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let code = parts.isEmpty ? "" : String(parts[0])
        let modifier = parts.count > 1 ? String(parts[1]) : nil
        switch code {
        case "_id": query.ids.append(try ids(modifier))
        case "_lastUpdated": query.lastUpdated.append(try lastUpdated(modifier))
        case "_list": query.conditions.append(.reverse(try list(modifier)))
        case "_filter":
            if let modifier { throw values.unknownModifier(modifier) }
            query.conditions.append(try filter(values.value))
        default:
            if modifier == "above" || modifier == "below", let parameter = try known(code, of: plan),
                parameter.parameter.type == .reference
            {
                query.conditions.append(
                    .hierarchy(try hierarchy(parameter, isBelow: modifier == "below", try alternatives())))
            } else {
                query.clauses.append(try clause(code, modifier: modifier))
            }
        }
    }

    /// The parameter of that code; `nil` if there is none.
    /// - Throws: `.reindexing` if it cannot be searched yet.
    func known(_ code: String, of plan: TypePlan) throws(SearchError) -> PlannedParameter? {
        if let progress = plan.reindexing[code] { throw values.reindexing(code, of: plan.name, progress) }
        return plan.parameters[code]
    }

    /// The values between commas.
    mutating func alternatives() throws(SearchError) -> [String] {
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
        guard let parameter = try known(code, of: plan) else {
            if TextScope(rawValue: code) != nil { return try words(code, modifier: modifier) }
            if plan.unserved.contains(code) || code == "_query" {
                throw values.error(.notSupported, "The search parameter \"\(code)\" is not served")
            }
            if code == "_type" {
                throw values.error(.notSupported, "\"_type\" is for searches of several types: leave the type out")
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
            if modifier == "above", parameter.parameter.type == .uri {
                criteria += try values.uris(above: part)
            } else {
                criteria.append(try values.criterion(part, of: parameter, modifier: modifier))
            }
        }
        return made(modifier == "not" || modifier == "not-in" ? .none(criteria) : .any(criteria))
    }

    /// What words a resource's texts must hold.
    private mutating func words(_ code: String, modifier: String?) throws(SearchError) -> SearchClause {
        guard let parameter = plans.definitions.searchParameters(of: plan.type).first(where: { $0.code == code }) else {
            throw values.error(.notSupported, "\(plan.name) has no narrative: search its texts by \"_content\"")
        }
        if let modifier { throw values.unknownModifier(modifier) }
        var criteria: [SearchCriterion] = []
        for part in try alternatives() {
            do throws(WordExpressionError) {
                criteria.append(.words(try WordExpression(SearchValueText.unescaped(part))))
            } catch {
                throw values.error(
                    .badValue, "\"\(code)\" takes words, with AND, OR, NOT and brackets: \(error.detail)")
            }
        }
        let planned = PlannedParameter(
            parameter: parameter, uses: [], targetNames: [], composite: nil, components: [])
        return SearchClause(
            name: values.name, value: values.value, parameter: planned, test: .any(criteria), plan: plan)
    }
}
