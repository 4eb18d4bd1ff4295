internal import Base
internal import SQLDatabase
internal import Search
internal import Vault

/// One search under way that asks plain clauses of one type and takes the matches newest first.
struct SearchRun {
    let tenant: TenantStore
    let indexer: ResourceIndexer
    let query: SearchQuery
    let window: SearchWindow
    /// Through which entries are seen; `nil` for one that sees all.
    private let viewer: Viewer?
    private let snapshot: Snapshot
    private let bound: UInt64
    private let covers: SearchCovers
    /// What the query's clauses look at.
    private let selection: ExtractionSelection

    init(
        tenant: TenantStore, indexer: ResourceIndexer, query: SearchQuery, window: SearchWindow, viewer: Viewer?
    ) {
        self.viewer = viewer
        self.tenant = tenant
        self.indexer = indexer
        self.query = query
        self.window = window
        snapshot = tenant.state.current
        bound = min(window.cursor?.point.sequence ?? window.point?.sequence ?? .max, snapshot.lastSequence)
        covers = SearchCovers(query, indexer: indexer)
        selection = ExtractionSelection(query)
    }

    private var point: LogPoint { LogPoint(sequence: bound) }

    /// The page that the window asks for.
    func page() throws -> SearchPage {
        try tenant.shared.database.readTransaction { connection in
            try pageInOrderOfLog(connection)
        }
    }

    // MARK: Order of the log

    private func pageInOrderOfLog(_ connection: any SQLConnection) throws -> SearchPage {
        var matches: [StoredResource] = []
        var hasMore = false
        let after = window.cursor?.after ?? .max
        var opened = OpenedMatches(limit: tenant.shared.limits.openedMatchesMax)
        var blocks = BlockCursor(tenant.blocks, on: connection)
        var seen = 0
        try forEachCandidate { sequence, isCertain in
            guard sequence < after || window.needsTotal else { return true }
            let isOnPage = sequence < after && matches.count < window.count
            guard
                let match = try match(
                    sequence, isCertain: isCertain, needsContent: isOnPage, opened: &opened, from: &blocks)
            else { return true }
            seen += 1
            if isOnPage {
                if let match = match.resource { matches.append(match) }
            } else if sequence < after {
                hasMore = true
            }
            return window.needsTotal || !hasMore
        }
        let isWhole = window.needsTotal || (window.cursor == nil && !hasMore)
        let next = matches.last.flatMap { hasMore ? SearchCursor(point: point, after: $0.sequence) : nil }
        return SearchPage(matches: matches, total: isWhole ? seen : nil, next: next, point: point)
    }

    /// A candidate that satisfies the query, with its content if that had to be opened or is wanted.
    private struct Match {
        var resource: StoredResource?
    }

    private func match(
        _ sequence: UInt64, isCertain: Bool, needsContent: Bool, opened: inout OpenedMatches,
        from blocks: inout BlockCursor
    ) throws -> Match? {
        if isCertain {
            return Match(resource: needsContent ? try blocks.entry(sequence) : nil)
        }
        try opened.count()
        let resource = try blocks.entry(sequence)
        let isMatch = try indexer.withEntries(resource, selection: selection) { query.matches($0) }
        return isMatch ? Match(resource: resource) : nil
    }

    /// Hands out the live entries that may match, newest first; `body` returns whether to go on.
    private func forEachCandidate(_ body: (UInt64, Bool) throws -> Bool) throws {
        let ranges = try sequenceRanges()
        if !query.ids.isEmpty {
            for sequence in try sequencesOfIDs() where ranges.contains(where: { $0.contains(sequence) }) {
                if try !body(sequence, query.clauses.isEmpty) { return }
            }
            return
        }
        for part in snapshot.parts.reversed() where part.firstSequence <= bound {
            let last = UInt32(min(part.lastSequence, bound) - part.firstSequence)
            let view = try viewer?.view(of: part, type: query.type)
            if let view, view.possible.isNone { continue }
            let found = try covers.candidates(in: part, within: view?.possible.list, to: last)
            let certain = found.certain
            let offsets = view?.possible.narrowed(found.offsets) ?? found.offsets
            var place = certain.count - 1
            for offset in offsets.reversed() {
                while place >= 0, certain[place] > offset { place -= 1 }
                let isCertain = place >= 0 && certain[place] == offset
                let sequence = part.firstSequence + UInt64(offset)
                guard sequence <= bound, ranges.contains(where: { $0.contains(sequence) }),
                    try snapshot.isLive(sequence, at: bound)
                else { continue }
                if let view, let viewer, !view.sure.contains(offset), try !viewer.decides(offset, of: part) { continue }
                if try !body(sequence, isCertain) { return }
            }
        }
    }

    /// The newest versions at the point of the resources that `_id` names, newest first.
    private func sequencesOfIDs() throws -> [UInt64] {
        var wanted: Set<String>?
        for ids in query.ids { wanted = wanted?.intersection(ids) ?? Set(ids) }
        let type = indexer.name(of: query.type)
        return try (wanted ?? []).compactMap { id in
            let token = IdentityToken(type: type, id: id, key: tenant.keys.identityKey)
            guard let head = try tenant.durableHead(token) else { return nil }
            let version = try tenant.version(
                of: tenant.blocks.entry(head.sequence), at: bound, in: tenant.state.current)
            guard let version, !version.isDeleted, try viewer?.sees(version) ?? true else { return nil }
            return version.sequence
        }.sorted(by: >)
    }

    /// The stretches of the log in which every `_lastUpdated` holds.
    private func sequenceRanges() throws -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = [0...UInt64.max]
        for alternatives in query.lastUpdated {
            let allowed = try alternatives.flatMap(\.instantRanges).compactMap { range -> ClosedRange<UInt64>? in
                let first = range.low == .min ? 0 : try lastSequence(at: range.low - 1) + 1
                let last = range.high == .max ? UInt64.max : try lastSequence(at: range.high)
                return first <= last ? first...last : nil
            }
            ranges = ranges.flatMap { range in
                allowed.compactMap { other in
                    range.overlaps(other) ? range.clamped(to: other) : nil
                }
            }
        }
        return ranges
    }

    private func lastSequence(at microseconds: Int64) throws -> UInt64 {
        try tenant.blocks.lastSequence(
            at: Instant(microseconds: microseconds), upTo: snapshot.lastSequence)
    }
}

/// Counts what a search opens and stops it at the limit.
struct OpenedMatches {
    let limit: Int
    private(set) var opened = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func count() throws {
        opened += 1
        guard opened <= limit else {
            throw StoreError(
                code: .limit, detail: "the search would have to open more than \(limit) resources: narrow it")
        }
    }
}

extension Snapshot {
    /// The stretches of the index, oldest first.
    var parts: [IndexPart] { segments.map(IndexPart.segment) + runs.map(IndexPart.run) }
}
