internal import Base

/// Gives sequence numbers and decides what each write of a batch does, in one order for the tenant.
///
/// It knows the heads of batches that are on their way to the disk; what is on disk its caller looks up.
final class Sequencer: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var nextSequence: UInt64
    private var nextTicket: UInt64 = 0
    private var underWay: [IdentityToken: (head: Head, ticket: UInt64)] = [:]
    private var underWayTickets = 0
    private var failure: StoreError?
    /// What guards look at, by ticket: kept from the first guarded batch on, so that a store that is only filled pays
    /// nothing for it.
    private var batches: [UInt64: BatchUnderWay] = [:]
    /// The first ticket that is kept in `batches`; `nil` while none is.
    private var keptFrom: UInt64?
    private var notKept = 0
    /// Of the scheme that batches must be indexed by.
    private var generation: Int

    init(lastSequence: UInt64, generation: Int) {
        self.generation = generation
        nextSequence = lastSequence + 1
    }

    /// What was decided about a batch.
    struct Decision {
        var ticket: UInt64
        var firstSequence: UInt64
        /// For each write its sequence number, 0 where nothing is written.
        var sequences: [UInt64]
        /// For each write the entry that it replaces, 0 for none.
        var replaces: [UInt64]
        var outcomes: [WriteOutcome]
        var heads: [(token: IdentityToken, head: Head)]
        var entryCount: Int
    }

    /// Decides about the writes, in the order given.
    /// - Parameters:
    ///   - order: places in `writes`, in the order of the log to be.
    ///   - tokens: the batch's tokens.
    ///   - generation: of the scheme that the batch was indexed by; `nil` for a batch without writes.
    ///   - decidedOn: of each write the version over which it was found to be allowed, 0 for none; `nil` where nothing had
    ///     to be decided.
    ///   - checkGuards: holds the batch's searches against what is under way, given with the way to find the newest
    ///     version of a resource; `nil` if it has none.
    ///   - durableHead: the newest version that is durable, for a token that no batch under way has written; asked with
    ///     the place of the write that it is about, if there is one.
    /// - Throws: `StaleIndex` if the scheme has changed, `StaleDecision` if a resource has another version than was decided
    ///   on, `StoreError.conflict` if a precondition does not hold, `.changed` if a search may find something else by
    ///   now (then nothing is taken), or the failure of an earlier write that is still being cleared up.
    func decide(
        _ writes: [PreparedWrite], order: [Int], tokens: [UInt64] = [], generation: Int? = nil,
        decidedOn: [UInt64]? = nil,
        checkGuards: (([BatchUnderWay], (IdentityToken) throws -> Head?) throws -> Void)? = nil,
        durableHead: (Int?, IdentityToken) throws -> Head?
    ) throws -> Decision {
        try lock.withLock {
            if let failure { throw failure }
            if let generation, generation != self.generation { throw StaleIndex() }
            if let checkGuards {
                if keptFrom == nil {
                    keptFrom = nextTicket
                    notKept = underWayTickets
                }
                guard notKept == 0 else {
                    throw StoreError(code: .changed, detail: "what arrived meanwhile is not yet known: try again")
                }
                try checkGuards(Array(batches.values)) { token in
                    try underWay[token]?.head ?? durableHead(nil, token)
                }
            }
            var decision = Decision(
                ticket: nextTicket, firstSequence: nextSequence, sequences: [UInt64](repeating: 0, count: writes.count),
                replaces: [UInt64](repeating: 0, count: writes.count),
                outcomes: [WriteOutcome](repeating: .absent, count: writes.count), heads: [], entryCount: 0)
            decision.heads.reserveCapacity(writes.count)
            var own: [IdentityToken: Head] = [:]
            own.reserveCapacity(writes.count)
            var sequence = nextSequence
            for index in order {
                let write = writes[index]
                let known =
                    try own[write.identity] ?? underWay[write.identity]?.head
                    ?? durableHead(index, write.identity)
                if let decidedOn, own[write.identity] == nil, decidedOn[index] != known?.sequence ?? 0 {
                    throw StaleDecision()
                }
                do throws(StoreError) {
                    try Self.check(write.precondition, known)
                } catch {
                    var error = error
                    error.write = index
                    throw error
                }
                guard let outcome = Self.outcome(of: write, over: known, sequence: sequence) else { continue }
                decision.outcomes[index] = outcome
                if case .unchanged = outcome { continue }
                decision.sequences[index] = sequence
                decision.replaces[index] = known?.sequence ?? 0
                let head = Head(
                    sequence: sequence, contentHash: write.contentHash, isDeleted: write.operation == .delete)
                own[write.identity] = head
                decision.heads.append((write.identity, head))
                sequence += 1
            }
            decision.entryCount = Int(sequence - nextSequence)
            for (token, head) in decision.heads { underWay[token] = (head, nextTicket) }
            if keptFrom != nil, decision.entryCount > 0 {
                batches[nextTicket] = BatchUnderWay(writes: writes, sequences: decision.sequences, tokens: tokens)
            }
            nextSequence = sequence
            nextTicket += 1
            underWayTickets += 1
            return decision
        }
    }

    private static func check(_ precondition: Precondition, _ known: Head?) throws(StoreError) {
        let present = known.flatMap { $0.isDeleted ? nil : $0 }
        switch precondition {
        case .none:
            return
        case .absent:
            if present == nil { return }
            throw StoreError(code: .conflict, detail: "the resource exists already")
        case .present:
            if present != nil { return }
            throw StoreError(code: .conflict, detail: "the resource does not exist")
        case .version(let version):
            if present?.sequence == version { return }
            let found = present.map { "its version is \($0.sequence)" } ?? "it does not exist"
            throw StoreError(code: .conflict, detail: "the resource was expected in version \(version), but \(found)")
        }
    }

    /// What a write does over what is known; `nil` if there is nothing to delete.
    private static func outcome(of write: PreparedWrite, over known: Head?, sequence: UInt64) -> WriteOutcome? {
        guard let known else { return write.operation == .put ? .created(sequence) : nil }
        switch write.operation {
        case .delete: return known.isDeleted ? nil : .deleted(sequence)
        case .put:
            if known.isDeleted { return .created(sequence) }
            return known.contentHash == write.contentHash ? .unchanged(known.sequence) : .updated(sequence)
        }
    }

    /// Forgets the heads of a batch that is now durable.
    func settle(_ unit: CommitUnit) {
        lock.withLock {
            for (token, _) in unit.heads where underWay[token]?.ticket == unit.ticket { underWay[token] = nil }
            underWayTickets -= 1
            if let keptFrom {
                batches[unit.ticket] = nil
                if unit.ticket < keptFrom { notKept -= 1 }
            }
        }
    }

    /// Demands that batches are indexed by another scheme.
    /// - Parameter change: puts the scheme in force; nothing gets a sequence number meanwhile.
    /// - Returns: the last entry that has a sequence number: what follows is indexed by the new scheme.
    func adopt(generation: Int, _ change: () -> Void) -> UInt64 {
        lock.withLock {
            self.generation = generation
            change()
            return nextSequence - 1
        }
    }

    /// Refuses new batches until those under way are cleared up, because the disk would not take one.
    func fail(_ error: StoreError) {
        lock.withLock { failure = error }
    }

    /// How many batches are under way.
    var pendingTickets: Int { lock.withLock { underWayTickets } }

    /// Starts again behind what is durable, once no batch is under way.
    func restart(lastSequence: UInt64) {
        lock.withLock {
            underWay.removeAll()
            nextSequence = lastSequence + 1
            failure = nil
        }
    }

    /// The ticket that the next batch gets.
    var upcomingTicket: UInt64 { lock.withLock { nextTicket } }
}
