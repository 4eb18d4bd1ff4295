internal import Base
internal import SQLDatabase
internal import Vault

/// The rows that tell of erasures. They stay for ever.
enum ErasureTable {
    static func load(
        _ keys: TenantKeys, from database: any SQLDatabase, sealers: Pool<Sealer>
    ) throws -> [(id: Int64, erasure: Erasure)] {
        var found: [(id: Int64, erasure: Erasure)] = []
        let sql = "SELECT erasure_id, state, bytes FROM erasures WHERE tenant_id = $1 ORDER BY erasure_id"
        try sealers.with { sealer in
            let plain = ByteWriter(capacity: 4096)
            try database.read { connection in
                try connection.query(sql, [.integer(keys.id)]) { row in
                    plain.removeAll()
                    let id = row.integer(0)
                    do {
                        try context(keys, id, row.integer(1)).withUnsafeBytes {
                            try sealer.open(row.blob(2), key: keys.indexKey, context: $0, into: plain)
                        }
                    } catch {
                        throw StoreError(
                            code: .damaged, detail: "the record of the erasure \(id) was altered", cause: error)
                    }
                    guard let state = Erasure.State(rawValue: row.integer(1)),
                        let erasure = Erasure(plain.bytes, state: state)
                    else { throw StoreError(code: .damaged, detail: "the record of the erasure \(id) is malformed") }
                    found.append((id, erasure))
                    return true
                }
            }
        }
        return found
    }

    /// Enters an erasure.
    /// - Returns: its number.
    static func enter(
        _ erasure: Erasure, _ keys: TenantKeys, sealer: Sealer, on connection: any SQLConnection
    ) throws -> Int64 {
        try connection.execute(
            "INSERT INTO erasures (tenant_id, state, bytes) VALUES ($1, $2, $3)",
            [.integer(keys.id), .integer(erasure.state.rawValue), .blob([])])
        var id: Int64 = 0
        try connection.query("SELECT MAX(erasure_id) FROM erasures", []) { row in
            id = row.integer(0)
            return false
        }
        try store(erasure, id: id, keys, sealer: sealer, on: connection)
        return id
    }

    /// Stores an erasure in another state.
    static func store(
        _ erasure: Erasure, id: Int64, _ keys: TenantKeys, sealer: Sealer, on connection: any SQLConnection
    ) throws {
        let plain = erasure.encoded()
        let sealed = ByteWriter(capacity: plain.count + Sealer.overheadBytes)
        try context(keys, id, erasure.state.rawValue).withUnsafeBytes {
            try sealer.seal(plain.bytes, key: keys.indexKey, context: $0, into: sealed)
        }
        try connection.execute(
            "UPDATE erasures SET state = $1, bytes = $2 WHERE erasure_id = $3",
            [.integer(erasure.state.rawValue), .bytes(sealed.bytes), .integer(id)])
        try note(keys, sealer, on: connection)
    }

    static func delete(
        _ id: Int64, _ keys: TenantKeys, sealer: Sealer, on connection: any SQLConnection
    ) throws {
        try connection.execute("DELETE FROM erasures WHERE erasure_id = $1", [.integer(id)])
        try note(keys, sealer, on: connection)
    }

    private static func note(_ keys: TenantKeys, _ sealer: Sealer, on connection: any SQLConnection) throws {
        let rows = try sum(keys, on: connection)
        try ManifestTable.update(keys, sealer: sealer, on: connection) { $0.erasures = rows }
    }

    /// What a tenant's rows are, for its manifest.
    static func sum(_ keys: TenantKeys, on connection: any SQLConnection) throws -> RowSum {
        var sum = RowSum()
        let sql = "SELECT erasure_id, state FROM erasures WHERE tenant_id = $1"
        try connection.query(sql, [.integer(keys.id)]) { row in
            sum.add((0..<2).map { UInt64(bitPattern: row.integer($0)) }, keys.markKey)
            return true
        }
        return sum
    }

    private static func context(_ keys: TenantKeys, _ id: Int64, _ state: Int64) -> [UInt8] {
        Array("erasure \(keys.id) \(id) \(state)".utf8)
    }
}
