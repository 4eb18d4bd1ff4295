internal import Base
internal import Vault

/// A block that is compressed but not yet sealed: its commit time, which is bound to the sealing, comes last.
struct PackedBlock {
    var firstSequence: UInt64
    var entries: Int
    var key: PatientKey
    var compressed: [UInt8]
}

/// A batch with its sequence numbers, on its way to the disk.
final class CommitUnit: @unchecked Sendable {
    // Handed from the committing thread to the writer through the queue's lock; used by one of them at a time.
    /// The unit's place in the order of commits.
    let ticket: UInt64
    let firstSequence: UInt64
    /// How many entries of the log it has; 0 if nothing changed.
    let entryCount: Int
    var blocks: [PackedBlock] = []
    var actor: String
    var run: PostingRun?
    var heads: [(token: IdentityToken, head: Head)] = []
    var replaced: [UInt64] = []
    var awaited: [(token: UInt64, sequence: UInt64)] = []
    var tokens: [UInt64] = []
    /// The entries that are SearchParameters, or deletions of some.
    var parameters: [UInt64] = []
    var outcomes: [WriteOutcome]
    /// Why the unit cannot be written, if it can't.
    var failure: (any Error)?
    let completion: @Sendable (Result<CommitReceipt, any Error>) -> Void

    init(
        ticket: UInt64, firstSequence: UInt64, entryCount: Int, actor: String, outcomes: [WriteOutcome],
        completion: @escaping @Sendable (Result<CommitReceipt, any Error>) -> Void
    ) {
        self.ticket = ticket
        self.firstSequence = firstSequence
        self.entryCount = entryCount
        self.actor = actor
        self.outcomes = outcomes
        self.completion = completion
    }

    /// The last sequence number of the unit.
    var lastSequence: UInt64 { firstSequence + UInt64(entryCount) - 1 }
}
