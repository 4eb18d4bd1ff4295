internal import Base
internal import FHIR
internal import SQLDatabase
internal import Search
internal import Vault

/// Brings a tenant's index into memory at the start: segments as they are stored, and what the log has beyond them.
struct IndexLoader {
    let keys: TenantKeys
    let shared: StoreParts
    let pages: SegmentPageSource
    let blocks: BlockSource
    /// What was erased by the start.
    let erased: ErasedEntries

    /// The snapshot at the log's end, and the heads that no segment holds.
    func load() throws -> (snapshot: Snapshot, heads: HeadTable) {
        try removeLeftovers()
        let segments = try loadSegments()
        var dead = try loadDeadSet()
        dead.formUnion(erased.entries)
        let indexed = segments.last?.lastSequence ?? 0
        var heads = HeadTable()
        let runs = try replay(after: indexed, by: shared.plans, heads: &heads, dead: &dead)
        let snapshot = Snapshot(
            lastSequence: runs.last?.lastSequence ?? indexed, segments: segments, runs: runs, dead: dead,
            erased: erased)
        return (snapshot, heads)
    }

    /// The snapshot with what no segment holds indexed by the plans of a tenant with custom parameters: which those are is
    /// known only once the snapshot is.
    func replayed(_ snapshot: Snapshot, by plans: SearchPlans) throws -> Snapshot {
        guard !plans.customs.isEmpty, !snapshot.runs.isEmpty else { return snapshot }
        var heads = HeadTable()
        var dead = snapshot.dead
        let runs = try replay(
            after: snapshot.segments.last?.lastSequence ?? 0, by: plans, heads: &heads, dead: &dead)
        return Snapshot(
            lastSequence: snapshot.lastSequence, segments: snapshot.segments, runs: runs, dead: snapshot.dead,
            erased: erased)
    }

    /// Deletes the pages of segments that were not finished or had been merged when the program ended.
    private func removeLeftovers() throws {
        var leftovers: [Int64] = []
        try shared.database.read { connection in
            let sql = "SELECT segment_id FROM segments WHERE tenant_id = $1 AND state <> 1"
            try connection.query(sql, [.integer(keys.id)]) { row in
                leftovers.append(row.integer(0))
                return true
            }
        }
        for segment in leftovers { try SegmentTable.delete(segment, from: shared.database) }
    }

    private func loadSegments() throws -> [Segment] {
        var segments: [Segment] = []
        let sql = """
            SELECT segment_id, first_seq, last_seq, directory, filter FROM segments
            WHERE tenant_id = $1 AND state = 1 ORDER BY first_seq
            """
        try shared.database.read { connection in
            try connection.query(sql, [.integer(keys.id)]) { row in
                let id = row.integer(0)
                let facts = try SegmentTable.open(
                    directory: row.blob(3), filter: row.blob(4), segment: id, keys: keys, sealers: shared.sealers)
                segments.append(
                    Segment(
                        id: id, firstSequence: UInt64(row.integer(1)),
                        lastSequence: UInt64(row.integer(2)), directory: facts.directory, filter: facts.filter,
                        pages: pages))
                return true
            }
        }
        for (segment, next) in zip(segments, segments.dropFirst()) where segment.lastSequence + 1 != next.firstSequence
        {
            throw StoreError(
                code: .damaged, detail: "the index has a gap behind \(segment.lastSequence): run `martlet check`")
        }
        return segments
    }

    private func loadDeadSet() throws -> DeadSet {
        var dead = DeadSet()
        let bounds = [
            SQLValue.integer(DeadChunkTable.position(tenant: keys.id, chunk: 0)),
            .integer(DeadChunkTable.position(tenant: keys.id + 1, chunk: 0)),
        ]
        let sql = "SELECT position, bytes FROM dead_chunks WHERE position >= $1 AND position < $2"
        try shared.database.read { connection in
            try connection.query(sql, bounds) { row in
                let chunk = try shared.sealers.with {
                    try DeadChunkTable.open(row.blob(1), position: row.integer(0), keys: keys, sealer: $0)
                }
                dead.set(chunk, at: DeadChunkTable.chunk(row.integer(0)))
                return true
            }
        }
        return dead
    }

    /// Indexes again what the log holds beyond the last segment.
    private func replay(
        after indexed: UInt64, by plans: SearchPlans, heads: inout HeadTable, dead: inout DeadSet
    ) throws -> [PostingRun] {
        let indexer = try ResourceIndexer(plans: plans, keys: keys)
        var runs: [PostingRun] = []
        var part = ReplayedRun(firstSequence: indexed + 1)
        var next = indexed + 1
        var replaced: [UInt64] = []
        try blocks.forEachBlock(from: next) { facts, block in
            guard facts.first == next else {
                throw StoreError(code: .damaged, detail: "the log has a gap before \(facts.first)")
            }
            for sequence in facts.first...facts.last where !erased.contains(sequence) {
                guard let block else {
                    throw StoreError(code: .shredded, detail: "the block at \(facts.first) is unreadable")
                }
                let entry = try block.entry(sequence)
                let indexed = try indexer.index(entry)
                part.add(entry, tokens: indexed.tokens)
                heads.set(
                    Head(
                        sequence: entry.sequence, contentHash: indexed.contentHash, isDeleted: entry.isDeleted),
                    for: indexed.identity)
                if let old = entry.replaces { replaced.append(old) }
            }
            next = facts.last + 1
            if part.postings.count >= 500_000 {
                runs.append(part.finished(last: next - 1))
                part = ReplayedRun(firstSequence: next)
            }
            return true
        }
        if next > part.firstSequence { runs.append(part.finished(last: next - 1)) }
        dead.insert(replaced)
        return runs
    }
}

/// A run that is made from the log again.
struct ReplayedRun {
    let firstSequence: UInt64
    var postings: [Posting] = []
    var successors: [Successor] = []

    init(firstSequence: UInt64) {
        self.firstSequence = firstSequence
    }

    mutating func add(_ entry: StoredResource, tokens: [UInt64]) {
        let offset = UInt32(entry.sequence - firstSequence)
        for token in tokens { postings.append(Posting(token: token, offset: offset)) }
        if let old = entry.replaces { successors.append(Successor(replaced: old, replacement: entry.sequence)) }
    }

    func finished(last: UInt64) -> PostingRun {
        var sorted = postings
        PostingSort.sort(&sorted)
        return PostingRun(
            firstSequence: firstSequence, lastSequence: last, postings: sorted,
            successors: successors.sorted { $0.replaced < $1.replaced })
    }
}
