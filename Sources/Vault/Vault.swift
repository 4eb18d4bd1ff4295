internal import Base
package import SQLDatabase

/// The keys of all tenants: master key → tenant key → a key per patient, each wrapped by the one above.
///
/// They lie in a store of their own, apart from the data and its backups.
package final class Vault: @unchecked Sendable {
    // Safe to share: `tenants` is used under `lock`.
    private let store: any SQLDatabase
    private let masterKey: SecretKey
    private let lock = Lock()
    private var tenants: [String: TenantKeys] = [:]

    /// Opens the key store and makes its tables if they are missing.
    package init(store: any SQLDatabase, masterKey: SecretKey) throws {
        self.store = store
        self.masterKey = masterKey
        // What a shredded key's row held must not linger in a free page.
        try store.overwriteDeleted()
        try store.write { connection in
            let dialect = store.dialect
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS tenant_keys (
                  tenant_id \(dialect.integerKey), name TEXT NOT NULL UNIQUE,
                  wrapped \(dialect.bytes) NOT NULL CHECK (length(wrapped) = 60)) \(dialect.tableOptions)
                """)
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS patient_keys (
                  key_id \(dialect.growingKey), tenant_id \(dialect.integer) NOT NULL REFERENCES tenant_keys,
                  patient_token \(dialect.bytes) NOT NULL CHECK (length(patient_token) = 16),
                  wrapped \(dialect.bytes) NOT NULL CHECK (length(wrapped) = 60),
                  UNIQUE (tenant_id, patient_token)) \(dialect.tableOptions)
                """)
        }
    }

    /// The keys of a tenant, made at its first use.
    package func keys(ofTenant name: String) throws -> TenantKeys {
        try lock.withLock {
            if let known = tenants[name] { return known }
            let keys = try load(name) ?? create(name)
            tenants[name] = keys
            return keys
        }
    }

    /// The names of all tenants.
    package func tenantNames() throws -> [String] {
        var names: [String] = []
        try store.read { connection in
            try connection.query("SELECT name FROM tenant_keys ORDER BY tenant_id", []) { row in
                names.append(row.text(0))
                return true
            }
        }
        return names
    }

    private func load(_ name: String) throws -> TenantKeys? {
        var found: (id: Int64, wrapped: [UInt8])?
        try store.read { connection in
            try connection.query("SELECT tenant_id, wrapped FROM tenant_keys WHERE name = $1", [.text(name)]) { row in
                found = (row.integer(0), Array(row.blob(1)))
                return false
            }
        }
        guard let found else { return nil }
        let root = try KeyWrap.unwrap(found.wrapped, by: masterKey, context: "tenant \(name)")
        return try TenantKeys(id: found.id, root: root, store: store)
    }

    private func create(_ name: String) throws -> TenantKeys {
        let root = try SecretKey.random()
        let wrapped = try KeyWrap.wrap(root, by: masterKey, context: "tenant \(name)")
        let id = try store.write { connection in
            try connection.execute(
                "INSERT INTO tenant_keys (name, wrapped) VALUES ($1, $2)", [.text(name), .blob(wrapped)])
            var id: Int64 = 0
            try connection.query("SELECT tenant_id FROM tenant_keys WHERE name = $1", [.text(name)]) { row in
                id = row.integer(0)
                return false
            }
            return id
        }
        return try TenantKeys(id: id, root: root, store: store)
    }
}

/// Wraps a key by another: AES-256-GCM with the purpose bound to it.
enum KeyWrap {
    static func wrap(_ key: SecretKey, by wrapping: SecretKey, context: String) throws(VaultError) -> [UInt8] {
        let output = ByteWriter(capacity: 64)
        let sealer = try Sealer()
        let bound = Array(context.utf8)
        let done = key.withBytes { plain in
            bound.withUnsafeBytes { bound in
                Result { () throws(VaultError) in
                    try sealer.seal(plain, key: wrapping, context: bound, into: output)
                }
            }
        }
        try done.get()
        return output.copy()
    }

    static func unwrap(_ wrapped: [UInt8], by wrapping: SecretKey, context: String) throws(VaultError) -> SecretKey {
        let output = ByteWriter(capacity: 64)
        let sealer = try Sealer()
        let bound = Array(context.utf8)
        let done = wrapped.withUnsafeBytes { sealed in
            bound.withUnsafeBytes { bound in
                Result { () throws(VaultError) in
                    try sealer.open(sealed, key: wrapping, context: bound, into: output)
                }
            }
        }
        defer { output.wipe() }
        do {
            try done.get()
        } catch {
            throw VaultError(
                code: .notAuthentic, detail: "a key cannot be unwrapped: is this the master key of this store?",
                cause: error)
        }
        return try SecretKey(copying: output.bytes)
    }
}
