internal import Base
internal import SQLDatabase
internal import Synchronization
internal import Vault

/// Merges segments and deletes those that were merged, on a thread of its own: a large merge takes many seconds, in which
/// flushes must go on, else commits wait for room.
///
/// While commits come, neighbours of one size are merged once there are `StoreLimits.mergeSegments` of them; a while after
/// the last commit, any two of one size: what is written less often is read faster.
final class SegmentMerger: @unchecked Sendable {
    // Safe to share: what changes is used under `lock`; segments are merged by one thread at a time.
    private let keys: TenantKeys
    private let shared: StoreParts
    private let pages: SegmentPageSource
    private let state: IndexState
    private let lock = Lock()
    /// Held by whoever writes a segment from others.
    private let work = Lock()
    private let isStopping = Atomic<Bool>(false)
    private var hasNew = true
    private var lastCommit = monotonicNanoseconds()
    /// Whether nothing is left to merge even at rest.
    private var isSettled = false
    private var isHurried = false
    private var released: [Int64] = []
    private var failure: (any Error)?
    private var thread: WorkerThread?

    private static let restNanoseconds: UInt64 = 3_000_000_000
    /// Entries of a merge that a closing store still makes: a moment's work.
    private static let closingEntriesMax = 1 << 20

    init(keys: TenantKeys, shared: StoreParts, pages: SegmentPageSource, state: IndexState) {
        self.keys = keys
        self.shared = shared
        self.pages = pages
        self.state = state
    }

    /// Begins to work.
    func start() {
        thread = WorkerThread(name: "index merger") { [weak self] in self?.run() }
    }

    /// Notes that a commit changed the index.
    func noteCommit() {
        lock.withLock {
            lastCommit = monotonicNanoseconds()
            isSettled = false
        }
    }

    /// Notes that there is a new segment.
    func noteSegment() {
        lock.withLock {
            hasNew = true
            isSettled = false
            lock.signalAll()
        }
    }

    /// Waits until everything is merged that is at rest. Returns early if that fails, or the store is closed.
    func settle() {
        lock.withLock {
            isHurried = true
            lock.signalAll()
            while !isSettled, failure == nil, !isStopping.load(ordering: .relaxed) { lock.wait(milliseconds: 100) }
            isHurried = false
        }
    }

    /// Ends what is under way, unfinished: the next start does it again.
    func stop() {
        lock.withLock {
            isStopping.store(true, ordering: .relaxed)
            lock.signalAll()
        }
        thread?.join()
    }

    /// Does what is quickly done, after `stop`.
    func finish() throws {
        try mergeWhatIsDue(count: shared.limits.mergeSegments, entriesMax: Self.closingEntriesMax) { true }
        try deleteReleased()
    }

    private func run() {
        while let isAtRest = waitForWork() {
            do {
                let count = isAtRest ? 2 : shared.limits.mergeSegments
                try mergeWhatIsDue(count: count, entriesMax: shared.limits.segmentEntriesMax) {
                    !isStopping.load(ordering: .relaxed)
                }
                try deleteReleased()
                lock.withLock {
                    failure = nil
                    if isAtRest, !hasNew { isSettled = true }
                    lock.signalAll()
                }
            } catch is MergeStopped {
                return
            } catch {
                // Nothing is lost but the work; it is tried again after a while.
                lock.withLock {
                    failure = error
                    hasNew = true
                    lock.signalAll()
                    lock.wait(milliseconds: 1000)
                }
            }
        }
    }

    /// - Returns: whether the store is at rest; `nil` once it closes.
    private func waitForWork() -> Bool? {
        lock.withLock {
            while !isStopping.load(ordering: .relaxed) {
                let isAtRest = isHurried || monotonicNanoseconds() - lastCommit > Self.restNanoseconds
                if hasNew || !released.isEmpty || (isAtRest && !isSettled) {
                    hasNew = false
                    return isAtRest
                }
                lock.wait(milliseconds: 1000)
            }
            return nil
        }
    }

