internal import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// The rows of pulls: how each stands, and where the next one of its kind goes on.
struct PullStore: Sendable {
    let database: any SQLDatabase
    let vault: Vault
    let limits: PullLimits

    init(database: any SQLDatabase, vault: Vault, limits: PullLimits) throws {
        self.database = database
        self.vault = vault
        self.limits = limits
        let types = database.dialect
        try database.write { connection in
            for statement in [
                """
                CREATE TABLE IF NOT EXISTS pull_runs (
                  tenant TEXT NOT NULL, id TEXT NOT NULL CHECK (length(id) = 22), created \(types.integer) NOT NULL,
                  updated \(types.integer) NOT NULL, is_over \(types.integer) NOT NULL CHECK (is_over IN (0, 1)),
                  scope_hash \(types.bytes) NOT NULL CHECK (length(scope_hash) = 32), sealed \(types.bytes) NOT NULL,
                  PRIMARY KEY (tenant, id)) \(types.tableOptions)
                """,
                "CREATE INDEX IF NOT EXISTS pull_runs_in_time ON pull_runs (tenant, created, id)",
                """
                CREATE TABLE IF NOT EXISTS pull_moments (
                  tenant TEXT NOT NULL, scope_hash \(types.bytes) NOT NULL CHECK (length(scope_hash) = 32),
                  sealed \(types.bytes) NOT NULL, PRIMARY KEY (tenant, scope_hash)) \(types.tableOptions)
                """,
                Self.plansTable(types), Self.announcementsTable(types),
            ] {
                try connection.execute(statement)
            }
        }
    }

    func seal(_ tenant: TenantName) throws -> PullSeal {
        try PullSeal(vault.keys(ofTenant: tenant.description))
    }

    /// Writes a pull in place of what was there, durable when this returns. A pull that is done leaves the moment from
    /// which the next one goes on, in the same transaction.
    func save(_ record: PullRecord) throws {
        let seal = try seal(record.tenant)
        let scope = try seal.hash(record.state.order.scope)
        let sealed = try seal.seal(Self.encode(record), place: "pull_runs \(record.id)")
        let tenant = record.tenant.description
        var moment: [UInt8]?
        if record.state.phase == .done, record.state.order.continues, let time = record.state.transactionTime {
            moment = try seal.seal(Array(time.text.utf8), place: "pull_moments")
        }
        try database.write { connection in
            try connection.execute(
                """
                INSERT INTO pull_runs (tenant, id, created, updated, is_over, scope_hash, sealed)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (tenant, id) DO UPDATE SET updated = excluded.updated, is_over = excluded.is_over,
                  sealed = excluded.sealed
                """,
                [
                    .text(tenant), .text(record.id), .integer(record.created.microseconds),
                    .integer(record.updated.microseconds), .integer(record.state.isOver ? 1 : 0), .blob(scope),
                    .blob(sealed),
                ])
            if let moment {
                try connection.execute(
                    """
                    INSERT INTO pull_moments (tenant, scope_hash, sealed) VALUES ($1, $2, $3)
                    ON CONFLICT (tenant, scope_hash) DO UPDATE SET sealed = excluded.sealed
                    """, [.text(tenant), .blob(scope), .blob(moment)])
            }
        }
    }

    /// Where the next pull of a scope goes on; `nil` where none was ever done.
    func moment(_ scope: String, of tenant: TenantName) throws -> FHIRInstant? {
        let seal = try seal(tenant)
        var found: FHIRInstant?
        try database.read { connection in
            try connection.query(
                "SELECT sealed FROM pull_moments WHERE tenant = $1 AND scope_hash = $2",
                [.text(tenant.description), .blob(try seal.hash(scope))]
            ) { row in
                let text = try seal.open(row.blob(0), place: "pull_moments")
                found = FHIRInstant(String(decoding: text, as: UTF8.self))
                return false
            }
        }
        return found
    }

    func pull(_ id: String, of tenant: TenantName) throws -> PullRecord? {
        try select("id = $2", [.text(id)], of: tenant, count: 1).first
    }

    /// Pulls that are not over, the oldest first.
    func open(of tenant: TenantName) throws -> [PullRecord] {
        try select("is_over = 0", [], of: tenant, count: 10_000)
    }

    /// The pull of a scope that is not over.
    func open(_ scope: String, of tenant: TenantName) throws -> PullRecord? {
        let hash = try seal(tenant).hash(scope)
        return try select("is_over = 0 AND scope_hash = $2", [.blob(hash)], of: tenant, count: 1).first
    }

    /// The newest pulls before a moment, newest first.
    func pulls(of tenant: TenantName, before: Instant, count: Int) throws -> [PullRecord] {
        try select(
            "created < $2", [.integer(before.microseconds)], of: tenant, count: count, order: "created DESC, id DESC")
    }

    /// Forgets pulls that ended before a moment, and what was announced before it.
    func forget(before moment: Instant, of tenant: TenantName) throws {
        let values: [SQLValue] = [.text(tenant.description), .integer(moment.microseconds)]
        try database.write { connection in
            try connection.execute("DELETE FROM pull_runs WHERE tenant = $1 AND is_over = 1 AND updated < $2", values)
            try connection.execute("DELETE FROM pull_announcements WHERE tenant = $1 AND created < $2", values)
        }
    }

    private func select(
        _ condition: String, _ values: [SQLValue], of tenant: TenantName, count: Int, order: String = "created, id"
    ) throws -> [PullRecord] {
        let seal = try seal(tenant)
        var found: [PullRecord] = []
        try database.read { connection in
            try connection.query(
                """
                SELECT id, created, updated, sealed FROM pull_runs WHERE tenant = $1 AND \(condition)
                ORDER BY \(order) LIMIT \(count)
                """, [.text(tenant.description)] + values
            ) { row in
                let id = row.text(0)
                let plain = try seal.open(row.blob(3), place: "pull_runs \(id)")
                found.append(
                    try plain.withUnsafeBytes { bytes in
                        try Self.decode(
                            bytes, id: id, tenant: tenant, created: Instant(microseconds: row.integer(1)),
                            updated: Instant(microseconds: row.integer(2)), limits: limits)
                    })
                return true
            }
        }
        return found
    }

    private static func encode(_ record: PullRecord) -> [UInt8] {
        let state = StateWriter()
        defer { state.bytes.wipe() }
        record.fileKey.withBytes { state.bytes.write($0) }
        state.write(optional: record.clientKey) { key in
            state.write(key.count)
            key.withUnsafeBytes { state.bytes.write($0) }
        }
        state.write(list: record.tokenOrigins) { state.write($0) }
        state.write(list: record.allowed) { state.write($0) }
        let encoded = record.state.encoded()
        encoded.withUnsafeBytes { state.bytes.write($0) }
        return state.bytes.copy()
    }

    private static func decode(
        _ bytes: UnsafeRawBufferPointer, id: String, tenant: TenantName, created: Instant, updated: Instant,
        limits: PullLimits
    ) throws -> PullRecord {
        var state = StateReader(bytes)
        let fileKey = try SecretKey(copying: try state.bytes(SecretKey.byteCount))
        let clientKey = try state.optional { (state) throws(BulkDataError) in
            Array(try state.bytes(try state.number()))
        }
        let origins = try state.list { (state) throws(BulkDataError) in try state.text() }
        let allowed = try state.list { (state) throws(BulkDataError) in try state.text() }
        return PullRecord(
            id: id, tenant: tenant, created: created, updated: updated,
            state: try PullState(encoded: try state.rest(), limits: limits), clientKey: clientKey,
            tokenOrigins: origins, allowed: allowed, fileKey: fileKey)
    }
}
