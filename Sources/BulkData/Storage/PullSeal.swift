internal import Base
internal import Vault

/// Seals what is kept of one tenant's pulls. What is sealed for one place opens nowhere else.
struct PullSeal: Sendable {
    private let sealingKey: SecretKey
    private let hashingKey: SecretKey

    init(_ keys: TenantKeys) throws {
        let root = try keys.indexKey.derived("martlet pulls")
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

    /// The keyed hash of a text: 32 bytes.
    func hash(_ text: String) throws -> [UInt8] {
        try MessageAuthentication.sha256(Array(text.utf8), key: hashingKey)
    }
}
