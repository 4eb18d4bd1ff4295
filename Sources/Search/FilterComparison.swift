internal import FHIR

/// How a `_filter` compares.
/// - Source: FHIR R4 search filter, https://hl7.org/fhir/R4/search_filter.html
enum FilterComparison: String {
    case eq, ne, co, sw, ew, gt, lt, ge, le, ap, sa, eb, pr, po, ss, sb, re
    case inValueSet = "in"
}

extension SearchQueryParser {
    /// What a comparison asks for.
    func condition(_ code: String, _ comparison: FilterComparison, _ text: String) throws(SearchError)
        -> SearchCondition
    {
        if code == "_id" {
            guard comparison == .eq || comparison == .ne else { throw unsuited(code, comparison) }
            return comparison == .eq ? .ids([text]) : .not(.ids([text]))
        }
        if code == "_lastUpdated" {
            guard comparison == .po || SearchPrefix(rawValue: comparison.rawValue) != nil else {
                throw unsuited(code, comparison)
            }
            return .lastUpdated([try date(comparison, text)])
        }
        guard let parameter = try known(code, of: plan) else {
            throw values.error(.unknownParameter, "\(plan.name) has no search parameter \"\(code)\"")
        }
        func clause(_ test: SearchClause.Test) -> SearchCondition {
            .clause(
                SearchClause(
                    name: values.name, value: "\(code) \(comparison.rawValue) \(text)", parameter: parameter,
                    test: test,
                    plan: plan))
        }
        if comparison == .pr {
            guard text == "true" || text == "false" else {
                throw values.error(.badValue, "\"\(code) pr\" takes true or false, not \"\(text)\"")
            }
            return clause(.missing(text == "false"))
        }
        let criterion = try criterion(parameter, comparison, text)
        return clause(comparison == .ne ? .unequal([criterion]) : .any([criterion]))
    }

    private func unsuited(_ code: String, _ comparison: FilterComparison) -> SearchError {
        values.error(.badValue, "\"\(code)\" cannot be compared with \"\(comparison.rawValue)\" in a filter")
    }

    private func date(_ comparison: FilterComparison, _ text: String) throws(SearchError) -> DateCriterion {
        if comparison == .po {
            // Two spans overlap: `ap` without its margin.
            var criterion = try values.date("eq" + text)
            criterion.prefix = .ap
            return criterion
        }
        return try values.date(comparison.rawValue + text)
    }

    private func criterion(
        _ parameter: PlannedParameter, _ comparison: FilterComparison, _ text: String
    ) throws(SearchError) -> SearchCriterion {
        let prefix = comparison == .ne ? SearchPrefix.eq : SearchPrefix(rawValue: comparison.rawValue)
        switch (parameter.parameter.type, comparison) {
        case (.string, .eq), (.string, .ne): return try string(text, .equals)
        case (.string, .co): return try string(text, .contains)
        case (.string, .sw): return try string(text, .startsWith)
        case (.string, .ew): return try string(text, .endsWith)
        case (.token, .eq), (.token, .ne): return .token(try values.token(text))
        case (.token, .ss): return .codes(try values.codes(around: text, isBelow: true))
        case (.token, .sb): return .codes(try values.codes(around: text, isBelow: false))
        case (.token, .inValueSet): return .codes(try values.codes(inValueSet: text))
        case (.reference, .eq), (.reference, .ne), (.reference, .re):
            return .reference(try values.reference(text, of: parameter, typeModifier: nil))
        case (.uri, .eq), (.uri, .ne): return .uri(text)
        case (.uri, .sw): return .uriPattern(URIPattern(mode: .startsWith, text: text))
        case (.uri, .co): return .uriPattern(URIPattern(mode: .contains, text: text))
        case (.uri, .ew): return .uriPattern(URIPattern(mode: .endsWith, text: text))
        case (.date, .po): return .date(try date(.po, text))
        case (.date, _):
            guard let prefix else { throw unsuited(parameter.code, comparison) }
            return .date(try values.date(prefix.rawValue + text))
        case (.number, _):
            guard let prefix else { throw unsuited(parameter.code, comparison) }
            return .number(try values.number(prefix.rawValue + text))
        case (.quantity, _):
            guard let prefix else { throw unsuited(parameter.code, comparison) }
            return .quantity(try values.quantity(prefix.rawValue + text))
        default: throw unsuited(parameter.code, comparison)
        }
    }

    private func string(_ text: String, _ mode: StringCriterion.Mode) throws(SearchError) -> SearchCriterion {
        _ = try values.normalized(text)
        return .string(StringCriterion(mode: mode, text: text))
    }
}
