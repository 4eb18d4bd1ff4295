internal import FHIR

extension SearchValueParser {
    /// Reads `id`, `Type/id`, `Type/id/_history/version`, a URL, `urn:…`, or a canonical URL with `|version`.
    func reference(
        _ text: String, of parameter: PlannedParameter, typeModifier: String?
    ) throws(SearchError) -> ReferenceCriterion {
        let parts = SearchValueText.split(text, at: "|").map(SearchValueText.unescaped)
        guard parts.count <= 2, !parts[0].isEmpty else {
            throw error(.badValue, "\"\(name)\" takes an id, Type/id or a URL, not \"\(text)\"")
        }
        if let typeModifier { return try typed(parts[0], typeModifier, of: parameter) }
        if parts.count == 2 { return ReferenceCriterion(target: .text(parts[0], version: parts[1])) }
        var whole = parts[0]
        if let baseURL, whole.hasPrefix(baseURL) { whole.removeFirst(baseURL.count) }
        let bytes = Array(whole.utf8)
        let target = bytes.withUnsafeBytes { bytes -> ReferenceCriterion.Target in
            let parsed = ReferenceText(bytes, definitions: definitions)
            let version = parsed.version.isEmpty ? nil : parsed.version.text
            switch parsed.form {
            case .relative: return .id(parsed.id.text, types: [parsed.type.text], version: version)
            case .absolute: return .text(parsed.key.text, version: version)
            case .contained, .other:
                return ReferenceText.isID(bytes)
                    ? .id(whole, types: parameter.targetNames, version: nil) : .text(whole, version: nil)
            }
        }
        return ReferenceCriterion(target: target)
    }

    /// `subject:Patient=1`.
    private func typed(
        _ text: String, _ type: String, of parameter: PlannedParameter
    ) throws(SearchError) -> ReferenceCriterion {
        guard resourceType(type) != nil else { throw unknownModifier(type) }
        guard parameter.targetNames.isEmpty || parameter.targetNames.contains(type) else {
            throw error(.unknownModifier, "\"\(parameter.code)\" never points at \(type)")
        }
        let id = text.hasPrefix(type + "/") ? String(text.dropFirst(type.count + 1)) : text
        guard Array(id.utf8).withUnsafeBytes({ ReferenceText.isID($0) }) else {
            throw error(.badValue, "\"\(name)\" takes an id, not \"\(text)\"")
        }
        return ReferenceCriterion(target: .id(id, types: [type], version: nil))
    }
}
