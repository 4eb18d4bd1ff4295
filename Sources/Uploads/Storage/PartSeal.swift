internal import Base
internal import Vault

/// How the bytes of a part are sealed: in chunks of one size, each bound to its upload, part, file and place.
///
/// The key is the upload's own, drawn at random and kept in its sealed row: when that is overwritten, what may be left of
/// the files opens for nobody.
struct PartSeal {
    static let chunkBytes = 256 << 10
    static let sealedChunkBytes = chunkBytes + Sealer.overheadBytes

    private let key: SecretKey
    /// Upload, part and file; the last eight bytes are the chunk's number.
    private var context: [UInt8]
    private let sealer: Sealer

    /// - Parameter token: of the file: so a part that was replaced can't be put back.
    init(_ id: UploadID, number: Int, token: Int64, key: SecretKey) throws(VaultError) {
        self.key = key
        sealer = try Sealer()
        let writer = ByteWriter(capacity: 64)
        writer.write(id.description)
        writer.writeLittleEndian(UInt32(truncatingIfNeeded: number))
        writer.writeLittleEndian(token)
        writer.writeLittleEndian(UInt64(0))
        context = writer.copy()
    }

    /// Appends the sealed form of a chunk.
    mutating func seal(_ plain: UnsafeRawBufferPointer, chunk: UInt64, into output: ByteWriter) throws {
        place(chunk)
        try context.withUnsafeBytes { try sealer.seal(plain, key: key, context: $0, into: output) }
    }

    /// Appends a chunk.
    /// - Throws: `VaultError.notAuthentic` if it was altered or belongs elsewhere.
    mutating func open(_ sealed: UnsafeRawBufferPointer, chunk: UInt64, into output: ByteWriter) throws {
        place(chunk)
        try context.withUnsafeBytes { try sealer.open(sealed, key: key, context: $0, into: output) }
    }

    private mutating func place(_ chunk: UInt64) {
        let start = context.count - 8
        for byte in 0..<8 { context[start + byte] = UInt8(truncatingIfNeeded: chunk >> (8 * UInt64(byte))) }
    }
}
