internal import Base
internal import SQLDatabase

/// What there is to know of the keys of a tenant, without any of them.
package struct TenantKeyFacts: Sendable {
    package var tenant: String
    /// The number of the key under which patients' keys are wrapped; 0 for the one of older programs, which is derived
    /// from the tenant's root key.
    package var wrappingKey: Int64
    /// Keys of patients, the common key of what belongs to no patient included.
    package var keys: Int
    /// Keys that are being replaced.
    package var retiring: Int
    /// Keys that were destroyed.
    package var shredded: Int
}

extension Vault {
    /// The name of the master key, of 16 hexadecimal digits; it tells nothing of the key.
    package var masterKeyFingerprint: String {
        get throws { MasterKey.fingerprint(try MasterKey.checkValue(lock.withLock { master }.key)) }
    }

    /// What there is to know of every tenant's keys.
    package func keyFacts() throws -> [TenantKeyFacts] {
        try tenantNames().compactMap { name in
            guard let keys = knownKeys(ofTenant: name) else { return nil }
            return TenantKeyFacts(
                tenant: name, wrappingKey: keys.lock.withLock { keys.wrapping.current },
                keys: try keys.count(in: KeyTable.present.rawValue),
                retiring: try keys.count(in: KeyTable.retiring.rawValue), shredded: try keys.count(in: "shredded_keys"))
        }
    }
}

extension TenantKeys {
    /// How many rows of the tenant a table of keys has.
    fileprivate func count(in table: String) throws -> Int {
        var count = 0
        try store.read { connection in
            try connection.query("SELECT COUNT(*) FROM \(table) WHERE tenant_id = $1", [.integer(id)]) { row in
                count = Int(row.integer(0))
                return false
            }
        }
        return count
    }
}
