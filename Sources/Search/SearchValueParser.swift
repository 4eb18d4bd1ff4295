internal import Base
internal import FHIR

/// Reads the value of a parameter by the parameter's kind.
struct SearchValueParser {
    let definitions: Definitions
    let now: Instant
    let baseURL: String?
    let terminology: (any SearchTerminology)?
    /// The parameter and value at hand, for errors.
    var name = ""
    var value = ""

    init(definitions: Definitions, now: Instant, baseURL: String?, terminology: (any SearchTerminology)?) {
        self.definitions = definitions
        self.now = now
        self.baseURL = baseURL
        self.terminology = terminology
    }

    func error(_ code: SearchError.Code, _ detail: String) -> SearchError {
        SearchError(code: code, detail: detail, parameter: name, value: value)
    }

    func unknownModifier(_ modifier: String) -> SearchError {
        error(.unknownModifier, "\"\(name)\" does not take the modifier \"\(modifier)\"")
    }

    func reindexing(_ code: String, of type: String, _ progress: ReindexProgress) -> SearchError {
        error(
            .reindexing,
            "The search parameter \"\(code)\" of \(type) is new: what was stored before it is still being indexed, "
                + "\(progress.done) of \(progress.total) versions so far. Try again later")
    }

    func resourceType(_ name: String) -> TypeID? {
        Array(name.utf8).withUnsafeBytes { definitions.resourceType(named: $0) }
    }

    /// One alternative of a value.
    func criterion(
        _ text: String, of parameter: PlannedParameter, modifier: String?
    ) throws(SearchError) -> SearchCriterion {
        switch (parameter.parameter.type, modifier) {
        case (.token, nil), (.token, "not"): return .token(try token(text))
        case (.token, "text"): return .tokenText(try normalized(text))
        case (.token, "of-type"): return try identifierOfType(text)
        case (.string, nil): return try string(text, .startsWith)
        case (.string, "contains"): return try string(text, .contains)
        case (.string, "exact"): return try string(text, .exact)
        case (.date, nil): return .date(try date(text))
        case (.number, nil): return .number(try number(text))
        case (.quantity, nil): return .quantity(try quantity(text))
        case (.uri, nil): return .uri(SearchValueText.unescaped(text))
        case (.uri, "below"): return .uriPattern(URIPattern(mode: .below, text: try url(text)))
        case (.reference, "identifier"):
            return .reference(ReferenceCriterion(target: .identifier(try token(text))))
        case (.reference, _): return .reference(try reference(text, of: parameter, typeModifier: modifier))
        case (.special, nil): return .near(try near(text))
        case (.composite, nil): return .composite(try composite(text, of: parameter))
        case (.token, "in"), (.token, "not-in"): return .codes(try codes(inValueSet: text))
        case (.token, "above"): return .codes(try codes(around: text, isBelow: false))
        case (.token, "below"): return .codes(try codes(around: text, isBelow: true))
        default: throw unknownModifier(modifier ?? "")
        }
    }

    func normalized(_ text: String) throws(SearchError) -> [UInt8] {
        let normalized = TextNormalizer.normalize(SearchValueText.unescaped(text))
        guard !normalized.isEmpty else {
            throw error(.badValue, "\"\(name)\" has a value without letters or digits")
        }
        return normalized
    }

    private func string(_ text: String, _ mode: StringCriterion.Mode) throws(SearchError) -> SearchCriterion {
        if mode != .exact { _ = try normalized(text) }
        return .string(StringCriterion(mode: mode, text: SearchValueText.unescaped(text)))
    }

    func token(_ text: String) throws(SearchError) -> TokenCriterion {
        let parts = SearchValueText.split(text, at: "|").map(SearchValueText.unescaped)
        switch parts.count {
        case 1: return TokenCriterion(system: .any, code: parts[0])
        case 2 where parts[0] != "" || parts[1] != "":
            return TokenCriterion(
                system: parts[0].isEmpty ? .none : .named(parts[0]), code: parts[1].isEmpty ? nil : parts[1])
        default: throw error(.badValue, "\"\(name)\" takes code, system|code, |code or system|, not \"\(text)\"")
        }
    }

