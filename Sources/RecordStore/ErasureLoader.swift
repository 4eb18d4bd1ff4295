internal import Base
internal import SQLDatabase
internal import Vault

/// Finds at the start what was erased, and carries out what was about to be.
struct ErasureLoader {
    let keys: TenantKeys
    let shared: StoreParts
    let blocks: BlockSource

    /// - Returns: all that is erased, and the erasures of which something is left to do.
    func load() throws -> (erased: ErasedEntries, unfinished: [(id: Int64, erasure: Erasure)]) {
        var erased = ErasedEntries()
        var unfinished: [(id: Int64, erasure: Erasure)] = []
        var known: Set<Int64> = []
        for (id, stored) in try ErasureTable.load(keys, from: shared.database, sealers: shared.sealers) {
            var erasure = stored
            if erasure.state == .intended {
                try keys.shred(numbered: erasure.keys)
                // In case something was written between the intention and the end of the program.
                let found = try blocks.sequences(under: Set(erasure.keys))
                erasure.sequences = Set(erasure.sequences).union(found).sorted()
            }
            known.formUnion(erasure.keys)
            erased.insert(erasure)
            if erasure.state != .done { unfinished.append((id, erasure)) }
        }
        try addForeign(to: &erased, known: known)
        return (erased, unfinished)
    }

    /// Whether the index may still lead to erased entries.
    var isBehind: Bool {
        get throws {
            let erasures = try ErasureTable.load(keys, from: shared.database, sealers: shared.sealers).map(\.erasure)
            return try erasures.contains { $0.state != .done }
                || !foreignKeys(known: Set(erasures.flatMap(\.keys))).isEmpty
        }
    }

    private func foreignKeys(known: Set<Int64>) throws -> Set<Int64> {
        Set(try keys.shreddedNumbers()).subtracting(known)
    }

    /// Adds what lies under keys whose shredding this database knows nothing of: it is a copy from before a purge. Nothing
    /// of it is changed, so that it can still be put together with the keys that it belongs to.
    private func addForeign(to erased: inout ErasedEntries, known: Set<Int64>) throws {
        let foreign = try foreignKeys(known: known)
        if foreign.isEmpty { return }
        var erasure = Erasure(kind: .purge, state: .done, at: shared.clock.now())
        erasure.sequences = try blocks.sequences(under: foreign)
        if !erasure.sequences.isEmpty { erased.insert(erasure) }
    }
}
