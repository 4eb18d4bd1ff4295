/// The state of a tenant's index as of one commit; never changes.
final class Snapshot: Sendable {
    /// The last entry of the log that is seen; 0 in an empty log.
    let lastSequence: UInt64
    /// Neighbours without a gap, oldest first.
    let segments: [Segment]
    /// What no segment holds yet: neighbours without a gap, oldest first.
    let runs: [PostingRun]
    /// What was replaced, deleted or erased.
    let dead: DeadSet
    let erased: ErasedEntries

    init(
        lastSequence: UInt64, segments: [Segment], runs: [PostingRun], dead: DeadSet, erased: ErasedEntries
    ) {
        self.lastSequence = lastSequence
        self.segments = segments
        self.runs = runs
        self.dead = dead
        self.erased = erased
    }

    /// Which entry replaced another, if any had by this snapshot.
    func successor(of sequence: UInt64) throws -> UInt64? {
        guard dead.contains(sequence) else { return nil }
        for run in runs.reversed() where run.lastSequence > sequence {
            if let successor = run.successor(of: sequence) { return successor }
        }
        for segment in segments.reversed() where segment.lastSequence > sequence {
            if let successor = try segment.successor(of: sequence) { return successor }
        }
        throw StoreError(code: .damaged, detail: "the index knows that \(sequence) was replaced, but not by what")
    }

    /// Whether an entry was its resource's newest version when `bound` was the last entry of the log.
    func isLive(_ sequence: UInt64, at bound: UInt64) throws -> Bool {
        guard sequence <= bound else { return false }
        if bound >= lastSequence { return !dead.contains(sequence) }
        if erased.contains(sequence) { return false }
        guard let successor = try successor(of: sequence) else { return true }
        return successor > bound
    }

    /// The newest version of a resource that a segment knows of.
    func segmentHead(_ token: IdentityToken) throws -> Head? {
        for segment in segments.reversed() {
            if let head = try segment.head(token) { return erased.isNoHead(token, head.sequence) ? nil : head }
        }
        return nil
    }
}
