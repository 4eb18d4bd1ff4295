internal import FHIR

extension SearchQueryParser {
    /// Reads a parameter that is about the answer.
    /// - Returns: whether it is one.
    mutating func readOption(_ code: String, modifier: String?) throws(SearchError) -> Bool {
        if code == "_include" || code == "_revinclude" {
            try readInclude(isReverse: code == "_revinclude", modifier: modifier)
            return true
        }
        switch code {
        case "_format", "_pretty": break
        case "_count":
            guard let count = Int(values.value), count >= 0 else {
                throw values.error(.badValue, "_count takes a whole number from 0, not \"\(values.value)\"")
            }
            query.options.count = count
        case "_sort": query.options.sort += try sortRules()
        case "_total": query.options.total = try choice(ResultOptions.Total.self)
        case "_summary": query.options.summary = try choice(ResultOptions.Summary.self)
        case "_elements":
            query.options.elements += values.value.split(separator: ",").map(String.init)
        case "_at": query.options.at = try values.date("eq" + values.value).range.high
        case "_explain":
            guard values.value == "true" || values.value == "false" else {
                throw values.error(.badValue, "_explain takes true or false, not \"\(values.value)\"")
            }
            query.options.explains = values.value == "true"
        case "_contained", "_containedType", "_score":
            throw values.error(.notSupported, "The search parameter \"\(code)\" is not served")
        default: return false
        }
        if let modifier { throw values.unknownModifier(modifier) }
        return true
    }

    private func choice<Choice: RawRepresentable & CaseIterable>(
        _: Choice.Type
    ) throws(SearchError) -> Choice where Choice.RawValue == String {
        guard let found = Choice(rawValue: values.value) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw values.error(.badValue, "\(values.name) takes one of \(known), not \"\(values.value)\"")
        }
        return found
    }

    private func sortRules() throws(SearchError) -> [ResultOptions.SortRule] {
        var rules: [ResultOptions.SortRule] = []
        for part in values.value.split(separator: ",", omittingEmptySubsequences: false) {
            let isDescending = part.hasPrefix("-")
            let code = String(isDescending ? part.dropFirst() : part)
            switch code {
            case "_id": rules.append(.init(key: .id, isDescending: isDescending))
            case "_lastUpdated": rules.append(.init(key: .lastUpdated, isDescending: isDescending))
            default:
                guard let parameter = try known(code, of: plan) else {
                    throw values.error(.badValue, "\(plan.name) has no search parameter \"\(code)\" to sort by")
                }
                guard ![.composite, .special].contains(parameter.parameter.type) else {
                    throw values.error(.notSupported, "Results cannot be sorted by \"\(code)\"")
                }
                rules.append(.init(key: .parameter(parameter), isDescending: isDescending))
            }
        }
        return rules
    }

    private mutating func readInclude(isReverse: Bool, modifier: String?) throws(SearchError) {
        guard modifier == nil || modifier == "iterate" else { throw values.unknownModifier(modifier ?? "") }
        let parts = values.value.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let include: ResultOptions.Include
        if parts.last == "*" || parts.dropFirst().first == "*" { try checkReferencesKnown(parts) }
        if parts == ["*"] {
            include = .init(source: nil, parameter: "*", target: nil, iterates: modifier != nil)
        } else {
            guard (2...3).contains(parts.count), let source = resourceType(parts[0]) else {
                throw values.error(
                    .badValue, "\(values.name) takes Type:parameter or Type:parameter:Target, not \"\(values.value)\"")
            }
            let parameter = try known(parts[1], of: plans.plan(for: source))
            guard parts[1] == "*" || parameter?.parameter.type == .reference else {
                throw values.error(.badValue, "\(parts[0]) has no reference parameter \"\(parts[1])\"")
            }
            let target = parts.count == 3 ? resourceType(parts[2]) : nil
            guard parts.count == 2 || target != nil else {
                throw values.error(.badValue, "\"\(parts[2])\" is no resource type")
            }
            include = .init(source: source, parameter: parts[1], target: target, iterates: modifier != nil)
        }
        if isReverse { query.options.revincludes.append(include) } else { query.options.includes.append(include) }
    }

    /// Refuses all references of one or any type where one of them cannot be searched yet.
    private func checkReferencesKnown(_ parts: [String]) throws(SearchError) {
        for custom in plans.customs where custom.parameter.type == .reference {
            guard case .reindexing(let progress) = custom.state else { continue }
            for type in custom.parameter.types(plans.definitions) {
                let name = plans.definitions[type].name
                guard parts.count == 1 || parts[0] == name else { continue }
                throw values.reindexing(custom.parameter.code, of: name, progress)
            }
        }
    }

    private func resourceType(_ name: String) -> TypeID? {
        values.resourceType(name)
    }
}
