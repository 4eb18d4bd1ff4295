internal import Base

/// What readers see: the present snapshot and the heads that no segment holds. Changed by the writer and by the
/// thread that flushes and merges.
final class IndexState: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var snapshot: Snapshot
    private var active = HeadTable()
    private var frozen = HeadTable()
    /// How many of the snapshot's runs are being flushed.
    private var frozenRuns = 0
    private var epoch = 0
    /// What is erased for good: of what may yet be taken back nothing is left out of a segment.
    private var confirmed: ErasedEntries

    /// Runs at most until small ones are joined.
    private static let runsMax = 24

    init(snapshot: Snapshot) {
        self.snapshot = snapshot
        confirmed = snapshot.erased
    }

    /// What is erased for good.
    var confirmedErasures: ErasedEntries { lock.withLock { confirmed } }

    /// Notes that everything that counts as erased is so for good.
    func confirmErasures() {
        lock.withLock { confirmed = snapshot.erased }
    }

    /// Takes the heads that a replay of the log gave. Before any commit.
    func adopt(heads: HeadTable) {
        lock.withLock { active = heads }
    }

    /// The present snapshot.
    var current: Snapshot { lock.withLock { snapshot } }

    /// The present snapshot with the heads that no segment holds.
    var currentWithHeads: (Snapshot, [(token: IdentityToken, head: Head)]) {
        lock.withLock {
            var heads = frozen
            heads.merge(active)
            return (snapshot, heads.sorted())
        }
    }

    /// Grows with every change after which a head may have moved into a segment.
    var flushEpoch: Int { lock.withLock { epoch } }

    /// The head of a resource if no segment holds it, with the snapshot to go on searching in.
    func recentHead(_ token: IdentityToken) -> (head: Head?, snapshot: Snapshot) {
        lock.withLock { (active[token] ?? frozen[token], snapshot) }
    }

    /// The head of a resource if no segment holds it, provided that no head moved since `epoch`.
    func recentHead(_ token: IdentityToken, epoch: Int) -> (head: Head?, isCurrent: Bool) {
        lock.withLock { (active[token] ?? frozen[token], self.epoch == epoch) }
    }

    /// Shows the entries of units that are durable now.
    /// - Returns: how many postings wait for a flush.
    func publish(_ units: [CommitUnit]) -> Int {
        lock.withLock {
            var runs = snapshot.runs
            var dead = snapshot.dead
            var last = snapshot.lastSequence
            for unit in units where unit.entryCount > 0 {
                if let run = unit.run { runs.append(run) }
                if !unit.replaced.isEmpty { dead.insert(unit.replaced) }
                for (token, head) in unit.heads { active.set(head, for: token) }
                last = unit.lastSequence
            }
            runs = joinSmallRuns(runs)
            snapshot = Snapshot(
                lastSequence: last, segments: snapshot.segments, runs: runs, dead: dead,
                erased: snapshot.erased)
            return runs.dropFirst(frozenRuns).reduce(0) { $0 + $1.postings.count }
        }
    }

    /// Joins neighbours at the end of the list while the last is as large as the one before it, or there are too many.
    private func joinSmallRuns(_ runs: [PostingRun]) -> [PostingRun] {
        var runs = runs
        while runs.count > frozenRuns + 1 {
            let last = runs[runs.count - 1].postings.count
            let before = runs[runs.count - 2].postings.count
            let isSmall = before < 65_536 || runs.count > frozenRuns + Self.runsMax
            guard isSmall, before <= last * 2 else { break }
            runs.replaceSubrange((runs.count - 2)..., with: [PostingRun(joining: runs[(runs.count - 2)...])])
        }
        return runs
    }

    /// Sets the present runs and heads aside to be flushed; new commits go to new ones.
    /// - Returns: `nil` if there is nothing to flush.
    func freeze() -> (runs: [PostingRun], heads: HeadTable, dead: DeadSet)? {
        lock.withLock {
            guard frozenRuns == 0, !snapshot.runs.isEmpty else { return nil }
            frozenRuns = snapshot.runs.count
            frozen = active
            active = HeadTable()
            return (snapshot.runs, frozen, snapshot.dead)
        }
    }

    /// Puts the segment in the place of the runs that were set aside.
    func finishFlush(_ segment: Segment) {
        lock.withLock {
            snapshot = Snapshot(
                lastSequence: snapshot.lastSequence, segments: snapshot.segments + [segment],
                runs: Array(snapshot.runs.dropFirst(frozenRuns)), dead: snapshot.dead, erased: snapshot.erased)
            frozenRuns = 0
            frozen = HeadTable()
            epoch += 1
        }
    }

    /// Takes back what was set aside, because the disk would not take it.
    func abandonFlush() {
        lock.withLock {
            frozen.merge(active)
            active = frozen
            frozen = HeadTable()
            frozenRuns = 0
        }
    }

    /// Puts a merged segment in the place of its parts.
    func replace(_ parts: [Segment], with merged: Segment) {
        lock.withLock {
            let gone = Set(parts.map(\.id))
            var segments = snapshot.segments.filter { !gone.contains($0.id) }
            segments.append(merged)
            segments.sort { $0.firstSequence < $1.firstSequence }
            snapshot = Snapshot(
                lastSequence: snapshot.lastSequence, segments: segments, runs: snapshot.runs, dead: snapshot.dead,
                erased: snapshot.erased)
            epoch += 1
        }
    }

    /// Takes an erasure back that did not come about. No write and no other erasure may have come since.
    /// - Parameter before: the snapshot before it.
    func takeBackErasure(_ before: Snapshot) {
        lock.withLock {
            snapshot = Snapshot(
                lastSequence: snapshot.lastSequence, segments: snapshot.segments, runs: snapshot.runs,
                dead: before.dead, erased: before.erased)
            epoch += 1
        }
    }

    /// Has nothing lead to erased entries from now on. All of them lie in segments; `confirmErasures` or `takeBackErasure`
    /// follows.
    func erase(_ erasure: Erasure) {
        lock.withLock {
            var dead = snapshot.dead
            dead.insert(erasure.sequences)
            var erased = snapshot.erased
            erased.insert(erasure)
            snapshot = Snapshot(
                lastSequence: snapshot.lastSequence, segments: snapshot.segments, runs: snapshot.runs, dead: dead,
                erased: erased)
            epoch += 1
        }
    }
}
