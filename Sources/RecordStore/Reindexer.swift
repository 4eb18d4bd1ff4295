internal import Base
internal import SQLDatabase
internal import Search
internal import Synchronization
internal import Vault

/// Indexes what was stored before custom search parameters came into use, on a thread of its own that begins with the
/// first of them.
///
/// It goes from segment to segment: gathers the new postings of the segment's entries, then has the segment written anew
/// with them. With the new segment it is stored how far that is, so that after a crash the next start goes on there.
final class Reindexer: @unchecked Sendable {
    // Safe to share: `thread` and `hasNews` are used under `lock`.
    private let lock = Lock()
    private var thread: WorkerThread?
    private var hasNews = false
    private let isStopping = Atomic<Bool>(false)

    /// Has it look for work.
    func wake(_ tenant: TenantStore) {
        lock.withLock {
            guard !isStopping.load(ordering: .relaxed) else { return }
            hasNews = true
            lock.signalAll()
            if thread == nil {
                thread = WorkerThread(name: "reindexer") { [weak self, weak tenant] in
                    while let self, self.waitForNews() {
                        guard let tenant else { return }
                        self.work(tenant)
                    }
                }
            }
        }
    }

    /// Ends what is under way; it goes on with the next start.
    func stop() {
        let thread = lock.withLock {
            isStopping.store(true, ordering: .relaxed)
            lock.signalAll()
            return self.thread
        }
        thread?.join()
    }

    private func waitForNews() -> Bool {
        lock.withLock {
            while !hasNews, !isStopping.load(ordering: .relaxed) { lock.wait() }
            hasNews = false
            return goesOn
        }
    }

    private var goesOn: Bool { !isStopping.load(ordering: .relaxed) }

    private func work(_ tenant: TenantStore) {
        while goesOn, tenant.parameters.hasWork {
            do {
                try tenant.parameters.retry(tenant.sequencer)
                if let pass = tenant.parameters.nextPass() { try run(pass, tenant) }
            } catch is MergeStopped {
                return
            } catch {
                // Searches go on saying so; it is tried again after a while.
                tenant.parameters.note(error)
                lock.withLock { if goesOn { lock.wait(milliseconds: 1000) } }
            }
        }
    }

    private func run(_ pass: ReindexPass, _ tenant: TenantStore) throws {
        // Every entry that got its number before the paths were known is durable then.
        try tenant.settle()
        let last = min(pass.last, tenant.state.current.lastSequence)
        try tenant.maintenance.flush(upTo: last)
        let indexer = try ResourceIndexer(plans: pass.plans, keys: tenant.keys)
        var next = pass.first
        while next <= last {
            guard let segment = tenant.state.current.segments.first(where: { $0.lastSequence >= next }) else {
                throw StoreError(code: .damaged, detail: "no segment of the index holds \(next)")
            }
            let stretch = next...min(segment.lastSequence, last)
            guard let parts = try gather(pass, segment, stretch, indexer, tenant) else { return }
            try finish(pass, parts, stretch, tenant, isLast: stretch.upperBound == last)
            next = stretch.upperBound + 1
        }
        if pass.first > last { try finish(pass, [], last...last, tenant, isLast: true) }
    }

    // MARK: Postings

    /// Writes the new postings of a stretch of the log, as segments that nobody sees.
    /// - Returns: `nil` if nobody wants them any more.
    private func gather(
        _ pass: ReindexPass, _ segment: Segment, _ stretch: ClosedRange<UInt64>, _ indexer: ResourceIndexer,
        _ tenant: TenantStore
    ) throws -> [Segment]? {
        var parts: [Segment] = []
        do {
            var draft = PostingDraft(first: stretch.lowerBound)
            var rest = try sequences(pass, segment, from: stretch.lowerBound, stretch, indexer)[...]
            while let last = rest.prefix(tenant.shared.limits.reindexEntries).last {
                guard tenant.shared.reindexPace.takeStep({ goesOn && tenant.parameters.isWanted(pass) }) else {
                    guard goesOn else { throw MergeStopped() }
                    discard(parts, tenant)
                    return nil
                }
                let step = rest.prefix(tenant.shared.limits.reindexEntries)
                let failures = try index(step, indexer, tenant, into: &draft)
                tenant.parameters.note(pass, lookedUpTo: last, failures: failures)
                rest = rest.dropFirst(step.count)
                if rest.isEmpty { rest = try sequences(pass, segment, from: last + 1, stretch, indexer)[...] }
                if draft.postings.count >= tenant.shared.limits.reindexPostings {
                    parts += try write(draft, last: last, tenant)
                    draft = PostingDraft(first: last + 1)
                }
            }
            parts += try write(draft, last: stretch.upperBound, tenant)
            return parts
        } catch {
            discard(parts, tenant)
            throw error
        }
    }

