internal import Base
internal import SQLDatabase

extension Vault {
    /// Wraps every tenant's keys under another master key, in one transaction: before it the old key opens the store,
    /// after it the new one alone. Records are served meanwhile.
    /// - Returns: how many keys were wrapped anew.
    /// - Throws: `VaultError.busy` if another rotation is under way; nothing is changed if this throws.
    package func rotateMaster(to key: SecretKey) throws -> Int {
        try withRotation(rotation) {
            let sealer = try Sealer()
            let count = try lock.withLock {
                let old = master
                let checkValue = try MasterKey.checkValue(key)
                let (new, count) = try store.write { connection in
                    let new = MasterKey(id: try MasterKey.enter(checkValue, on: connection), key: key)
                    let count = try rewrap(from: old, to: new, sealer: sealer, on: connection)
                    try connection.execute("DELETE FROM master_keys WHERE master_id <> $1", [.integer(new.id)])
                    return (new, count)
                }
                master = new
                return count
            }
            // What the old key opens must not be left in free pages or in the journal.
            try store.compact()
            return count
        }
    }

    private func rewrap(
        from old: MasterKey, to new: MasterKey, sealer: Sealer, on connection: any SQLConnection
    ) throws -> Int {
        var roots: [TenantRow] = []
        let tenants = "SELECT tenant_id, name, master_id, wrapped FROM tenant_keys"
        try connection.query(tenants, []) { row in
            let row = TenantRow(
                id: row.integer(0), name: row.text(1), master: row.integer(2), wrapped: Array(row.blob(3)))
            let root = try row.unwrap(by: old, sealer: sealer)
            roots.append(try .wrapping(root, id: row.id, name: row.name, by: new, sealer: sealer))
            return true
        }
        var wrapping: [WrappingRow] = []
        let rows = "SELECT wrapping_id, tenant_id, master_id, wrapped FROM wrapping_keys"
        try connection.query(rows, []) { row in
            let row = WrappingRow(
                id: row.integer(0), tenant: row.integer(1), master: row.integer(2), wrapped: Array(row.blob(3)))
            let key = try row.unwrap(by: old, sealer: sealer)
            wrapping.append(try .rewrapped(key, id: row.id, tenant: row.tenant, master: new, sealer: sealer))
            return true
        }
        for row in roots { try row.store(on: connection) }
        for row in wrapping { try row.store(on: connection) }
        return roots.count + wrapping.count
    }

    /// Gives a tenant a new wrapping key, wraps every patient's key under it, a few hundred in one transaction, and
    /// destroys the old one. Records are served meanwhile. What is cut short is finished when the key store is opened
    /// again.
    /// - Parameter progress: told how many keys were wrapped anew, and of how many.
    /// - Returns: how many keys were wrapped anew; `nil` if there is no such tenant.
    /// - Throws: `VaultError.busy` if another rotation of this tenant's key is under way.
    package func rotateWrappingKey(
        ofTenant name: String, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> Int? {
        guard let keys = knownKeys(ofTenant: name) else { return nil }
        return try withRotation(keys.rotation) {
            // One that failed on the way is finished first.
            if try keys.isRewrapping { return try keys.rewrap(progress: progress) }
            let new = try SecretKey.random()
            let sealer = try Sealer()
            // The master key may not change between the two.
            try lock.withLock {
                let number = try store.write { connection in
                    try WrappingRow.enter(new, tenant: keys.id, master: master, sealer: sealer, on: connection)
                }
                keys.lock.withLock { keys.wrapping.add(new, number: number) }
            }
            return try keys.rewrap(progress: progress)
        }
    }

    /// Runs `body` unless another holds the lock.
    private func withRotation<Result>(_ gate: Lock, _ body: () throws -> Result) throws -> Result {
        guard
            let result = try gate.tryLock({ try body() })
        else { throw VaultError(code: .busy, detail: "another rotation of this key is under way") }
        return result
    }
}
