internal import Base
package import SQLDatabase

/// The keys of all tenants: master key → tenant key → a key per patient, each wrapped by the one above.
///
/// They lie in a store of their own, apart from the data and its backups.
package final class Vault: @unchecked Sendable {
    // Safe to share: `tenants` and `master` are used under `lock`.
    let store: any SQLDatabase
    let lock = Lock()
    /// Held by a rotation of the master key.
    let rotation = Lock()
    var master: MasterKey
    private var tenants: [String: TenantKeys] = [:]

    /// Opens the key store, makes its tables if they are missing, and finishes a rotation of a tenant's key that was cut
    /// short. The whole of it is read and checked.
    /// - Throws: `VaultError.masterKey` if it belongs to another master key, `.damaged` if it was altered.
    package init(store: any SQLDatabase, masterKey: SecretKey) throws {
        self.store = store
        // What a shredded key's row held must not linger in a free page.
        try store.overwriteDeleted()
        try store.verify()
        try KeySchema.prepare(store)
        master = try MasterKey.entered(masterKey, in: store)
        for row in try tenantRows() {
            let keys = try open(row)
            tenants[row.name] = keys
            if try keys.isRewrapping { _ = try keys.rewrap { _, _ in } }
        }
    }

    /// The keys of a tenant, made at its first use.
    package func keys(ofTenant name: String) throws -> TenantKeys {
        try lock.withLock {
            if let known = tenants[name] { return known }
            let keys = try create(name)
            tenants[name] = keys
            return keys
        }
    }

    /// The names of all tenants.
    package func tenantNames() throws -> [String] {
        try tenantRows().map(\.name)
    }

    /// A key for one purpose, derived from the master key; another once that was rotated.
    package func derived(_ label: String) throws -> SecretKey {
        try lock.withLock { master }.key.derived(label)
    }

    /// The keys of a tenant that has some.
    func knownKeys(ofTenant name: String) -> TenantKeys? {
        lock.withLock { tenants[name] }
    }

    private func tenantRows() throws -> [TenantRow] {
        var rows: [TenantRow] = []
        let sql = "SELECT tenant_id, name, master_id, wrapped FROM tenant_keys ORDER BY tenant_id"
        try store.read { connection in
            try connection.query(sql, []) { row in
                rows.append(
                    TenantRow(
                        id: row.integer(0), name: row.text(1), master: row.integer(2), wrapped: Array(row.blob(3))))
                return true
            }
        }
        return rows
    }

    private func open(_ row: TenantRow) throws -> TenantKeys {
        let sealer = try Sealer()
        let root = try row.unwrap(by: master, sealer: sealer)
        var wrapping: [Int64: SecretKey] = [:]
        let sql = "SELECT wrapping_id, master_id, wrapped FROM wrapping_keys WHERE tenant_id = $1"
        try store.read { connection in
            try connection.query(sql, [.integer(row.id)]) { found in
                let wrapped = WrappingRow(
                    id: found.integer(0), tenant: row.id, master: found.integer(1), wrapped: Array(found.blob(2)))
                wrapping[wrapped.id] = try wrapped.unwrap(by: master, sealer: sealer)
                return true
            }
        }
        return try TenantKeys(id: row.id, root: root, wrapping: wrapping, store: store)
    }

    private func create(_ name: String) throws -> TenantKeys {
        let root = try SecretKey.random()
        let wrapping = try SecretKey.random()
        let sealer = try Sealer()
        let (id, number) = try store.write { connection in
            try connection.execute(
                "INSERT INTO tenant_keys (name, master_id, wrapped) VALUES ($1, $2, $3)",
                [.text(name), .integer(master.id), .blob([UInt8](repeating: 0, count: KeyTable.wrappedBytes))])
            var id: Int64 = 0
            try connection.query("SELECT tenant_id FROM tenant_keys WHERE name = $1", [.text(name)]) { row in
                id = row.integer(0)
                return false
            }
            let row = try TenantRow.wrapping(root, id: id, name: name, by: master, sealer: sealer)
            try row.store(on: connection)
            return (id, try WrappingRow.enter(wrapping, tenant: id, master: master, sealer: sealer, on: connection))
        }
        return try TenantKeys(id: id, root: root, wrapping: [number: wrapping], store: store)
    }
}