    private func identifierOfType(_ text: String) throws(SearchError) -> SearchCriterion {
        let parts = SearchValueText.split(text, at: "|").map(SearchValueText.unescaped)
        guard parts.count == 3, !parts.contains("") else {
            throw error(.badValue, "\"\(name)\" takes system|code|value, not \"\(text)\"")
        }
        return .identifierOfType(system: parts[0], code: parts[1], value: parts[2])
    }

    /// The prefix that a value starts with, `eq` where it starts with none, and what follows it.
    func prefix(_ text: String) throws(SearchError) -> (SearchPrefix, String) {
        guard text.first?.isLetter == true else { return (.eq, text) }
        guard let prefix = SearchPrefix(rawValue: String(text.prefix(2))) else {
            throw error(.unknownPrefix, "\"\(text)\" starts with no known prefix; known: eq ne gt lt ge le sa eb ap")
        }
        return (prefix, String(text.dropFirst(2)))
    }

    func date(_ text: String) throws(SearchError) -> DateCriterion {
        let (prefix, rest) = try prefix(text)
        // A "+" that was not percent-encoded arrives as a space.
        let repaired = rest.contains("T") ? String(rest.map { $0 == " " ? "+" : $0 }) : rest
        guard var range = Array(repaired.utf8).withUnsafeBytes({ DateRange($0) }) else {
            throw error(
                .badValue, "\"\(rest)\" is no date; the forms are 2015, 2015-02, 2015-02-07, 2015-02-07T13:28:17Z")
        }
        if prefix == .ap {
            let middle = range.low / 2 + range.high / 2
            let margin = abs(now.microseconds - middle) / 10
            range.low -= margin
            range.high += margin
        }
        return DateCriterion(prefix: prefix, range: range)
    }

    func number(_ text: String) throws(SearchError) -> NumberCriterion {
        let (prefix, rest) = try prefix(text)
        guard let bound = DecimalBound(rest) else {
            throw error(.badValue, "\"\(rest)\" is no number that can be searched for")
        }
        return NumberCriterion(prefix: prefix, value: bound)
    }

    func quantity(_ text: String) throws(SearchError) -> QuantityCriterion {
        let parts = SearchValueText.split(text, at: "|").map(SearchValueText.unescaped)
        guard parts.count == 1 || parts.count == 3 else {
            throw error(.badValue, "\"\(name)\" takes number or number|system|code, not \"\(text)\"")
        }
        func given(_ place: Int) -> String? { parts.count == 3 && !parts[place].isEmpty ? parts[place] : nil }
        return QuantityCriterion(number: try number(parts[0]), system: given(1), unit: given(2))
    }

    private func near(_ text: String) throws(SearchError) -> NearCriterion {
        let parts = SearchValueText.split(text, at: "|").map(SearchValueText.unescaped)
        let units = ["": 1_000, "km": 1_000, "m": 1, "mi": 1_609.344, "[mi_i]": 1_609.344, "mi_i": 1_609.344]
        guard (2...4).contains(parts.count), let latitude = Double(parts[0]), let longitude = Double(parts[1]),
            (-90...90).contains(latitude), (-180...180).contains(longitude),
            let distance = Double(parts.count > 2 && !parts[2].isEmpty ? parts[2] : "25"), distance >= 0,
            distance.isFinite,
            let unit = units[parts.count > 3 ? parts[3] : ""]
        else {
            throw error(
                .badValue, "\"\(name)\" takes latitude|longitude|distance|unit with km, m or mi, not \"\(text)\"")
        }
        return NearCriterion(latitude: latitude, longitude: longitude, distanceMeters: distance * unit)
    }

    private func composite(_ text: String, of parameter: PlannedParameter) throws(SearchError) -> [SearchCriterion] {
        let parts = SearchValueText.split(text, at: "$")
        guard parts.count == parameter.components.count, !parts.contains("") else {
            throw error(
                .badValue, "\"\(name)\" takes \(parameter.components.count) values with $ between, not \"\(text)\"")
        }
        var criteria: [SearchCriterion] = []
        for (part, component) in zip(parts, parameter.components) {
            criteria.append(try criterion(part, of: component, modifier: nil))
        }
        return criteria
    }
}
