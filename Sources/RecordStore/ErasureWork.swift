internal import Base
internal import Compression
internal import SQLDatabase
internal import Vault

/// Carries out what is left of an erasure once the keys are shredded, in steps that can be taken again.
struct ErasureWork {
    let tenant: TenantStore

    /// Entries in one transaction.
    private static let entriesMax = 2_000

    /// Takes the content out of the blocks, and the entries out of what waits for references.
    func emptyBlocks(_ erasure: Erasure) throws {
        let keys = Set(erasure.keys)
        var rest = erasure.sequences[...]
        while !rest.isEmpty {
            try tenant.checkOpen()
            let step = rest.prefix(Self.entriesMax)
            rest = rest.dropFirst(step.count)
            try tenant.awaited.erase(Array(step), of: tenant.keys, in: tenant.shared)
            var owned: [BlockFacts] = []
            var others: [(BlockFacts, Set<UInt64>)] = []
            for sequence in step {
                if let last = owned.last?.last, sequence <= last { continue }
                let facts = try tenant.blocks.blockFacts(holding: sequence)
                if keys.contains(facts.key) {
                    owned.append(facts)
                } else if others.last?.0.first == facts.first {
                    others[others.count - 1].1.insert(sequence)
                } else {
                    others.append((facts, [sequence]))
                }
            }
            try tenant.shared.database.write { connection in
                for block in owned {
                    try connection.execute(
                        "UPDATE blocks SET bytes = $1, mark = $2 WHERE position = $3",
                        [
                            .blob([]), .integer(block.mark(tenant.keys.markKey)),
                            .integer(LogPosition.position(tenant: tenant.keys.id, sequence: block.first)),
                        ])
                }
            }
            for (facts, sequences) in others { try erase(sequences, in: facts) }
        }
        tenant.shared.blockCache.removeAll()
    }

    /// Takes some entries out of a block that holds others too.
    private func erase(_ sequences: Set<UInt64>, in facts: BlockFacts) throws {
        let key = try tenant.keys.key(numbered: facts.key)
        let opened = try tenant.blocks.block(holding: facts.first, isKept: false)
        let plain = opened.erasing(sequences)
        defer { plain.wipe() }
        let compressed = try tenant.shared.compressors.with { compressor in
            try [UInt8](unsafeUninitializedCapacity: BlockCompressor.boundBytes(plain.count)) { target, count in
                count = try compressor.compress(plain.bytes, into: UnsafeMutableRawBufferPointer(target))
            }
        }
        let sealed = ByteWriter(capacity: compressed.count + Sealer.overheadBytes)
        try tenant.shared.sealers.with { sealer in
            try compressed.withUnsafeBytes { plain in
                try facts.context.withUnsafeBytes { try sealer.seal(plain, key: key, context: $0, into: sealed) }
            }
        }
        try tenant.shared.database.write { connection in
            try connection.execute(
                "UPDATE blocks SET bytes = $1, mark = $2 WHERE position = $3 AND key_id = $4",
                [
                    .bytes(sealed.bytes), .integer(facts.mark(tenant.keys.markKey)),
                    .integer(LogPosition.position(tenant: tenant.keys.id, sequence: facts.first)),
                    .integer(facts.key),
                ])
        }
    }
}
