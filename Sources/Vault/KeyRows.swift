internal import Base
internal import SQLDatabase

/// The master key with its number in the key store.
struct MasterKey {
    let id: Int64
    let key: SecretKey

    /// The first bytes of a hash of the key, by which another is told from it.
    static func checkValue(_ key: SecretKey) throws(VaultError) -> [UInt8] {
        try key.derived("martlet master key check").withBytes { Array($0.prefix(16)) }
    }

    /// The name of a key for people: it tells nothing of the key.
    static func fingerprint(_ checkValue: [UInt8]) -> String {
        KeyText.hexadecimal(checkValue.prefix(8))
    }

    /// The key, if it is the store's, or if the store has none yet.
    /// - Throws: `VaultError.masterKey` if it is another.
    static func entered(_ key: SecretKey, in store: any SQLDatabase) throws -> MasterKey {
        let value = try checkValue(key)
        var found: (id: Int64, value: [UInt8])?
        var first: TenantRow?
        try store.read { connection in
            try connection.query("SELECT master_id, check_value FROM master_keys", []) { row in
                guard found == nil else {
                    throw VaultError(code: .damaged, detail: "the key store names two master keys")
                }
                found = (row.integer(0), Array(row.blob(1)))
                return true
            }
            let sql = "SELECT tenant_id, name, master_id, wrapped FROM tenant_keys ORDER BY tenant_id LIMIT 1"
            try connection.query(sql, []) { row in
                first = TenantRow(
                    id: row.integer(0), name: row.text(1), master: row.integer(2), wrapped: Array(row.blob(3)))
                return false
            }
        }
        if let found {
            guard found.value == value else {
                throw VaultError(
                    code: .masterKey,
                    detail: "this is not the master key of this key store: its fingerprint is \(fingerprint(value)), "
                        + "that of the store's is \(fingerprint(found.value))")
            }
            return MasterKey(id: found.id, key: key)
        }
        if let first {
            // A store of an older program, which named no master key.
            do {
                _ = try first.unwrap(by: MasterKey(id: first.master, key: key), sealer: Sealer())
            } catch {
                throw VaultError(
                    code: .masterKey, detail: "this is not the master key of this key store, or the store was altered",
                    cause: error)
            }
        }
        return MasterKey(id: try store.write { try enter(value, on: $0) }, key: key)
    }

    /// A key as a row holds it, bound to what `context` says of the row.
    func wrap(_ inner: SecretKey, context: String, sealer: Sealer) throws(VaultError) -> [UInt8] {
        try KeyWrap.wrap(inner, by: key, context: context, sealer: sealer)
    }

    /// The key that a row holds.
    /// - Parameter what: which it is, for people.
    /// - Throws: `VaultError.damaged` if this key did not wrap it for this context.
    func unwrap(_ wrapped: [UInt8], _ what: String, context: String, sealer: Sealer) throws(VaultError) -> SecretKey {
        let unwrapped = wrapped.withUnsafeBytes { wrapped in
            Result { () throws(VaultError) in
                try KeyWrap.unwrap(wrapped, by: key, context: context, sealer: sealer)
            }
        }
        switch unwrapped {
        case .success(let inner): return inner
        case .failure(let error):
            throw VaultError(code: .damaged, detail: "\(what) was altered or moved", cause: error)
        }
    }

    /// Enters a key's check value.
    /// - Returns: its number.
    static func enter(_ checkValue: [UInt8], on connection: any SQLConnection) throws -> Int64 {
        try connection.execute("INSERT INTO master_keys (check_value) VALUES ($1)", [.blob(checkValue)])
        var id: Int64 = 0
        try connection.query("SELECT MAX(master_id) FROM master_keys", []) { row in
            id = row.integer(0)
            return false
        }
        return id
    }
}

/// A tenant's root key as it is stored.
struct TenantRow {
    let id: Int64
    let name: String
    let master: Int64
    let wrapped: [UInt8]

    static func wrapping(
        _ root: SecretKey, id: Int64, name: String, by master: MasterKey, sealer: Sealer
    ) throws -> TenantRow {
        let context = context(id: id, name: name, master: master.id)
        return TenantRow(
            id: id, name: name, master: master.id, wrapped: try master.wrap(root, context: context, sealer: sealer))
    }

    func unwrap(by master: MasterKey, sealer: Sealer) throws -> SecretKey {
        try master.unwrap(
            wrapped, "the key of tenant \(id)", context: Self.context(id: id, name: name, master: self.master),
            sealer: sealer)
    }

    func store(on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE tenant_keys SET wrapped = $1, master_id = $2 WHERE tenant_id = $3",
            [.blob(wrapped), .integer(master), .integer(id)])
    }

    private static func context(id: Int64, name: String, master: Int64) -> String {
        // As older programs bound it: by the name alone.
        master == 0 ? "tenant \(name)" : "tenant \(id) under \(master) \(name)"
    }
}

/// A wrapping key as it is stored.
struct WrappingRow {
    let id: Int64
    let tenant: Int64
    let master: Int64
    let wrapped: [UInt8]

    /// Enters a new wrapping key.
    /// - Returns: its number.
    static func enter(
        _ key: SecretKey, tenant: Int64, master: MasterKey, sealer: Sealer, on connection: any SQLConnection
    ) throws -> Int64 {
        try connection.execute(
            "INSERT INTO wrapping_keys (tenant_id, master_id, wrapped) VALUES ($1, $2, $3)",
            [
                .integer(tenant), .integer(master.id), .blob([UInt8](repeating: 0, count: KeyTable.wrappedBytes)),
            ])
        var id: Int64 = 0
        try connection.query("SELECT MAX(wrapping_id) FROM wrapping_keys", []) { row in
            id = row.integer(0)
            return false
        }
        try rewrapped(key, id: id, tenant: tenant, master: master, sealer: sealer).store(on: connection)
        return id
    }

    static func rewrapped(
        _ key: SecretKey, id: Int64, tenant: Int64, master: MasterKey, sealer: Sealer
    ) throws -> WrappingRow {
        let context = context(id: id, tenant: tenant, master: master.id)
        return WrappingRow(
            id: id, tenant: tenant, master: master.id, wrapped: try master.wrap(key, context: context, sealer: sealer))
    }

    func unwrap(by master: MasterKey, sealer: Sealer) throws -> SecretKey {
        try master.unwrap(
            wrapped, "the wrapping key \(id)", context: Self.context(id: id, tenant: tenant, master: self.master),
            sealer: sealer)
    }

    func store(on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE wrapping_keys SET wrapped = $1, master_id = $2 WHERE wrapping_id = $3",
            [.blob(wrapped), .integer(master), .integer(id)])
    }

    private static func context(id: Int64, tenant: Int64, master: Int64) -> String {
        "wrapping key \(id) of tenant \(tenant) under \(master)"
    }
}
