internal import Search

/// What a search found that a commit builds on: the commit happens only if the search would still find just that.
///
/// It is checked where sequence numbers are given, the one place through which every write of the tenant goes, whoever
/// makes it; see `docs/record-store.md`, "Conditional writes".
struct SearchGuard: Sendable {
    /// The point of the log that was searched: what came later is looked at.
    let point: UInt64
    /// Holds every entry that the search may find, by tokens; maybe others.
    let candidates: TokenSet
    /// Holds only entries that the search finds for certain, by tokens.
    let certain: TokenSet
    /// The resources that `_id` names; `nil` if the search names none.
    let ids: [IdentityToken]?
    /// What the search found: these may have got new versions, if the search finds them for certain.
    let expected: Set<IdentityToken>
    /// The write that is made because of the search.
    let write: Int?
}

extension TokenSet {
    /// Whether an entry with these tokens is in the set.
    func holds(_ tokens: ArraySlice<UInt64>) -> Bool {
        switch self {
        case .none: false
        case .tokens(let own): own.contains { tokens.contains($0) }
        case .and(let sets): sets.allSatisfy { $0.holds(tokens) }
        case .or(let sets): sets.contains { $0.holds(tokens) }
        case .not(let set): !set.holds(tokens)
        }
    }

    /// Tokens of which every entry in the set has one; `nil` if none are known.
    var anyOf: [UInt64]? {
        switch self {
        case .none: return []
        case .tokens(let tokens): return tokens
        case .not: return nil
        case .and(let sets): return sets.compactMap(\.anyOf).min { $0.count < $1.count }
        case .or(let sets):
            var all: [UInt64] = []
            for set in sets {
                guard let tokens = set.anyOf else { return nil }
                all += tokens
            }
            return all
        }
    }
}
