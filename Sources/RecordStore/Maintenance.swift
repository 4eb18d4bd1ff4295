internal import Base
internal import SQLDatabase
internal import Vault

/// Writes what waits in memory as segments, on a thread of its own.
final class Maintenance: @unchecked Sendable {
    // Safe to share: what changes is used under `lock`; the segment work is done by one thread at a time.
    private let keys: TenantKeys
    private let shared: StoreParts
    private let pages: SegmentPageSource
    private let state: IndexState
    private let lock = Lock()
    private let merger: SegmentMerger
    private var pendingPostings = 0
    private var isStopping = false
    private var failure: (any Error)?
    private var thread: WorkerThread?

    init(keys: TenantKeys, shared: StoreParts, pages: SegmentPageSource, state: IndexState) {
        self.keys = keys
        self.shared = shared
        self.pages = pages
        self.state = state
        merger = SegmentMerger(keys: keys, shared: shared, pages: pages, state: state)
    }

    /// Begins to work.
    func start() {
        // What a replay brought into memory waits for a flush as a commit's entries do.
        let waiting = state.current.runs.reduce(0) { $0 + $1.postings.count }
        notePending(postings: waiting)
        thread = WorkerThread(name: "index writer") { [weak self] in self?.run() }
        merger.start()
    }

    /// Writes out everything and ends.
    /// - Throws: what kept the last flush from being written; the log has it all the same.
    func stop() throws {
        lock.withLock {
            isStopping = true
            lock.signalAll()
        }
        thread?.join()
        merger.stop()
        try flush()
        try merger.finish()
    }

    /// Waits until what waits in memory is written and merged, as at rest.
    /// - Throws: what keeps it from being written.
    func settle() throws {
        try flush()
        merger.settle()
    }

    /// Waits until the index up to an entry, which must be durable, lies in segments.
    /// - Throws: what keeps it from being written.
    func flush(upTo sequence: UInt64) throws {
        while (state.current.segments.last?.lastSequence ?? 0) < sequence {
            try flush()
            // Another thread may be at it.
            lock.withLock {
                if (state.current.segments.last?.lastSequence ?? 0) < sequence { lock.wait(milliseconds: 10) }
            }
        }
    }

    /// Adds postings to a stretch of the log that lies in segments; see `SegmentMerger.fold`.
    func fold(
        _ parts: [Segment], from first: UInt64, to last: UInt64, enter: (any SQLConnection) throws -> Void,
        goesOn: () -> Bool
    ) throws {
        try merger.fold(parts, from: first, to: last, enter: enter, goesOn: goesOn)
    }

    /// See `SegmentMerger.rewrite`.
    func rewrite(without erasures: [Erasure], goesOn: () -> Bool) throws {
        try merger.rewrite(without: erasures, goesOn: goesOn)
    }

    /// Notes what a commit left in memory.
    func notePending(postings: Int) {
        merger.noteCommit()
        lock.withLock {
            pendingPostings = postings
            if postings >= shared.limits.flushPostings { lock.signalAll() }
        }
    }

    /// Waits while so much is in memory that more would break the limit. Never waits for a thread that has failed.
    func waitForRoom() {
        lock.withLock {
            while pendingPostings > shared.limits.flushPostings * 2, failure == nil, !isStopping {
                lock.wait(milliseconds: 50)
            }
        }
    }

    private func run() {
        while waitForWork() {
            do {
                try flush()
                lock.withLock { failure = nil }
            } catch {
                // The log has everything; the flush is tried again after a while.
                lock.withLock { failure = error }
                lock.withLock { lock.wait(milliseconds: 1000) }
            }
        }
    }

    private func waitForWork() -> Bool {
        lock.withLock {
            while !isStopping, pendingPostings < shared.limits.flushPostings {
                lock.wait(milliseconds: 1000)
            }
            return !isStopping
        }
    }

    // MARK: Flush

    private func flush() throws {
        // `freeze` gives nothing while another flush is under way.
        guard let frozen = state.freeze() else { return }
        lock.withLock { pendingPostings = 0 }
        do {
            let segment = try write(frozen.runs, heads: frozen.heads, dead: frozen.dead)
            state.finishFlush(segment)
            merger.noteSegment()
        } catch {
            state.abandonFlush()
            throw error
        }
    }

    private func write(_ runs: [PostingRun], heads: HeadTable, dead: DeadSet) throws -> Segment {
        let run = PostingRun(joining: runs[...])
        let sorted = heads.sorted()
        let id = try SegmentTable.reserve(
            tenant: keys.id, first: run.firstSequence, last: run.lastSequence, in: shared.database)
        let sealer = try Sealer()
        let writer = SegmentWriter(
            id: id, firstSequence: run.firstSequence, headCount: sorted.count, database: shared.database, keys: keys,
            sealer: sealer)
        try writer.addPostings(of: run)
        for (token, head) in sorted {
            try writer.addHead(
                token, sequence: head.sequence, contentHash: head.contentHash, isDeleted: head.isDeleted)
        }
        for successor in run.successors { try writer.addSuccessor(successor) }
        let facts = try writer.finish()
        // The chunks that these runs changed: stored with the segment, so that a crash finds both or neither.
        let chunks = Set(run.successors.map { Int($0.replaced >> 16) })
        try shared.database.write { connection in
            try SegmentTable.enter(
                id, directory: facts.directory, filter: facts.filter, merged: [], keys: keys, sealer: sealer,
                on: connection)
            for number in chunks.sorted() where number < dead.chunks.count {
                guard let chunk = dead.chunks[number] else { continue }
                try DeadChunkTable.store(chunk, number: number, keys: keys, sealer: sealer, on: connection)
            }
        }
        return Segment(
            id: id, firstSequence: run.firstSequence, lastSequence: run.lastSequence,
            directory: facts.directory, filter: facts.filter, pages: pages)
    }
}
