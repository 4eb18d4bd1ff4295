package import Base
internal import SQLDatabase

/// The 128-bit keyed hash of a patient's reference, by which the key store knows a patient.
package struct PatientToken: Hashable, Sendable {
    package let low: UInt64
    package let high: UInt64

    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    var bytes: [UInt8] {
        withUnsafeBytes(of: low.littleEndian) { Array($0) } + withUnsafeBytes(of: high.littleEndian) { Array($0) }
    }
}

/// A patient's data key with its number.
package struct PatientKey: Sendable {
    /// The key's number in the key store; it stands beside what the key sealed.
    package let id: Int64
    package let key: SecretKey
}

/// The keys of one tenant.
package final class TenantKeys: @unchecked Sendable {
    // Safe to share: both caches are used under `lock`.
    /// The tenant's number.
    package let id: Int64
    /// For search tokens.
    package let tokenKey: SipKey
    /// For the tokens of resource and patient ids.
    package let identityKey: SipKey
    /// For the hashes of contents.
    package let contentKey: SipKey
    /// Seals the pages of the index.
    package let indexKey: SecretKey

    private let wrappingKey: SecretKey
    private let store: any SQLDatabase
    private let lock = Lock()
    private var keysByToken: [PatientToken: PatientKey] = [:]
    private var keysByNumber: [Int64: SecretKey] = [:]

    /// How many patients' keys are kept unwrapped in memory.
    private static let cachedKeysMax = 100_000

    init(id: Int64, root: SecretKey, store: any SQLDatabase) throws {
        self.id = id
        self.store = store
        wrappingKey = try root.derived("martlet patient keys")
        indexKey = try root.derived("martlet index pages")
        tokenKey = try Self.sipKey(root.derived("martlet search tokens"))
        identityKey = try Self.sipKey(root.derived("martlet identity tokens"))
        contentKey = try Self.sipKey(root.derived("martlet content hashes"))
    }

    private static func sipKey(_ key: SecretKey) throws -> SipKey {
        key.withBytes { bytes in
            SipKey(
                low: bytes.loadUnaligned(as: UInt64.self),
                high: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }

    /// The data keys of patients; those that have none yet get one, durable before this returns.
    package func patientKeys(_ tokens: [PatientToken]) throws -> [PatientToken: PatientKey] {
        try lock.withLock {
            var found: [PatientToken: PatientKey] = [:]
            var missing: [PatientToken] = []
            for token in tokens where found[token] == nil {
                if let known = try keysByToken[token] ?? loadKey(token) {
                    found[token] = known
                } else {
                    missing.append(token)
                }
            }
            if !missing.isEmpty {
                for (token, key) in try createKeys(Array(Set(missing))) { found[token] = key }
            }
            for (token, key) in found { remember(token, key) }
            return found
        }
    }

    /// The key with a number.
    /// - Throws: `VaultError.keyMissing` if it was shredded.
    package func key(numbered number: Int64) throws -> SecretKey {
        try lock.withLock {
            if let known = keysByNumber[number] { return known }
            var found: SecretKey?
            let sql = "SELECT wrapped, patient_token FROM patient_keys WHERE key_id = $1 AND tenant_id = $2"
            try store.read { connection in
                try connection.query(sql, [.integer(number), .integer(id)]) { row in
                    found = try KeyWrap.unwrap(Array(row.blob(0)), by: wrappingKey, context: context(row.blob(1)))
                    return false
                }
            }
            guard let found else {
                throw VaultError(code: .keyMissing, detail: "the key \(number) was shredded")
            }
            makeRoom()
            keysByNumber[number] = found
            return found
        }
    }

    private func loadKey(_ token: PatientToken) throws -> PatientKey? {
        var found: PatientKey?
        let bytes = token.bytes
        let sql = "SELECT key_id, wrapped FROM patient_keys WHERE tenant_id = $1 AND patient_token = $2"
        try store.read { connection in
            try connection.query(sql, [.integer(id), .blob(bytes)]) { row in
                let bound = bytes.withUnsafeBytes { context($0) }
                let key = try KeyWrap.unwrap(Array(row.blob(1)), by: wrappingKey, context: bound)
                found = PatientKey(id: row.integer(0), key: key)
                return false
            }
        }
        return found
    }

    private func createKeys(_ tokens: [PatientToken]) throws -> [(PatientToken, PatientKey)] {
        try store.write { connection in
            try tokens.map { token in
                let key = try SecretKey.random()
                let bytes = token.bytes
                let wrapped = try KeyWrap.wrap(key, by: wrappingKey, context: bytes.withUnsafeBytes { context($0) })
                try connection.execute(
                    "INSERT INTO patient_keys (tenant_id, patient_token, wrapped) VALUES ($1, $2, $3)",
                    [.integer(id), .blob(bytes), .blob(wrapped)])
                var number: Int64 = 0
                let sql = "SELECT key_id FROM patient_keys WHERE tenant_id = $1 AND patient_token = $2"
                try connection.query(sql, [.integer(id), .blob(bytes)]) { row in
                    number = row.integer(0)
                    return false
                }
                return (token, PatientKey(id: number, key: key))
            }
        }
    }

    private func remember(_ token: PatientToken, _ key: PatientKey) {
        makeRoom()
        keysByToken[token] = key
        keysByNumber[key.id] = key.key
    }

    private func makeRoom() {
        guard max(keysByToken.count, keysByNumber.count) >= Self.cachedKeysMax else { return }
        keysByToken.removeAll(keepingCapacity: true)
        keysByNumber.removeAll(keepingCapacity: true)
    }

    private func context(_ token: UnsafeRawBufferPointer) -> String {
        "patient of tenant \(id) \(token.map { String($0, radix: 16) }.joined(separator: "."))"
    }
}
