internal import Base
internal import Search
internal import Vault

/// Finds what a patient's keys sealed, and what else tells of it. Everything must be durable and lie in segments, and
/// nothing be written meanwhile.
struct ErasurePlan {
    private let tenant: TenantStore
    private let snapshot: Snapshot
    private let keys: Set<Int64>
    /// The erased entries with what each replaced, 0 for nothing.
    private var replaces: [UInt64: UInt64] = [:]
    private var identities: [UInt64: IdentityToken] = [:]
    private(set) var sequences: [UInt64] = []
    private var after: [UInt64] = []
    private(set) var sharedWithOthers = 0
    private(set) var blocks: [BlockFacts] = []

    /// - Parameters:
    ///   - keys: the numbers of the patient's keys.
    ///   - owned: all entries that lie under them.
    init(tenant: TenantStore, snapshot: Snapshot, keys: Set<Int64>, owned: [UInt64]) throws {
        self.tenant = tenant
        self.snapshot = snapshot
        self.keys = keys
        for sequence in owned where replaces[sequence] == nil { try addBlock(holding: sequence) }
        try addDeletions()
        sequences = replaces.keys.sorted()
    }

    /// Adds a block of the patient's: it holds no other's entries.
    private mutating func addBlock(holding sequence: UInt64) throws {
        let facts = try tenant.blocks.blockFacts(holding: sequence)
        guard keys.contains(facts.key) else {
            throw StoreError(
                code: .damaged, detail: "the block at \(facts.first) changed its key while it was looked at")
        }
        let block = try tenant.blocks.block(holding: sequence, isKept: false)
        blocks.append(facts)
        for sequence in facts.first...facts.last { try add(block.entry(sequence)) }
    }

    private mutating func add(_ entry: StoredResource) throws {
        replaces[entry.sequence] = entry.replaces ?? 0
        identities[entry.sequence] = IdentityToken(
            type: entry.type, id: entry.id, key: tenant.keys.identityKey)
        if !entry.isDeleted, try tenant.indexers.with({ try $0.patientCount(entry) }) > 1 { sharedWithOthers += 1 }
    }

    /// Adds the deletions of what is erased: they tell its type and id, and older programs sealed them under a key that
    /// stays.
    private mutating func addDeletions() throws {
        for sequence in replaces.keys.sorted() {
            guard let next = try snapshot.successor(of: sequence), replaces[next] == nil,
                !snapshot.erased.contains(next)
            else { continue }
            let entry = try tenant.blocks.entry(next)
            if entry.isDeleted { try add(entry) }
        }
        for sequence in replaces.keys {
            guard let next = try snapshot.successor(of: sequence), replaces[next] == nil else { continue }
            after.append(next)
        }
    }

    /// The erasure, not yet carried out.
    func erasure(_ kind: Erasure.Kind, at: Instant) -> Erasure {
        var erasure = Erasure(kind: kind, state: .intended, at: at)
        erasure.keys = keys.sorted()
        erasure.sequences = sequences
        erasure.after = after.sorted()
        erasure.shared = sharedWithOthers
        for sequence in sequences {
            guard let old = readable(before: sequence), let token = identities[sequence] else { continue }
            erasure.before[sequence] = old
            erasure.trails[token] = max(sequence, erasure.trails[token] ?? 0)
        }
        return erasure
    }

    private func readable(before sequence: UInt64) -> UInt64? {
        var next = replaces[sequence] ?? 0
        while next != 0 {
            if let before = replaces[next] {
                next = before
            } else if snapshot.erased.contains(next) {
                guard let before = snapshot.erased.before[next] else { return nil }
                next = before
            } else {
                return next
            }
        }
        return nil
    }
}
