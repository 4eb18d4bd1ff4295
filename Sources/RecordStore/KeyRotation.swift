internal import Base
internal import SQLDatabase
internal import Vault

/// Seals what lies under one key of a patient anew under another. Every block keeps its place.
///
/// It goes through the log from its beginning and changes what it finds under the old key, so that it can begin anew at any
/// time.
struct KeyRotation {
    let tenant: TenantStore
    let rotation: PatientKeyRotation

    /// Rows of the log that are looked at in one step, and blocks that are sealed anew in one transaction.
    private static let rowsMax: Int64 = 4096
    private static let blocksMax = 64

    /// - Parameter progress: told up to which entry of the log all is done, and of how many.
    /// - Returns: how many blocks were sealed anew.
    /// - Throws: `StoreError.unavailable` if the store is closed before the end; the next start goes on.
    func run(progress: (UInt64, UInt64) -> Void) throws -> Int {
        let end = LogPosition.position(tenant: tenant.keys.id + 1, sequence: 0)
        let last = tenant.state.current.lastSequence
        var next = LogPosition.position(tenant: tenant.keys.id, sequence: 0)
        var count = 0
        while next < end {
            try tenant.checkOpen()
            let (positions, seen) = try find(from: next, to: end)
            for start in stride(from: 0, to: positions.count, by: Self.blocksMax) {
                try reseal(positions[start..<min(start + Self.blocksMax, positions.count)])
            }
            count += positions.count
            guard let seen else { break }
            next = seen + 1
            progress(LogPosition.sequence(seen), last)
        }
        return count
    }

    /// - Returns: the blocks under the old key among the next rows, and the last of these rows.
    private func find(from first: Int64, to end: Int64) throws -> (positions: [Int64], seen: Int64?) {
        var positions: [Int64] = []
        var seen: Int64?
        let sql = """
            SELECT position, key_id FROM blocks WHERE position >= $1 AND position < $2 ORDER BY position LIMIT $3
            """
        try tenant.shared.database.read { connection in
            try connection.query(sql, [.integer(first), .integer(end), .integer(Self.rowsMax)]) { row in
                seen = row.integer(0)
                if row.integer(1) == rotation.old { positions.append(row.integer(0)) }
                return true
            }
        }
        return (positions, seen)
    }

    private func reseal(_ positions: ArraySlice<Int64>) throws {
        let keys = tenant.keys
        let old = try keys.key(numbered: rotation.old)
        try tenant.shared.sealers.with { sealer in
            let plain = ByteWriter(capacity: LogBlock.targetBytes)
            let sealed = ByteWriter(capacity: LogBlock.targetBytes)
            try tenant.shared.database.write { connection in
                for position in positions {
                    plain.removeAll()
                    sealed.removeAll()
                    var facts: BlockFacts?
                    let sql = """
                        SELECT position, entries, key_id, committed_at, bytes FROM blocks
                        WHERE position = $1 AND key_id = $2
                        """
                    try connection.query(sql, [.integer(position), .integer(rotation.old)]) { row in
                        var found = BlockFacts(row, tenant: keys.id)
                        do {
                            try found.context.withUnsafeBytes {
                                try sealer.open(row.blob(4), key: old, context: $0, into: plain)
                            }
                        } catch {
                            throw StoreError(
                                code: .damaged, detail: "the block at \(found.first) was altered or moved",
                                cause: error)
                        }
                        found.key = rotation.new.id
                        facts = found
                        return false
                    }
                    guard let facts else { continue }
                    try facts.context.withUnsafeBytes {
                        try sealer.seal(plain.bytes, key: rotation.new.key, context: $0, into: sealed)
                    }
                    try connection.execute(
                        "UPDATE blocks SET key_id = $1, bytes = $2, mark = $3 WHERE position = $4",
                        [
                            .integer(rotation.new.id), .bytes(sealed.bytes), .integer(facts.mark(keys.markKey)),
                            .integer(position),
                        ])
                }
            }
            plain.wipe()
        }
    }
}