    /// Entries of the log that are looked through for those of some types at once.
    private static let windowEntries: UInt64 = 1 << 18

    /// The next entries of the types that the pass is about, ascending; empty if the stretch has no more.
    private func sequences(
        _ pass: ReindexPass, _ segment: Segment, from first: UInt64, _ stretch: ClosedRange<UInt64>,
        _ indexer: ResourceIndexer
    ) throws -> [UInt64] {
        var next = first
        while next <= stretch.upperBound {
            let last = min(stretch.upperBound, next + Self.windowEntries - 1)
            var offsets: [UInt32] = []
            let window = OffsetWindow(
                UInt32(next - segment.firstSequence)...UInt32(last - segment.firstSequence))
            for type in pass.types {
                try segment.appendOffsets(indexer.typeToken(type), in: window, into: &offsets)
            }
            if !offsets.isEmpty { return OffsetSet.sorted(offsets).map { segment.sequence($0) } }
            next = last + 1
        }
        return []
    }

    /// - Returns: on how many entries an expression failed, by the identity of its path.
    private func index(
        _ sequences: ArraySlice<UInt64>, _ indexer: ResourceIndexer, _ tenant: TenantStore,
        into draft: inout PostingDraft
    ) throws -> [String: Int] {
        try tenant.shared.database.readTransaction { connection in
            var blocks = BlockCursor(tenant.blocks, on: connection, isKept: false)
            var tokens: [UInt64] = []
            var failures: [String: Int] = [:]
            for sequence in sequences {
                tokens.removeAll(keepingCapacity: true)
                do {
                    try indexer.appendPathTokens(blocks.entry(sequence), to: &tokens)
                } catch let error as StoreError where error.code == .shredded {
                    // Nobody can read it, so nobody needs to find it.
                    continue
                }
                for failure in indexer.failures { failures[failure.parameter, default: 0] += 1 }
                for token in tokens {
                    draft.postings.append(Posting(token: token, offset: UInt32(sequence - draft.first)))
                }
            }
            return failures
        }
    }

    private struct PostingDraft {
        let first: UInt64
        var postings: [Posting] = []
    }

    private func write(_ draft: PostingDraft, last: UInt64, _ tenant: TenantStore) throws -> [Segment] {
        guard !draft.postings.isEmpty else { return [] }
        var postings = draft.postings
        PostingSort.sort(&postings)
        let run = PostingRun(firstSequence: draft.first, lastSequence: last, postings: postings, successors: [])
        let id = try SegmentTable.reserve(
            tenant: tenant.keys.id, first: draft.first, last: last, in: tenant.shared.database)
        let writer = SegmentWriter(
            id: id, firstSequence: draft.first, headCount: 0, database: tenant.shared.database, keys: tenant.keys,
            sealer: try Sealer())
        try writer.addPostings(of: run)
        let facts = try writer.finish()
        return [
            Segment(
                id: id, firstSequence: draft.first, lastSequence: last, directory: facts.directory,
                filter: facts.filter, pages: tenant.pages)
        ]
    }

    // MARK: Putting them in use

    private func finish(
        _ pass: ReindexPass, _ parts: [Segment], _ stretch: ClosedRange<UInt64>, _ tenant: TenantStore, isLast: Bool
    ) throws {
        let rows = tenant.parameters.rows(of: pass, doneUpTo: isLast ? pass.last : stretch.upperBound)
        defer { discard(parts, tenant) }
        if parts.isEmpty {
            try tenant.shared.sealers.with { sealer in
                try tenant.shared.database.write {
                    try CustomPathTable.advance(rows, tenant.keys, sealer: sealer, on: $0)
                }
            }
        } else {
            try tenant.maintenance.fold(parts, from: stretch.lowerBound, to: stretch.upperBound) { connection in
                try tenant.shared.sealers.with { sealer in
                    try CustomPathTable.advance(rows, tenant.keys, sealer: sealer, on: connection)
                }
            } goesOn: {
                goesOn
            }
        }
        tenant.parameters.finish(rows)
    }

    /// Deletes what was written in between. What is left of it after a failure goes with the next start.
    private func discard(_ parts: [Segment], _ tenant: TenantStore) {
        for part in parts { try? SegmentTable.delete(part.id, from: tenant.shared.database) }
    }
}
