internal import Search

/// What must hold for an entry, exactly.
indirect enum EntryCheck {
    case clause(SearchClause)
    /// Ascending sequence numbers.
    case entries([UInt64])
    case sequences([ClosedRange<UInt64>])
    case all([EntryCheck])
    case any([EntryCheck])
    case not(EntryCheck)

    /// - Parameter entries: the values of the entry's resource, with those that the clauses ask for.
    func holds(_ sequence: UInt64, _ entries: IndexEntryBuffer) -> Bool {
        switch self {
        case .clause(let clause): return clause.matches(entries)
        case .entries(let known):
            let place = lowerBound(known, sequence)
            return place < known.count && known[place] == sequence
        case .sequences(let ranges): return ranges.contains { $0.contains(sequence) }
        case .all(let checks): return checks.allSatisfy { $0.holds(sequence, entries) }
        case .any(let checks): return checks.contains { $0.holds(sequence, entries) }
        case .not(let check): return !check.holds(sequence, entries)
        }
    }

    /// The clauses in it.
    var clauses: [SearchClause] {
        switch self {
        case .clause(let clause): [clause]
        case .entries, .sequences: []
        case .all(let checks), .any(let checks): checks.flatMap(\.clauses)
        case .not(let check): check.clauses
        }
    }
}
