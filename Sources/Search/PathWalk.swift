internal import FHIR

/// Where a plain path leads by the definitions, before any resource is seen.
struct PathWalk {
    /// The elements it can end at; empty if it is the type itself.
    var ends: [ElementFacts] = []
    /// The types it can end at.
    var types: [TypeID]
    /// Whether every valid resource has a value there.
    var isMandatory = true
    /// Whether there is never more than one value.
    var isSingular = true

    /// - Returns: `nil` where the branch is more than names, `where(…)`, `as` and `ofType`, or a name is unknown.
    init?(_ branch: String, on type: TypeID, definitions: Definitions) {
        types = [type]
        let text = PathText.withoutParentheses(branch)
        let words = PathText.split(text, at: 0x20)
        guard words.count == 1 || (words.count == 3 && words[1] == "as") else { return nil }
        let steps = PathText.split(PathText.withoutParentheses(words[0]), at: UInt8(ascii: "."))
        guard let first = steps.first, let root = definitions.type(named: first), definitions.isSubtype(type, of: root)
        else { return nil }
        for step in steps.dropFirst() {
            guard take(step, definitions: definitions) else { return nil }
        }
        if words.count == 3, !narrow(to: words[2], definitions: definitions) { return nil }
    }

    private mutating func take(_ step: String, definitions: Definitions) -> Bool {
        if step.hasSuffix(")") {
            if step.hasPrefix("where(") {
                isMandatory = false
                return true
            }
            for function in ["as(", "ofType("] where step.hasPrefix(function) {
                return narrow(to: String(step.dropFirst(function.count).dropLast()), definitions: definitions)
            }
            return false
        }
        guard step.allSatisfy({ $0.isLetter || $0.isNumber }) else { return false }
        var found: [ElementFacts] = []
        for type in types {
            let facts = definitions[type]
            if let element = facts.element(named: step) {
                found.append(element)
            } else {
                found += facts.choices(named: step)
            }
        }
        guard !found.isEmpty else { return false }
        ends = found
        types = found.map(\.type)
        if found.contains(where: { $0.min == 0 }) { isMandatory = false }
        if found.contains(where: \.isArray) { isSingular = false }
        return true
    }

    /// Keeps the ends of one type.
    private mutating func narrow(to name: String, definitions: Definitions) -> Bool {
        let kept = ends.filter { definitions[$0.type].name.lowercased() == name.lowercased() }
        if kept.count < ends.count { isMandatory = false }
        ends = kept
        types = kept.map(\.type)
        return !kept.isEmpty
    }
}
