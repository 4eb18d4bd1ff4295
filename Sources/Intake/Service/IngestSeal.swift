internal import Base
internal import Vault

/// Seals what is kept of one tenant's ingests. What is sealed for one place opens nowhere else.
final class IngestSeal: Sendable {
    let key: SecretKey

    init(_ keys: TenantKeys) throws {
        key = try keys.indexKey.derived("martlet ingests").derived("sealing")
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
    func open(_ sealed: UnsafeRawBufferPointer, place: String) throws -> [UInt8] {
        let output = ByteWriter(capacity: sealed.count)
        defer { output.wipe() }
        let sealer = try Sealer()
        try Array(place.utf8).withUnsafeBytes { place in
            try sealer.open(sealed, key: key, context: place, into: output)
        }
        return output.copy()
    }
}
