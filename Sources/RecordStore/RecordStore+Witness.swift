internal import Access

extension StoredResource {
    /// Tells a scope's witness that this version is handed out.
    func shown(to scope: AccessScope) -> StoredResource {
        guard let witness = scope.witness else { return self }
        defer { withExtendedLifetime(owner) {} }
        witness.saw(type: typeText, id: idText, version: sequence, content: rest)
        return self
    }
}

extension SearchPage {
    /// Tells a scope's witness that these matches are handed out.
    func shown(to scope: AccessScope) -> SearchPage {
        guard scope.witness != nil else { return self }
        for match in matches { _ = match.shown(to: scope) }
        return self
    }
}
