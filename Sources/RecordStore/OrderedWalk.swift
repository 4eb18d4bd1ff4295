internal import FHIR
internal import Search

/// Gathers one page of many matches sorted by a date: bucket by bucket of time, so that only what lies around the page is
/// opened.
struct OrderedWalk {
    /// What may match in one part of the index.
    private struct Stretch {
        let part: IndexPart
        let last: UInt32
        /// Of those not yet placed, ascending.
        var offsets: [UInt32]
        let certain: [UInt32]
    }

    private let search: JoinedSearch
    private let resolved: ResolvedQuery
    private let walk: DateWalk
    private let rules: [ResultOptions.SortRule]
    private let selection: ExtractionSelection
    /// The places of the page among all matches, and the one behind it.
    private let wanted: Range<Int>
    private var stretches: [Stretch] = []
    /// How many matches have their place.
    private var placed = 0
    private var page: [UInt64] = []
    /// How many candidates there are, and whether all of them match.
    private(set) var candidateCount = 0
    private(set) var isCertain = true

    /// Fewer candidates than these are opened in any case.
    private static let openedAlways = 256

    /// - Returns: `nil` where the matches are not sorted by a date first, or must be opened all the same.
    init?(_ search: JoinedSearch, _ resolved: ResolvedQuery, _ window: SearchWindow) throws {
        let rules = resolved.query.options.sort
        guard let first = rules.first, let walk = DateWalk(first), resolved.ids == nil, !resolved.follows else {
            return nil
        }
        self.search = search
        self.resolved = resolved
        self.walk = walk
        self.rules = rules
        selection = ExtractionSelection(clauses: [], sort: rules)
        let offset = window.cursor?.offset ?? 0
        wanted = offset..<offset + window.count + 1
        for part in search.snapshot.parts where part.firstSequence <= search.bound {
            let last = UInt32(min(part.lastSequence, search.bound) - part.firstSequence)
            let view = try search.viewer?.view(of: part, type: resolved.query.type)
            if let view, view.possible.isNone { continue }
            let (offsets, certain) = try resolved.candidates(in: part, within: view?.possible.list, to: last)
            let live = try (view?.possible.narrowed(offsets) ?? offsets).filter { offset in
                let sequence = part.firstSequence + UInt64(offset)
                guard resolved.sequences.contains(where: { $0.contains(sequence) }),
                    try search.snapshot.isLive(sequence, at: search.bound)
                else { return false }
                guard let view, let viewer = search.viewer, !view.sure.contains(offset) else { return true }
                return try viewer.decides(offset, of: part)
            }
            guard !live.isEmpty else { continue }
            candidateCount += live.count
            isCertain = isCertain && certain.count == offsets.count
            stretches.append(Stretch(part: part, last: last, offsets: live, certain: certain))
        }
        guard candidateCount > 4 * wanted.count + Self.openedAlways, isCertain || !window.needsTotal else { return nil }
    }

    /// The entries of the page in order, with the one behind it if there is one.
    mutating func entries() throws -> [UInt64] {
        try place(walk.coarsest, among: stretches.map(\.offsets))
        if placed < wanted.upperBound { try placeTheRest() }
        return page
    }

    /// Places what lies in some buckets.
    private mutating func place(_ buckets: [DateWalk.Bucket], among offsets: [[UInt32]]) throws {
        for bucket in buckets {
            let set = search.indexer.resources(in: bucket, of: walk, type: resolved.query.type)
            var found: [[UInt32]] = []
            var count = 0
            for (place, stretch) in stretches.enumerated() {
                let own = OffsetSet.intersection(offsets[place], stretch.offsets)
                guard !own.isEmpty, try stretch.part.estimate(set) > 0 else {
                    found.append([])
                    continue
                }
                found.append(try stretch.part.evaluate(set, within: own, to: stretch.last))
                count += found[place].count
            }
            if count == 0 { continue }
            let isBefore = placed + count <= wanted.lowerBound
            let parts = walk.parts(of: bucket)
            if isBefore, isCertain {
                placed += count
                remove(found)
            } else if !isBefore, count > Self.openedAlways, !parts.isEmpty {
                try place(parts, among: found)
            } else {
                try placeSorted(found)
            }
            if placed >= wanted.upperBound { return }
        }
    }

    private mutating func remove(_ found: [[UInt32]]) {
        for place in stretches.indices where !found[place].isEmpty {
            stretches[place].offsets = OffsetSet.subtracting(stretches[place].offsets, found[place])
        }
    }

    /// Opens entries and places those that match in the order of all rules.
    private mutating func placeSorted(_ found: [[UInt32]]) throws {
        var keyed: [SortedMatch] = []
        for (place, stretch) in stretches.enumerated() {
            for offset in found[place] {
                let sequence = stretch.part.firstSequence + UInt64(offset)
                try search.opened.count()
                let resource = try search.blocks.entry(sequence)
                let at = lowerBound(stretch.certain, offset)
                let isMatch = at < stretch.certain.count && stretch.certain[at] == offset
                guard try isMatch || search.satisfies(resolved, resource) else { continue }
                let keys = try search.indexer.withEntries(resource, selection: selection) { entries in
                    rules.map { SortedMatch.Key(rule: $0, resource: resource, entries: entries) }
                }
                keyed.append(SortedMatch(sequence: sequence, keys: keys))
            }
        }
        remove(found)
        keyed.sort()
        for match in keyed { put(match.sequence) }
    }

    private mutating func put(_ sequence: UInt64) {
        if wanted.contains(placed) { page.append(sequence) }
        placed += 1
    }

    /// Places what has no date, last.
    private mutating func placeTheRest() throws {
        guard rules.count == 1, isCertain else { return try placeSorted(stretches.map(\.offsets)) }
        for stretch in stretches.reversed() {
            for offset in stretch.offsets.reversed() { put(stretch.part.firstSequence + UInt64(offset)) }
        }
    }
}
