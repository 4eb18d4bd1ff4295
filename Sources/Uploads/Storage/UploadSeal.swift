internal import Base
internal import Vault

/// Seals what a row tells of one tenant's uploads. What is sealed for one place opens nowhere else.
struct UploadSeal: Sendable {
    private let key: SecretKey

    init(_ keys: TenantKeys) throws {
        key = try keys.indexKey.derived("martlet uploads")
    }

    /// - Parameter place: table, row and column.
    func seal(_ plain: [UInt8], place: String) throws -> [UInt8] {
        let output = ByteWriter(capacity: plain.count + Sealer.overheadBytes)
        let sealer = try Sealer()
        try plain.withUnsafeBytes { plain in
            try Array(place.utf8).withUnsafeBytes { place in
                try sealer.seal(plain, key: key, context: place, into: output)
            }
        }
        return output.copy()
    }

    /// - Throws: `VaultError.notAuthentic` if it was altered or sealed for another place.
    func open(_ sealed: [UInt8], place: String) throws -> [UInt8] {
        let output = ByteWriter(capacity: sealed.count)
        defer { output.wipe() }
        let sealer = try Sealer()
        try sealed.withUnsafeBytes { sealed in
            try Array(place.utf8).withUnsafeBytes { place in
                try sealer.open(sealed, key: key, context: place, into: output)
            }
        }
        return output.copy()
    }
}
