/// A set of resources of one type, told by tokens.
package indirect enum TokenSet: Sendable, Equatable {
    case none
    /// Those that have one of the tokens.
    case tokens([UInt64])
    case and([TokenSet])
    case or([TokenSet])
    /// Those that are not in the set; only stands in an `and` beside at least one set that is no `not`.
    case not(TokenSet)

    /// The union, as simple as it can be written.
    static func union(_ sets: [TokenSet]) -> TokenSet {
        var tokens: [UInt64] = []
        var known: Set<UInt64> = []
        var others: [TokenSet] = []
        for set in sets {
            switch set {
            case .none: break
            case .tokens(let own): for token in own where known.insert(token).inserted { tokens.append(token) }
            case .or(let own): others += own
            default: others.append(set)
            }
        }
        if !tokens.isEmpty { others.insert(.tokens(tokens), at: 0) }
        return others.isEmpty ? .none : others.count == 1 ? others[0] : .or(others)
    }

    /// The intersection, as simple as it can be written.
    static func intersection(_ sets: [TokenSet]) -> TokenSet {
        var parts: [TokenSet] = []
        for set in sets {
            switch set {
            case .none: return .none
            case .and(let own): parts += own.filter { !parts.contains($0) }
            default: if !parts.contains(set) { parts.append(set) }
            }
        }
        return parts.count == 1 ? parts[0] : .and(parts)
    }
}

/// What tokens tell about a clause: which resources may satisfy it, and which do for certain. The store opens and
/// checks only those in between.
package struct Cover: Sendable, Equatable {
    /// Holds every resource that satisfies the clause, and maybe others.
    package var candidates: TokenSet
    /// Holds only resources that satisfy the clause, maybe not all.
    package var certain: TokenSet

    /// Whether a candidate must be opened and checked with `SearchClause.matches`, unless it is certain.
    package var needsVerification: Bool { candidates != certain }

    static let nothing = Cover(exact: .none)

    init(candidates: TokenSet, certain: TokenSet) {
        self.candidates = candidates
        self.certain = certain
    }

    init(exact set: TokenSet) {
        self.init(candidates: set, certain: set)
    }

    static func union(_ covers: [Cover]) -> Cover {
        Cover(candidates: .union(covers.map(\.candidates)), certain: .union(covers.map(\.certain)))
    }

    package static func intersection(_ covers: [Cover]) -> Cover {
        Cover(candidates: .intersection(covers.map(\.candidates)), certain: .intersection(covers.map(\.certain)))
    }

    /// Everything in `whole` that this does not cover.
    func complement(in whole: TokenSet) -> Cover {
        func without(_ set: TokenSet) -> TokenSet { set == .none ? whole : .intersection([whole, .not(set)]) }
        return Cover(candidates: without(certain), certain: without(candidates))
    }
}
