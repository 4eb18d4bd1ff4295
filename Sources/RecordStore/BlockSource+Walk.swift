internal import SQLDatabase
internal import Vault

/// A block as a walk over the log meets it.
struct WalkedBlock {
    let first: UInt64
    let last: UInt64
    let keyNumber: Int64
    /// `nil` if its key was shredded.
    let opened: OpenedBlock?
}

extension BlockSource {
    /// Some neighbouring blocks, opened; they are not kept in the cache.
    /// - Parameters:
    ///   - first: the first entry of a block.
    ///   - last: the last entry that is wanted.
    ///   - bytesMax: plain bytes after which no further block is opened.
    /// - Returns: the blocks in order, at least one.
    /// - Throws: `StoreError.damaged` if one is missing or was altered.
    func blocks(from first: UInt64, through last: UInt64, bytesMax: Int) throws -> [WalkedBlock] {
        let sql = """
            SELECT position, entries, key_id, committed_at, bytes FROM blocks WHERE position >= $1 AND position <= $2
            ORDER BY position
            """
        let bounds = [
            SQLValue.integer(LogPosition.position(tenant: keys.id, sequence: first)),
            .integer(LogPosition.position(tenant: keys.id, sequence: last)),
        ]
        var found: [WalkedBlock] = []
        var bytes = 0
        var next = first
        try shared.database.read { connection in
            try connection.query(sql, bounds) { row in
                let facts = BlockFacts(row, tenant: keys.id)
                guard facts.first == next else { throw gap(next) }
                next = facts.last + 1
                var opened: OpenedBlock?
                do {
                    opened = try open(row)
                } catch let error as StoreError where error.code == .shredded {}
                found.append(
                    WalkedBlock(first: facts.first, last: facts.last, keyNumber: facts.key, opened: opened))
                bytes += opened?.memoryBytes ?? 0
                return bytes < bytesMax
            }
        }
        if found.isEmpty || (bytes < bytesMax && next <= last) { throw gap(next) }
        return found
    }

    private func gap(_ sequence: UInt64) -> StoreError {
        StoreError(code: .damaged, detail: "the log has no block that begins with the entry \(sequence)")
    }

    /// The number of the key under which an entry lies.
    func keyNumber(holding sequence: UInt64) throws -> Int64 {
        try blockFacts(holding: sequence).key
    }
}
