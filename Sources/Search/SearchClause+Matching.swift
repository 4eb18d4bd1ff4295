internal import FHIR
internal import JSONTape

extension SearchQuery {
    /// Whether all clauses hold for a resource. `ids` and `lastUpdated` are not looked at.
    ///
    /// `entries` is what `SearchExtractor` gave for the resource under `ExtractionSelection(self)` or `everything`.
    package func matches(_ entries: IndexEntryBuffer) -> Bool {
        clauses.allSatisfy { $0.matches(entries) }
    }
}

extension SearchClause {
    /// Whether the clause holds for a resource, exactly.
    ///
    /// `entries` is what `SearchExtractor` gave for the resource under `ExtractionSelection` of a query with this
    /// clause, or under `everything`.
    package func matches(_ entries: IndexEntryBuffer) -> Bool {
        switch test {
        case .any(let criteria): criteria.contains { holds($0, for: entries) }
        case .none(let criteria): !criteria.contains { holds($0, for: entries) }
        case .unequal(let criteria):
            someEntry(of: entries) { entry, path in
                !criteria.contains { $0.matches(entry, path: path) }
            }
        case .missing(let isMissing): hasValue(entries) != isMissing
        }
    }

    private func holds(_ criterion: SearchCriterion, for entries: IndexEntryBuffer) -> Bool {
        if let scope = parameter.textScope {
            return entries.entries.contains { $0.kind == scope.kind && criterion.matches($0, path: nil) }
        }
        if case .composite(let parts) = criterion {
            return someGroup(of: entries) { entry in
                parts[Int(entry.component) - 1].matches(entry, path: nil)
            }
        }
        for entry in entries.entries where parameter.includes(entry) {
            if criterion.matches(entry, path: plan.paths[Int(entry.path)]) { return true }
        }
        return false
    }

    /// Whether a value of the parameter is accepted. What stands beside a value, such as a display, is none.
    private func someEntry(of entries: IndexEntryBuffer, accepts: (IndexEntry, IndexPath) -> Bool) -> Bool {
        entries.entries.contains { entry in
            guard parameter.includes(entry) else { return false }
            switch entry.kind {
            case .text, .identifierType, .referenceIdentifier, .present: return false
            default: return accepts(entry, plan.paths[Int(entry.path)])
            }
        }
    }

    private func hasValue(_ entries: IndexEntryBuffer) -> Bool {
        if parameter.composite != nil { return someGroup(of: entries) { _ in true } }
        return entries.entries.contains { parameter.includes($0) }
    }

    /// Whether there is an element of the composite of which every part has an entry that is accepted.
    private func someGroup(of entries: IndexEntryBuffer, accepts: (IndexEntry) -> Bool) -> Bool {
        guard let composite = parameter.composite else { return false }
        let wanted = (1 << UInt64(parameter.components.count)) - 1
        var found: UInt64 = 0
        var group: UInt16?
        for entry in entries.entries where entry.component > 0 && entry.path == composite {
            if entry.group != group {
                group = entry.group
                found = 0
            }
            let bit: UInt64 = 1 << UInt64(entry.component - 1)
            if found & bit == 0, accepts(entry) { found |= bit }
            if found == wanted { return true }
        }
        return false
    }
}

extension SearchCriterion {
    /// Whether an entry of the parameter satisfies it. An entry of another kind never does.
    /// `path` is where the entry comes from; `nil` for a part of a composite.
    func matches(_ entry: IndexEntry, path: IndexPath?) -> Bool {
        switch (self, entry.kind) {
        case (.token(let token), .token): token.matches(entry, path: path)
        case (.codes(let codes), .token): codes.matches(entry, path: path)
        case (.tokenText(let text), .text): TextNormalizer.normalize(entry.second.text).starts(with: text)
        case (.identifierOfType(let system, let code, let value), .identifierType):
            entry.first.equals(system) && entry.second.equals(code) && entry.third.equals(value)
        case (.string(let string), .string): string.matches(entry)
        case (.date(let date), .date): date.matches(DateRange(low: entry.low, high: entry.high))
        case (.number(let number), .number): number.matches(entry)
        case (.quantity(let quantity), .quantity): quantity.matches(entry)
        case (.reference(let reference), .reference): reference.matches(entry)
        case (.references(let targets), .reference): targets.matches(entry)
        case (.reference(let reference), .referenceIdentifier): reference.matchesIdentifier(entry)
        case (.uri(let uri), .uri): entry.second.equals(uri)
        case (.uriPattern(let pattern), .uri): pattern.matches(entry)
        case (.near(let near), .position): near.matches(entry)
        case (.words(let words), .narrative), (.words(let words), .content): words.matches(entry.first.bytes)
        default: false
        }
    }
}

extension TextSlice {
    /// Whether the slice is these bytes.
    func equals(_ text: StaticString) -> Bool {
        bytesEqual(bytes, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Whether the slice is these bytes.
    func equals(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytesEqual(bytes, UnsafeRawBufferPointer($0)) }
    }
}

extension TokenCriterion {
    fileprivate func matches(_ entry: IndexEntry, path: IndexPath?) -> Bool {
        if let code, !entry.second.equals(code) { return false }
        switch system {
        case .any: return !entry.second.isEmpty
        case .none: return entry.first.isEmpty && !entry.second.isEmpty
        case .named(let system):
            if entry.first.equals(system) { return true }
            guard entry.isBare, let path else { return false }
            return path.means(system, code: entry.second.text)
        }
    }
}

extension StringCriterion {
    fileprivate func matches(_ entry: IndexEntry) -> Bool {
        switch mode {
        case .startsWith: entry.first.bytes.starts(with: normalized)
        case .exact: entry.second.equals(text)
        case .equals: normalized.withUnsafeBytes { bytesEqual(entry.first.bytes, $0) }
        case .endsWith: entry.first.bytes.suffix(normalized.count).elementsEqual(normalized)
        case .contains: normalized.withUnsafeBytes { entry.first.contains($0) }
        }
    }
}

extension TextSlice {
    /// Whether the bytes occur somewhere in the slice.
    func contains(_ wanted: UnsafeRawBufferPointer) -> Bool {
        let text = bytes
        guard wanted.count <= text.count else { return false }
        for start in 0...text.count - wanted.count {
            if bytesEqual(UnsafeRawBufferPointer(rebasing: text[start..<start + wanted.count]), wanted) { return true }
        }
        return false
    }
}

extension ReferenceCriterion {
    fileprivate func matches(_ entry: IndexEntry) -> Bool {
        switch target {
        case .id(let id, let types, let version):
            guard entry.isBare, entry.second.equals(id) else { return false }
            guard types.isEmpty || types.contains(where: { entry.first.equals($0) }) else { return false }
            return version.map { entry.fourth.equals($0) } ?? true
        case .text(let text, let version):
            return !entry.isBare && entry.third.equals(text) && version.map { entry.fourth.equals($0) } ?? true
        case .identifier: return false
        }
    }

    fileprivate func matchesIdentifier(_ entry: IndexEntry) -> Bool {
        guard case .identifier(let token) = target else { return false }
        return token.matches(entry, path: nil)
    }
}

extension NearCriterion {
    fileprivate func matches(_ entry: IndexEntry) -> Bool {
        GreatCircle.meters(
            fromLatitude: latitude, longitude: longitude, toLatitude: Double(entry.low) / 1e7,
            longitude: Double(entry.high) / 1e7) <= distanceMeters
    }
}
