internal import Search

/// A query whose joins were made, or that says how candidates are followed to other resources.
final class ResolvedQuery {
    /// One condition that the index tells of.
    struct Item {
        let cover: EntryCover
        /// Whether to check a few entries is less work than to read all of its lists.
        let isWide: Bool
    }

    /// A chain along which every candidate is followed.
    final class Link {
        let chain: SearchChain
        let targets: [(type: String, query: ResolvedQuery)]
        /// Whether a resource, "Type/id", satisfies what is asked of it.
        var known: [String: Bool] = [:]

        init(chain: SearchChain, targets: [(type: String, query: ResolvedQuery)]) {
            self.chain = chain
            self.targets = targets
        }
    }

    let query: SearchQuery
    /// The present entries of the resources that `_id` names, newest first; `nil` where it names none.
    let ids: [UInt64]?
    /// The stretches of the log in which it looks.
    let sequences: [ClosedRange<UInt64>]
    let items: [Item]
    let checks: [EntryCheck]
    let links: [Link]
    let reverses: [SearchReverse]
    let selection: ExtractionSelection
    /// After how many followed candidates it is better to make the joins first; `nil` for never.
    let followedMax: Int?

    init(
        query: SearchQuery, ids: [UInt64]?, sequences: [ClosedRange<UInt64>], items: [Item], checks: [EntryCheck],
        links: [Link], reverses: [SearchReverse], followedMax: Int?
    ) {
        self.query = query
        self.ids = ids
        self.sequences = sequences
        self.items = items
        self.checks = checks
        self.links = links
        self.reverses = reverses
        self.followedMax = followedMax
        selection = ExtractionSelection(
            clauses: checks.flatMap(\.clauses), parameters: links.map(\.chain.parameter))
    }

    /// Whether candidates are followed to other resources.
    var follows: Bool { !links.isEmpty || !reverses.isEmpty }

    /// To check an entry, with the block it lies in, costs about as much as to read a few lists.
    private static let checkedRatherThanRead = 48

    /// The entries of a part that may match, ascending, and those of them that do for certain.
    /// - Parameter within: the only entries that matter, ascending; `nil` for all.
    func candidates(
        in part: IndexPart, within: [UInt32]? = nil, to last: UInt32
    ) throws -> (offsets: [UInt32], certain: [UInt32]) {
        var narrow: [(size: Int, item: Item)] = []
        for item in items where !item.isWide {
            let size = try part.estimate(item.cover.candidates, to: last)
            if size == 0 { return ([], []) }
            narrow.append((size, item))
        }
        var offsets = within
        for (_, item) in narrow.sorted(by: { $0.size < $1.size }) {
            offsets = try part.evaluate(item.cover.candidates, within: offsets, to: last)
            if offsets?.isEmpty == true { return ([], []) }
        }
        var isExact = true
        for item in items where item.isWide {
            if let offsets, offsets.count <= max(Self.checkedRatherThanRead, item.cover.candidates.listCount / 2) {
                isExact = false
                continue
            }
            offsets = try part.evaluate(item.cover.candidates, within: offsets, to: last)
            if offsets?.isEmpty == true { return ([], []) }
        }
        guard let offsets else { return ([], []) }
        if follows || !isExact { return (offsets, []) }
        var certain = offsets
        for item in items where !item.cover.isExact {
            // To check a few is less work than to read many lists.
            if certain.count <= item.cover.certain.listCount / 2 { return (offsets, []) }
            certain = try part.evaluate(item.cover.certain, within: certain, to: last)
            if certain.isEmpty { break }
        }
        return (offsets, certain)
    }
}
