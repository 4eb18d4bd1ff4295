internal import Search

/// What tokens tell of a query, worked out only as far as it is needed. Used by one thread.
///
/// An open span of time is a hundred lists: where the other clauses leave a handful of entries, to look at these is less
/// work than even to name the lists.
final class SearchCovers {
    private let query: SearchQuery
    private let indexer: ResourceIndexer
    /// Of the clauses that few tokens tell of.
    private let narrow: Cover?
    private let hasWide: Bool
    private lazy var wide = indexer.wideCovers(query)
    private lazy var whole = narrow.map { Cover.intersection([$0] + wide) } ?? indexer.cover(query)

    /// To check an entry, with the block it lies in, costs about as much as to read a few lists.
    private static let checkedRatherThanNamed = 48

    init(_ query: SearchQuery, indexer: ResourceIndexer) {
        self.query = query
        self.indexer = indexer
        narrow = indexer.narrowCover(query)
        hasWide = query.hasWideClauses
    }

    /// The entries of a part that may match, ascending, and those of them that do for certain.
    /// - Parameter within: the only entries that matter, ascending; `nil` for all.
    func candidates(
        in part: IndexPart, within: [UInt32]? = nil, to last: UInt32
    ) throws -> (offsets: [UInt32], certain: [UInt32]) {
        guard let narrow else {
            let offsets = try part.evaluate(whole.candidates, within: within, to: last)
            return (offsets, try certain(of: offsets, in: part, to: last))
        }
        var offsets = try part.evaluate(narrow.candidates, within: within, to: last)
        if hasWide {
            if offsets.count <= Self.checkedRatherThanNamed { return (offsets, []) }
            var isExact = true
            for cover in wide where !offsets.isEmpty {
                if offsets.count <= cover.candidates.tokenCount / 2 {
                    isExact = false
                } else {
                    offsets = try part.evaluate(cover.candidates, within: offsets, to: last)
                }
            }
            guard isExact else { return (offsets, []) }
        }
        return (offsets, try certain(of: offsets, in: part, to: last))
    }

    /// Those that need no check of the entries which are just what the whole cover says.
    private func certain(of offsets: [UInt32], in part: IndexPart, to last: UInt32) throws -> [UInt32] {
        guard !offsets.isEmpty, whole.needsVerification else { return offsets }
        // To check a few is less work than to read many lists.
        if offsets.count <= whole.certain.tokenCount / 2 { return [] }
        return try part.evaluate(whole.certain, within: offsets, to: last)
    }
}