    private func mergeWhatIsDue(count: Int, entriesMax: Int, goesOn: () -> Bool) throws {
        while try mergeOnce(count: count, entriesMax: entriesMax, goesOn: goesOn) { try deleteReleased() }
    }

    /// - Returns: whether there was something to merge.
    private func mergeOnce(count: Int, entriesMax: Int, goesOn: () -> Bool) throws -> Bool {
        try work.withLock {
            guard let parts = SegmentTiers.due(state.current.segments, count: count, entriesMax: entriesMax) else {
                return false
            }
            try merge(parts, goesOn: goesOn)
            return true
        }
    }

    /// Writes the segment that holds a stretch of the log anew, with further postings for the stretch.
    /// - Parameters:
    ///   - parts: segments of postings only, which are not in use; within the stretch.
    ///   - enter: what else belongs into the transaction that puts the new segment in use.
    ///   - goesOn: asked now and then; `false` ends the work.
    /// - Throws: `MergeStopped` where `goesOn` says so.
    func fold(
        _ parts: [Segment], from first: UInt64, to last: UInt64, enter: (any SQLConnection) throws -> Void,
        goesOn: () -> Bool
    ) throws {
        try work.withLock {
            let segments = state.current.segments
            guard let whole = segments.first(where: { $0.firstSequence <= first && last <= $0.lastSequence }) else {
                throw StoreError(code: .damaged, detail: "no segment of the index holds \(first) to \(last)")
            }
            try replace(
                [whole], sources: parts + [whole], areNeighbours: false, enter: enter, goesOn: goesOn)
        }
    }

    /// Writes every segment anew that leads to what some erasures erased.
    /// - Throws: as `fold`.
    func rewrite(without erasures: [Erasure], goesOn: () -> Bool) throws {
        try work.withLock {
            for segment in state.current.segments where try erasures.contains(where: { try $0.reaches(segment) }) {
                try replace(
                    [segment], sources: [segment], areNeighbours: true, enter: { _ in }, goesOn: goesOn)
            }
        }
    }

    private func merge(_ parts: [Segment], goesOn: () -> Bool) throws {
        try replace(parts, sources: parts, areNeighbours: true, enter: { _ in }, goesOn: goesOn)
    }

    /// Writes one segment from others and puts it in the place of some.
    private func replace(
        _ parts: [Segment], sources: [Segment], areNeighbours: Bool, enter: (any SQLConnection) throws -> Void,
        goesOn: () -> Bool
    ) throws {
        guard let first = parts.first, let last = parts.last else { return }
        let id = try SegmentTable.reserve(
            tenant: keys.id, first: first.firstSequence, last: last.lastSequence, in: shared.database)
        let sealer = try Sealer()
        let writer = SegmentWriter(
            id: id, firstSequence: first.firstSequence,
            headCount: parts.reduce(0) { $0 + $1.directory.headCount }, database: shared.database, keys: keys,
            sealer: sealer)
        try SegmentMerge.write(
            sources, areNeighbours: areNeighbours, without: state.confirmedErasures, to: writer, goesOn: goesOn)
        let facts = try writer.finish()
        try shared.database.write { connection in
            try SegmentTable.enter(
                id, directory: facts.directory, filter: facts.filter, merged: parts.map(\.id), keys: keys,
                sealer: sealer, on: connection)
            try enter(connection)
        }
        let merged = Segment(
            id: id, firstSequence: first.firstSequence, lastSequence: last.lastSequence,
            directory: facts.directory, filter: facts.filter, pages: pages)
        state.replace(parts, with: merged)
        for part in parts {
            let old = part.id
            part.whenReleased { [weak self] in self?.noteReleased(old) }
        }
    }

    /// Notes a merged segment that no reader uses any more: its pages can go.
    private func noteReleased(_ id: Int64) {
        lock.withLock { released.append(id) }
    }

    private func deleteReleased() throws {
        let ids = lock.withLock { () -> [Int64] in
            defer { released = [] }
            return released
        }
        for id in ids { try SegmentTable.delete(id, from: shared.database) }
    }
}

/// A merge that was ended because the store closes.
struct MergeStopped: Error {}
