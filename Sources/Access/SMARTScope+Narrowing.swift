extension SMARTScope {
    /// What this scope and another one both allow; `nil` where they have nothing in common, or where what both ask of a
    /// resource is too long to be written as one scope.
    ///
    /// The criteria of both must hold then, which is what a search with the parameters of both means. Whether two values
    /// of one parameter can hold at once is not looked at: where they cannot, the scope finds nothing.
    package func narrowed(to allowed: SMARTScope) -> SMARTScope? {
        guard context == allowed.context, type == nil || allowed.type == nil || type == allowed.type
        else { return nil }
        let common = permissions.intersection(allowed.permissions)
        guard !common.isEmpty else { return nil }
        let clauses = Self.clauses(criteria)
        let joined = clauses + Self.clauses(allowed.criteria).filter { !clauses.contains($0) }
        let scope = SMARTScope(
            context, type: type ?? allowed.type, common,
            criteria: joined.isEmpty ? nil : joined.joined(separator: "&"))
        return scope.text.utf8.count <= Self.bytesMax ? scope : nil
    }

    /// Whether everything that this scope allows is allowed by the other one too, as far as their texts tell.
    package func isCovered(by other: SMARTScope) -> Bool {
        guard context == other.context, other.type == nil || type == other.type,
            permissions.isSubset(of: other.permissions)
        else { return false }
        return Set(Self.clauses(criteria)).isSuperset(of: Self.clauses(other.criteria))
    }

    /// The parameters of criteria, each with its value.
    private static func clauses(_ criteria: String?) -> [Substring] {
        criteria?.split(separator: "&") ?? []
    }
}

extension SMARTScopes {
    /// What is asked for here and allowed there: each scope for clinical data narrowed to those that allow a part of it,
    /// without what others cover; of the rest, those in both.
    /// - Returns: `nil` if that is more than a token may hold.
    package func narrowed(to allowed: SMARTScopes) -> SMARTScopes? {
        var found: [SMARTScope] = []
        for scope in clinical {
            for limit in allowed.clinical {
                guard let common = scope.narrowed(to: limit),
                    !found.contains(where: { common.isCovered(by: $0) })
                else { continue }
                found.removeAll { $0.isCovered(by: common) }
                found.append(common)
                guard found.count <= Self.countMax else { return nil }
            }
        }
        return SMARTScopes(clinical: found, other: other.filter { allowed.other.contains($0) })
    }

    /// Whether nothing is in it.
    package var isEmpty: Bool { clinical.isEmpty && other.isEmpty }
}
