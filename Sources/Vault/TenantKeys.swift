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

    /// - Parameter bytes: 16 of them, as `bytes` gives them.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        low = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        high = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
}

/// A patient's data key with its number.
package struct PatientKey: Sendable {
    /// The key's number in the key store; it stands beside what the key sealed.
    package let id: Int64
    package let key: SecretKey
}

/// The keys of one tenant.
///
/// What the tenant's root key derives (index, token and hash keys) stays for the tenant's life. The keys that wrap
/// patients' keys are others, so that they can be rotated.
package final class TenantKeys: @unchecked Sendable {
    // Safe to share: the caches and the wrapping keys are used under `lock`.
    /// The tenant's number.
    package let id: Int64
    /// For search tokens.
    package let tokenKey: SipKey
    /// For the tokens of resource and patient ids.
    package let identityKey: SipKey
    /// For the hashes of contents.
    package let contentKey: SipKey
    /// For what proves that a number stands where it was written.
    package let markKey: SipKey
    /// Seals the pages of the index.
    package let indexKey: SecretKey

    let store: any SQLDatabase
    let lock = Lock()
    /// Held by a rotation of the wrapping key.
    let rotation = Lock()
    /// Proves that a key was destroyed on purpose.
    let shreddingKey: SecretKey
    var wrapping: WrappingKeys
    var keysByToken: [PatientToken: PatientKey] = [:]
    var keysByNumber: [Int64: SecretKey] = [:]

    /// How many patients' keys are kept unwrapped in memory.
    private static let cachedKeysMax = 100_000

    /// - Parameter wrapping: the stored wrapping keys by their numbers.
    init(id: Int64, root: SecretKey, wrapping: [Int64: SecretKey], store: any SQLDatabase) throws {
        self.id = id
        self.store = store
        self.wrapping = WrappingKeys(tenant: id, derived: try root.derived("martlet patient keys"), stored: wrapping)
        indexKey = try root.derived("martlet index pages")
        shreddingKey = try root.derived("martlet shredded keys")
        tokenKey = try Self.sipKey(root.derived("martlet search tokens"))
        identityKey = try Self.sipKey(root.derived("martlet identity tokens"))
        contentKey = try Self.sipKey(root.derived("martlet content hashes"))
        markKey = try Self.sipKey(root.derived("martlet marks"))
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

    /// The data key of a patient; `nil` if there is none.
    package func patientKey(_ token: PatientToken) throws -> PatientKey? {
        try lock.withLock { try keysByToken[token] ?? loadKey(token) }
    }

    /// The key with a number.
    /// - Throws: `VaultError.keyMissing` if it was shredded, `.damaged` if it is gone without having been.
    package func key(numbered number: Int64) throws -> SecretKey {
        try lock.withLock {
            if let known = keysByNumber[number] { return known }
            let sealer = try Sealer()
            var found: SecretKey?
            var isShredded = false
            try store.read { connection in
                isShredded = try self.isShredded(number, on: connection, sealer: sealer)
                if isShredded { return }
                for table in KeyTable.allCases where found == nil {
                    let sql = """
                        SELECT wrapped, patient_token, wrapping_id FROM \(table.rawValue)
                        WHERE key_id = $1 AND tenant_id = $2
                        """
                    try connection.query(sql, [.integer(number), .integer(id)]) { row in
                        found = try wrapping.unwrap(
                            row.blob(0), key: number, token: row.blob(1), wrapping: row.integer(2), sealer: sealer)
                        return false
                    }
                }
            }
            if isShredded { throw VaultError(code: .keyMissing, detail: "the key \(number) was shredded") }
            guard let found else {
                throw VaultError(
                    code: .damaged,
                    detail: "the key store has no key \(number), and no record of its shredding: is it an older copy?")
            }
            makeRoom()
            keysByNumber[number] = found
            return found
        }
    }

    /// The patient that a key belongs to; `nil` if it was shredded.
    package func patient(ofKey number: Int64) throws -> PatientToken? {
        var found: PatientToken?
        try store.read { connection in
            for table in KeyTable.allCases where found == nil {
                let sql = "SELECT patient_token FROM \(table.rawValue) WHERE key_id = $1 AND tenant_id = $2"
                try connection.query(sql, [.integer(number), .integer(id)]) { row in
                    found = PatientToken(row.blob(0))
                    return false
                }
            }
        }
        return found
    }

    private func loadKey(_ token: PatientToken) throws -> PatientKey? {
        var found: PatientKey?
        let bytes = token.bytes
        let sql = "SELECT key_id, wrapped, wrapping_id FROM patient_keys WHERE tenant_id = $1 AND patient_token = $2"
        let sealer = try Sealer()
        try store.read { connection in
            try connection.query(sql, [.integer(id), .blob(bytes)]) { row in
                let number = row.integer(0)
                let key = try bytes.withUnsafeBytes {
                    try wrapping.unwrap(row.blob(1), key: number, token: $0, wrapping: row.integer(2), sealer: sealer)
                }
                found = PatientKey(id: number, key: key)
                return false
            }
            if let found, try isShredded(found.id, on: connection, sealer: sealer) {
                throw VaultError(code: .damaged, detail: "the key \(found.id) was shredded, and yet is there")
            }
        }
        return found
    }

    private func createKeys(_ tokens: [PatientToken]) throws -> [(PatientToken, PatientKey)] {
        let sealer = try Sealer()
        return try store.write { connection in
            try tokens.map { ($0, try createKey($0, on: connection, sealer: sealer)) }
        }
    }

    /// Enters a new key of a patient that has none.
    func createKey(
        _ token: PatientToken, on connection: any SQLConnection, sealer: Sealer
    ) throws -> PatientKey {
        let key = try SecretKey.random()
        let bytes = token.bytes
        // The number is bound to the wrapping and not known before.
        try connection.execute(
            "INSERT INTO patient_keys (tenant_id, patient_token, wrapped, wrapping_id) VALUES ($1, $2, $3, $4)",
            [
                .integer(id), .blob(bytes), .blob([UInt8](repeating: 0, count: KeyTable.wrappedBytes)),
                .integer(wrapping.current),
            ])
        var number: Int64 = 0
        let sql = "SELECT key_id FROM patient_keys WHERE tenant_id = $1 AND patient_token = $2"
        try connection.query(sql, [.integer(id), .blob(bytes)]) { row in
            number = row.integer(0)
            return false
        }
        guard try !isShredded(number, on: connection, sealer: sealer) else {
            throw VaultError(code: .damaged, detail: "the key store gives the number \(number) a second time")
        }
        let wrapped = try wrapping.wrap(key, number: number, token: token, sealer: sealer)
        try connection.execute(
            "UPDATE patient_keys SET wrapped = $1 WHERE key_id = $2", [.blob(wrapped), .integer(number)])
        return PatientKey(id: number, key: key)
    }

    /// Keeps a key at hand. Under `lock`.
    func remember(_ token: PatientToken, _ key: PatientKey) {
        makeRoom()
        keysByToken[token] = key
        keysByNumber[key.id] = key.key
    }

    private func makeRoom() {
        guard max(keysByToken.count, keysByNumber.count) >= Self.cachedKeysMax else { return }
        keysByToken.removeAll(keepingCapacity: true)
        keysByNumber.removeAll(keepingCapacity: true)
    }
}

/// Where wrapped keys of patients lie.
enum KeyTable: String, CaseIterable {
    /// The key under which a patient's new entries are sealed.
    case present = "patient_keys"
    /// The key before it, until nothing is sealed under it any more.
    case retiring = "retiring_keys"

    static let wrappedBytes = SecretKey.byteCount + Sealer.overheadBytes
}
