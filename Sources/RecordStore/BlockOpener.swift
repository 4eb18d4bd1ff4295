internal import Base
internal import Compression
internal import Vault

/// Opens sealed blocks, with memory that it keeps. One a thread.
final class BlockOpener {
    private let sealer: Sealer
    private let compressor: BlockCompressor
    private var compressed = ByteWriter(capacity: 16 << 10)

    /// Memory for a larger block is given back.
    private static let keptBytesMax = 1 << 20

    init(dictionaries: Dictionaries) throws {
        sealer = try Sealer()
        compressor = try BlockCompressor(dictionaries: dictionaries)
    }

    /// The plain bytes of a sealed block.
    /// - Throws: `VaultError.notAuthentic` if it was altered or sealed with another key or context;
    ///   `CompressionError.failed` if it holds what no compressor wrote.
    func open(_ sealed: UnsafeRawBufferPointer, key: SecretKey, context: [UInt8]) throws -> CachedBytes {
        compressed.removeAll()
        defer {
            if compressed.capacity > Self.keptBytesMax { compressed = ByteWriter(capacity: 16 << 10) }
        }
        try context.withUnsafeBytes { try sealer.open(sealed, key: key, context: $0, into: compressed) }
        let size = try compressor.openedBytes(compressed.bytes, limit: LogBlock.bytesMax)
        return try CachedBytes(count: size) { try compressor.decompress(compressed.bytes, into: $0) }
    }
}
