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
    /// - Returns: the blocks in order; empty only where the log ends before `first`.
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
        try shared.database.read { connection in
            try connection.query(sql, bounds) { row in
                let first = LogPosition.sequence(row.integer(0))
                var opened: OpenedBlock?
                do {
                    opened = try open(row)
                } catch let error as StoreError where error.code == .shredded {}
                found.append(
                    WalkedBlock(
                        first: first, last: first + UInt64(row.integer(1)) - 1, keyNumber: row.integer(2),
                        opened: opened))
                bytes += opened?.memoryBytes ?? 0
                return bytes < bytesMax
            }
        }
        return found
    }

    /// The number of the key under which an entry lies.
    func keyNumber(holding sequence: UInt64) throws -> Int64? {
        var found: Int64?
        let sql = "SELECT key_id FROM blocks WHERE position <= $1 ORDER BY position DESC LIMIT 1"
        let position = LogPosition.position(tenant: keys.id, sequence: sequence)
        try shared.database.read { connection in
            try connection.query(sql, [.integer(position)]) { row in
                found = row.integer(0)
                return false
            }
        }
        return found
    }
}
