internal import Base
internal import Vault

/// Seals and hashes what is kept of one tenant's accounts. What is sealed for one place opens nowhere else.
final class TenantSeal: Sendable {
    private let sealingKey: SecretKey
    private let hashingKey: SecretKey

    convenience init(_ keys: TenantKeys) throws {
        try self.init(root: keys.indexKey.derived("martlet accounts"))
    }

    init(root: SecretKey) throws {
        sealingKey = try root.derived("sealing")
        hashingKey = try root.derived("hashing")
    }

    /// - Parameter place: table, row and column.
    func seal(_ plain: [UInt8], place: String) throws -> [UInt8] {
        let output = ByteWriter(capacity: plain.count + Sealer.overheadBytes)
        let sealer = try Sealer()
        try plain.withUnsafeBytes { plain in
            try Array(place.utf8).withUnsafeBytes { place in
                try sealer.seal(plain, key: sealingKey, context: place, into: output)
            }
        }
        return output.copy()
    }

    /// - Throws: `VaultError.notAuthentic` if it was altered or sealed for another place.
    func open(_ sealed: UnsafeRawBufferPointer, place: String) throws -> [UInt8] {
        let output = ByteWriter(capacity: sealed.count)
        defer { output.wipe() }
        let sealer = try Sealer()
        try Array(place.utf8).withUnsafeBytes { place in
            try sealer.open(sealed, key: sealingKey, context: place, into: output)
        }
        return output.copy()
    }

    /// The keyed hash of a value of one kind: 32 bytes.
    func hash(_ kind: String, _ value: [UInt8]) throws -> [UInt8] {
        try MessageAuthentication.sha256(Array(kind.utf8) + [0] + value, key: hashingKey)
    }
}
