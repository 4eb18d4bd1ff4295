internal import Base
internal import FHIR
internal import SQLDatabase
internal import Search
internal import Vault

/// One search under way that asks more than plain clauses of one type: chains, `_has`, filters, several types.
///
/// All its parts look at the same point of the log. A chain is answered in one of two ways, whichever opens fewer
/// resources: the other resources are found first and what points at them is looked up by its tokens (a join), or each
/// candidate is followed to the resources that it points at.
final class JoinedSearch {
    let tenant: TenantStore
    let indexer: ResourceIndexer
    let snapshot: Snapshot
    let bound: UInt64
    var blocks: BlockCursor
    var opened: OpenedMatches
    var steps: [SearchPlanStep] = []
    /// Through which entries are seen; `nil` for one that sees all. What it does not see helps no match, wherever in a
    /// chain it stands.
    let viewer: Viewer?
    /// Whether `steps` is wanted.
    let explains: Bool
    /// Queries within queries that are being worked out.
    var depth = 0
    /// Candidates that were followed.
    private var followed = 0
    // What was worked out, by the condition.
    var joinedClauses: [ObjectIdentifier: SearchClause] = [:]
    var joinedEntries: [ObjectIdentifier: [UInt64]] = [:]
    var estimates: [ObjectIdentifier: Int] = [:]
    var clauseEstimates: [String: Int] = [:]
    var totals: [TypeID: Int] = [:]

    /// Thrown when to follow candidates turned out to be the wrong choice.
    struct TooManyFollowed: Error {}

    init(
        tenant: TenantStore, indexer: ResourceIndexer, snapshot: Snapshot, bound: UInt64, explains: Bool,
        viewer: Viewer? = nil, on connection: any SQLConnection
    ) {
        self.viewer = viewer
        self.tenant = tenant
        self.indexer = indexer
        self.snapshot = snapshot
        self.bound = bound
        self.explains = explains
        blocks = BlockCursor(tenant.blocks, on: connection)
        opened = OpenedMatches(limit: tenant.shared.limits.openedMatchesMax)
    }

    // MARK: Matches

    /// Hands out the live entries below `after` that satisfy a query, newest first, with the resource if it had to be
    /// opened; `body` returns whether to go on.
    func forEachMatch(
        _ resolved: ResolvedQuery, below after: UInt64 = .max, _ body: (UInt64, StoredResource?) throws -> Bool
    ) throws {
        try forEachCandidate(resolved, below: after) { sequence, isCertain in
            if isCertain { return try body(sequence, nil) }
            try opened.count()
            let resource = try blocks.entry(sequence)
            if resolved.follows, depth == 0 {
                followed += 1
                if let max = resolved.followedMax, followed > max { throw TooManyFollowed() }
            }
            return try satisfies(resolved, resource) ? body(sequence, resource) : true
        }
    }

    private func forEachCandidate(
        _ resolved: ResolvedQuery, below after: UInt64, _ body: (UInt64, Bool) throws -> Bool
    ) throws {
        func isInReach(_ sequence: UInt64) -> Bool {
            sequence < after && sequence <= bound && resolved.sequences.contains { $0.contains(sequence) }
        }
        if let ids = resolved.ids {
            for sequence in ids where isInReach(sequence) {
                if try !body(sequence, resolved.checks.isEmpty && !resolved.follows) { return }
            }
            return
        }
        for part in snapshot.parts.reversed() where part.firstSequence <= bound && part.firstSequence < after {
            let last = UInt32(min(part.lastSequence, bound, after - 1) - part.firstSequence)
            let view = try viewer?.view(of: part, type: resolved.query.type)
            if let view, view.possible.isNone { continue }
            let found = try resolved.candidates(in: part, within: view?.possible.list, to: last)
            let certain = found.certain
            let offsets = view?.possible.narrowed(found.offsets) ?? found.offsets
            var place = certain.count - 1
            for offset in offsets.reversed() {
                while place >= 0, certain[place] > offset { place -= 1 }
                let isCertain = place >= 0 && certain[place] == offset
                let sequence = part.firstSequence + UInt64(offset)
                guard isInReach(sequence), try snapshot.isLive(sequence, at: bound) else { continue }
                if let view, let viewer, !view.sure.contains(offset), try !viewer.decides(offset, of: part) { continue }
                if try !body(sequence, isCertain) { return }
            }
        }
    }

    /// Whether a resource satisfies a query.
    func satisfies(_ resolved: ResolvedQuery, _ resource: StoredResource) throws -> Bool {
        let sequence = resource.sequence
        if let ids = resolved.ids, !ids.contains(sequence) { return false }
        guard resolved.sequences.contains(where: { $0.contains(sequence) }) else { return false }
        if resolved.checks.isEmpty, !resolved.follows { return true }
        var names: [Set<String>] = []
        let holds = try indexer.withEntries(resource, selection: resolved.selection) { entries in
            guard resolved.checks.allSatisfy({ $0.holds(sequence, entries) }) else { return false }
            names = resolved.links.map { Self.targets(of: $0.chain.parameter, in: entries) }
            return true
        }
        guard holds else { return false }
        depth += 1
        defer { depth -= 1 }
        for (link, names) in zip(resolved.links, names) {
            guard try names.contains(where: { try leads(link, to: $0) }) else { return false }
        }
        for reverse in resolved.reverses {
            let name = resource.type + "/" + resource.id
            let query = reverse.source(pointingAt: ReferenceTargets([name]))
            var isFound = false
            try forEachMatch(resolve(query, wanted: 1)) { _, _ in
                isFound = true
                return false
            }
            guard isFound else { return false }
        }
        return true
    }

    /// "Type/id" of the resources of this server that a parameter's references point at.
    static func targets(of parameter: PlannedParameter, in entries: IndexEntryBuffer) -> Set<String> {
        var names: Set<String> = []
        for entry in entries.entries where entry.kind == .reference && entry.isBare && parameter.includes(entry) {
            names.insert(entry.third.text)
        }
        return names
    }

    /// Whether the resource of a name satisfies what a chain asks of it.
    private func leads(_ link: ResolvedQuery.Link, to name: String) throws -> Bool {
        if let known = link.known[name] { return known }
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let target = link.targets.first(where: { $0.type == parts[0] }) else { return false }
        var isMatch = false
        if let sequence = try sequence(type: parts[0], id: parts[1]) {
            try opened.count()
            isMatch = try satisfies(target.query, blocks.entry(sequence))
        }
        link.known[name] = isMatch
        return isMatch
    }

    /// The entry that holds a resource at the point; `nil` if there is none, or none that may be seen.
    func sequence(type: String, id: String) throws -> UInt64? {
        guard let found = try anySequence(type: type, id: id) else { return nil }
        guard let viewer else { return found }
        guard let type = tenant.shared.definitions.type(named: type) else { return nil }
        return try viewer.sees(found, type: type) ? found : nil
    }

    private func anySequence(type: String, id: String) throws -> UInt64? {
        let token = IdentityToken(type: type, id: id, key: tenant.keys.identityKey)
        guard let head = try tenant.durableHead(token) else { return nil }
        if head.sequence <= bound { return head.isDeleted ? nil : head.sequence }
        // What came later may be unknown to the transaction of `blocks`.
        let version = try tenant.version(
            of: tenant.blocks.entry(head.sequence), at: bound, in: tenant.state.current)
        guard let version, !version.isDeleted else { return nil }
        return version.sequence
    }
}
