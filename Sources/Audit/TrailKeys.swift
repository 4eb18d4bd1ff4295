package import Access
internal import Base
internal import Glibc
package import Vault

/// The 16 random bytes that tell one trail from all others.
package struct TrailID: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    package static let byteCount = 16

    /// - Returns: `nil` if it is not 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// 32 hexadecimal digits.
    package var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// The keys of one tenant's trail: what seals it and what signs its heads.
///
/// Both are random and lie in `trail.key`, sealed under a key derived from the tenant's. A new tenant key seals that one
/// file anew (`reseal`) and leaves the trail as it is.
package struct TrailKeys: Sendable {
    package let id: TrailID
    package let tenant: TenantName
    /// All keys that seal are derived from it.
    package let root: SecretKey
    package let signing: Ed25519SigningKey

    private static let magic: [UInt8] = Array("MTLAKEY1".utf8)
    private static let fileBytes = 8 + TrailID.byteCount + 2 * SecretKey.byteCount + Sealer.overheadBytes

    /// The key that seals `trail.key`.
    package static func wrappingKey(_ keys: TenantKeys) throws(VaultError) -> SecretKey {
        try keys.indexKey.derived("martlet audit trail")
    }

    /// Reads the keys of a trail.
    /// - Throws: `AuditError.missing`, `.keys`, `.storage`.
    package static func load(
        _ folder: TrailFolder, tenant: TenantName, wrapping: SecretKey
    ) throws(AuditError) -> TrailKeys {
        let bytes = try TrailFile.contents(folder.keyFile, bytesMax: 4_096)
        guard bytes.count == fileBytes, bytes.starts(with: magic),
            let id = TrailID(bytes: Array(bytes[8..<8 + TrailID.byteCount]))
        else { throw AuditError(.damaged, "\(folder.keyFile) is no key of a trail") }
        let plain = ByteWriter(capacity: 128)
        defer { plain.wipe() }
        do {
            let context = context(tenant, id)
            let sealed = Array(bytes[(8 + TrailID.byteCount)...])
            try Sealing.open(sealed, key: wrapping, context: context, into: plain)
            return try TrailKeys(id: id, tenant: tenant, plain: plain.bytes)
        } catch {
            throw AuditError(.keys, "\(folder.keyFile) does not open with the tenant's key", cause: error)
        }
    }

    /// Makes the keys of a new trail and writes them down.
    static func create(
        _ folder: TrailFolder, tenant: TenantName, wrapping: SecretKey, _ storage: any TrailStorage
    ) throws(AuditError) -> TrailKeys {
        do {
            let random = try SecretBytes.random(TrailID.byteCount)
            guard let id = TrailID(bytes: random) else { throw AuditError(.keys, "a trail's id could not be made") }
            let seed = try SecretKey.random()
            let keys = TrailKeys(
                id: id, tenant: tenant, root: try SecretKey.random(), signing: try Ed25519SigningKey(seed: seed))
            try keys.write(folder, seed: seed, wrapping: wrapping, storage)
            return keys
        } catch let error as AuditError {
            throw error
        } catch {
            throw AuditError(.keys, "the keys of a trail could not be made", cause: error)
        }
    }

    /// Seals the keys anew, for a tenant key that takes the place of another. The trail itself stays as it is.
    /// - Throws: `AuditError.keys` if `old` does not open them; nothing is changed then.
    package static func reseal(
        _ folder: TrailFolder, tenant: TenantName, from old: SecretKey, to new: SecretKey
    ) throws(AuditError) {
        let bytes = try TrailFile.contents(folder.keyFile, bytesMax: 4_096)
        guard bytes.count == fileBytes, bytes.starts(with: magic),
            let id = TrailID(bytes: Array(bytes[8..<8 + TrailID.byteCount]))
        else { throw AuditError(.damaged, "\(folder.keyFile) is no key of a trail") }
        let plain = ByteWriter(capacity: 128)
        defer { plain.wipe() }
        let sealed = ByteWriter(capacity: 128)
        do {
            let context = context(tenant, id)
            try Sealing.open(Array(bytes[(8 + TrailID.byteCount)...]), key: old, context: context, into: plain)
            try Sealing.seal(plain.bytes, key: new, context: context, into: sealed)
        } catch {
            throw AuditError(.keys, "\(folder.keyFile) does not open with the tenant's key", cause: error)
        }
        try TrailFile.replace(folder.keyFile, with: magic + id.bytes + sealed.copy(), SystemStorage())
    }

    private init(id: TrailID, tenant: TenantName, root: SecretKey, signing: Ed25519SigningKey) {
        self.id = id
        self.tenant = tenant
        self.root = root
        self.signing = signing
    }

    private init(id: TrailID, tenant: TenantName, plain: UnsafeRawBufferPointer) throws(VaultError) {
        let size = SecretKey.byteCount
        let root = try SecretKey(copying: UnsafeRawBufferPointer(rebasing: plain.prefix(size)))
        let seed = try SecretKey(copying: UnsafeRawBufferPointer(rebasing: plain.dropFirst(size)))
        self.init(id: id, tenant: tenant, root: root, signing: try Ed25519SigningKey(seed: seed))
    }

    private func write(
        _ folder: TrailFolder, seed: SecretKey, wrapping: SecretKey, _ storage: any TrailStorage
    ) throws {
        let plain = ByteWriter(capacity: 128)
        defer { plain.wipe() }
        root.withBytes { plain.write($0) }
        seed.withBytes { plain.write($0) }
        let sealed = ByteWriter(capacity: 128)
        try Sealing.seal(plain.bytes, key: wrapping, context: Self.context(tenant, id), into: sealed)
        try TrailFile.replace(folder.publicKeyFile, with: Array(signing.publicKey.pem.utf8), storage)
        try TrailFile.replace(folder.keyFile, with: Self.magic + id.bytes + sealed.copy(), storage)
    }

    private static func context(_ tenant: TenantName, _ id: TrailID) -> [UInt8] {
        Array("martlet audit key of \(tenant) \(id)".utf8)
    }

    /// The key of the log file whose first entry has this number.
    package func logKey(from first: UInt64) throws(VaultError) -> SecretKey {
        try root.derived("log \(first)")
    }

    /// The key of the index part whose first entry has this number.
    func indexKey(from first: UInt64) throws(VaultError) -> SecretKey {
        try root.derived("index \(first)")
    }

    /// The key of the tokens that patients and agents have in the index.
    func tokenKey() throws(VaultError) -> SecretKey {
        try root.derived("index tokens")
    }
}

/// Seals and opens single texts; what is done often has a `Sealer` of its own.
enum Sealing {
    static func seal(
        _ plain: UnsafeRawBufferPointer, key: SecretKey, context: [UInt8], into output: ByteWriter
    ) throws(VaultError) {
        let sealer = try Sealer()
        let done = context.withUnsafeBytes { context in
            Result { () throws(VaultError) in try sealer.seal(plain, key: key, context: context, into: output) }
        }
        try done.get()
    }

    static func open(
        _ sealed: [UInt8], key: SecretKey, context: [UInt8], into output: ByteWriter
    ) throws(VaultError) {
        let sealer = try Sealer()
        let done = sealed.withUnsafeBytes { sealed in
            context.withUnsafeBytes { context in
                Result { () throws(VaultError) in try sealer.open(sealed, key: key, context: context, into: output) }
            }
        }
        try done.get()
    }
}
