internal import FHIR

/// `_filter`: conditions joined by `and`, `or` and `not`; `and` binds closer than `or`.
///
/// A path may name the type that a reference points at behind a colon, as chains do, and what must hold for the resource
/// on the way in brackets: `subject:Patient[active eq true].name co "pet"`.
/// - Source: FHIR R4 search filter, https://hl7.org/fhir/R4/search_filter.html
extension SearchQueryParser {
    private static let depthMax = 32

    /// Reads a whole filter.
    mutating func filter(_ text: String) throws(SearchError) -> SearchCondition {
        var rest = SearchFilterText(text)
        var count = 0
        let condition = try disjunction(&rest, &count, depth: 0)
        guard rest.isAtEnd else { throw filterError("is followed by something else", rest) }
        return condition
    }

    private func filterError(_ what: String, _ rest: SearchFilterText) -> SearchError {
        values.error(.badValue, "The filter \(what), at character \(rest.offset + 1) of \"\(values.value)\"")
    }

    private mutating func disjunction(
        _ rest: inout SearchFilterText, _ count: inout Int, depth: Int
    ) throws(SearchError) -> SearchCondition {
        var alternatives = [try conjunction(&rest, &count, depth: depth)]
        while rest.take(word: "or") { alternatives.append(try conjunction(&rest, &count, depth: depth)) }
        return alternatives.count == 1 ? alternatives[0] : .any(alternatives)
    }

    private mutating func conjunction(
        _ rest: inout SearchFilterText, _ count: inout Int, depth: Int
    ) throws(SearchError) -> SearchCondition {
        var parts = [try part(&rest, &count, depth: depth)]
        rest.skipSpaces()
        while rest.take(word: "and") {
            parts.append(try part(&rest, &count, depth: depth))
            rest.skipSpaces()
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func part(
        _ rest: inout SearchFilterText, _ count: inout Int, depth: Int
    ) throws(SearchError) -> SearchCondition {
        guard depth < Self.depthMax else { throw filterError("has too many parentheses", rest) }
        count += 1
        guard count <= limits.filterConditionsMax else {
            throw values.error(.tooMany, "A filter may have at most \(limits.filterConditionsMax) conditions")
        }
        rest.skipSpaces()
        var ahead = rest
        if ahead.take(word: "not") {
            ahead.skipSpaces()
            if ahead.take("(") {
                rest = ahead
                return .not(try closed(&rest, &count, depth: depth))
            }
        }
        if rest.take("(") { return try closed(&rest, &count, depth: depth) }
        return try comparison(&rest, &count, depth: depth)
    }

    /// What stands behind an opening parenthesis, which is passed.
    private mutating func closed(
        _ rest: inout SearchFilterText, _ count: inout Int, depth: Int
    ) throws(SearchError) -> SearchCondition {
        let inner = try disjunction(&rest, &count, depth: depth + 1)
        rest.skipSpaces()
        guard rest.take(")") else { throw filterError("lacks a closing parenthesis", rest) }
        return inner
    }

    /// Reads `path operator value`.
    private mutating func comparison(
        _ rest: inout SearchFilterText, _ count: inout Int, depth: Int
    ) throws(SearchError) -> SearchCondition {
        let name = rest.name()
        guard !name.isEmpty else { throw filterError("lacks a parameter", rest) }
        let hasInner = rest.take("[")
        if hasInner || rest.take(".") { return try step(name, hasInner: hasInner, &rest, &count, depth: depth) }
        rest.skipSpaces()
        let word = rest.name()
        guard let comparison = FilterComparison(rawValue: word) else {
            throw filterError("has an unknown operator \"\(word)\" behind \"\(name)\"", rest)
        }
        rest.skipSpaces()
        guard let value = rest.value() else { throw filterError("lacks a value behind \"\(name) \(word)\"", rest) }
        return try condition(name, comparison, value.text)
    }

    /// Follows a reference. The rest is read once for each type that it may lead to.
    private mutating func step(
        _ name: String, hasInner: Bool, _ rest: inout SearchFilterText, _ count: inout Int, depth: Int
    ) throws(SearchError) -> SearchCondition {
        guard depth < Self.depthMax else { throw filterError("leads over too many references", rest) }
        let head = name.split(separator: ":", maxSplits: 1).map(String.init)
        let code = head.first ?? ""
        let (parameter, types) = try steps(code, typeName: head.count > 1 ? head[1] : nil)
        let start = rest
        let startCount = count
        var (end, endCount) = (rest, count)
        let targets = try targets(code, types) { (child) throws(SearchError) in
            var (own, ownCount) = (start, startCount)
            if hasInner {
                child.query.conditions.append(try child.disjunction(&own, &ownCount, depth: depth + 1))
                own.skipSpaces()
                guard own.take("]") else { throw child.filterError("lacks a closing bracket", own) }
                guard own.take(".") else { throw child.filterError("lacks a point behind a bracket", own) }
            }
            child.query.conditions.append(try child.comparison(&own, &ownCount, depth: depth + 1))
            (end, endCount) = (own, max(endCount, ownCount))
        }
        (rest, count) = (end, endCount)
        return .chain(
            SearchChain(name: values.name, value: values.value, parameter: parameter, targets: targets, plan: plan))
    }
}
