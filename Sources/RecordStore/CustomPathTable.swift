internal import SQLDatabase
internal import Vault

/// How far one path that only custom search parameters look at is indexed.
struct CustomPath: Equatable {
    enum State: Int64 {
        /// Entries up to `boundary` are still being indexed for it.
        case indexing = 1
        /// Every entry is indexed for it.
        case complete = 2
        /// It is out of use: some entries are indexed for it and others not.
        case leftBehind = 3
    }

    var state: State
    /// What lies behind this entry was indexed for the path when it was written.
    var boundary: UInt64
    /// What lies up to this entry was indexed for it later.
    var done: UInt64
}

/// The rows that tell of custom paths. A path is known by its seed, a keyed hash of what names it.
enum CustomPathTable {
    static func load(tenant: Int64, from database: any SQLDatabase) throws -> [UInt64: CustomPath] {
        var paths: [UInt64: CustomPath] = [:]
        try database.read { connection in
            let sql = "SELECT path, state, boundary_seq, done_seq FROM custom_paths WHERE tenant_id = $1"
            try connection.query(sql, [.integer(tenant)]) { row in
                guard let state = CustomPath.State(rawValue: row.integer(1)) else { return true }
                paths[UInt64(bitPattern: row.integer(0))] = CustomPath(
                    state: state, boundary: UInt64(row.integer(2)), done: UInt64(row.integer(3)))
                return true
            }
        }
        return paths
    }

    /// Notes how far paths are indexed. One that went out of use meanwhile, and perhaps came back, stays as it is.
    static func advance(
        _ paths: [UInt64: CustomPath], _ keys: TenantKeys, sealer: Sealer, on connection: any SQLConnection
    ) throws {
        for (seed, path) in paths.sorted(by: { $0.key < $1.key }) {
            try connection.execute(
                """
                UPDATE custom_paths SET state = $1, done_seq = $2
                WHERE tenant_id = $3 AND path = $4 AND state = 1 AND boundary_seq = $5
                """,
                [
                    .integer(path.state.rawValue), .integer(Int64(path.done)), .integer(keys.id),
                    .integer(Int64(bitPattern: seed)), .integer(Int64(path.boundary)),
                ])
        }
        try note(keys, sealer, on: connection)
    }

    /// Enters paths or changes what is known of them.
    static func store(
        _ paths: [UInt64: CustomPath], _ keys: TenantKeys, sealer: Sealer, on connection: any SQLConnection
    ) throws {
        for (seed, path) in paths.sorted(by: { $0.key < $1.key }) {
            try connection.execute(
                """
                INSERT INTO custom_paths (tenant_id, path, state, boundary_seq, done_seq) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (tenant_id, path) DO UPDATE SET state = excluded.state,
                  boundary_seq = excluded.boundary_seq, done_seq = excluded.done_seq
                """,
                [
                    .integer(keys.id), .integer(Int64(bitPattern: seed)), .integer(path.state.rawValue),
                    .integer(Int64(path.boundary)), .integer(Int64(path.done)),
                ])
        }
        try note(keys, sealer, on: connection)
    }

    private static func note(_ keys: TenantKeys, _ sealer: Sealer, on connection: any SQLConnection) throws {
        let rows = try sum(keys, on: connection)
        try ManifestTable.update(keys, sealer: sealer, on: connection) { $0.customPaths = rows }
    }

    /// What a tenant's rows are, for its manifest.
    static func sum(_ keys: TenantKeys, on connection: any SQLConnection) throws -> RowSum {
        var sum = RowSum()
        let sql = "SELECT path, state, boundary_seq, done_seq FROM custom_paths WHERE tenant_id = $1"
        try connection.query(sql, [.integer(keys.id)]) { row in
            sum.add((0..<4).map { UInt64(bitPattern: row.integer($0)) }, keys.markKey)
            return true
        }
        return sum
    }
}
