internal import Base
internal import CZstd

/// Compresses and opens blocks with zstd and the dictionary that ships with the program. One a thread.
///
/// The dictionary is trained on synthetic records only, never on patients' data: a trained dictionary holds pieces of
/// what it was trained on, and would keep them past an erasure.
package final class BlockCompressor {
    private let compression: OpaquePointer
    private let decompression: OpaquePointer
    private let dictionaries: Dictionaries

    /// - Parameter dictionaries: shared by all compressors of a process.
    /// - Throws: `CompressionError.noMemory`.
    package init(dictionaries: Dictionaries) throws(CompressionError) {
        guard let compression = ZSTD_createCCtx() else { throw CompressionError(code: .noMemory, detail: "zstd") }
        guard let decompression = ZSTD_createDCtx() else {
            ZSTD_freeCCtx(compression)
            throw CompressionError(code: .noMemory, detail: "zstd")
        }
        self.compression = compression
        self.decompression = decompression
        self.dictionaries = dictionaries
    }

    deinit {
        ZSTD_freeCCtx(compression)
        ZSTD_freeDCtx(decompression)
    }

    /// The largest size that `compress` may write for an input of `count` bytes.
    package static func boundBytes(_ count: Int) -> Int {
        ZSTD_compressBound(count)
    }

    /// Compresses `source` into `target`.
    /// - Returns: bytes written.
    /// - Throws: `CompressionError.failed` if the target is too small (see `boundBytes`).
    package func compress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        let size = ZSTD_compress_usingCDict(
            compression, target.baseAddress, target.count, source.baseAddress, source.count, dictionaries.forCompression
        )
        return try checked(size)
    }

    /// Opens what `compress` wrote.
    /// - Returns: bytes written to `target`.
    /// - Throws: `CompressionError.failed` if the input is damaged or does not fit.
    package func decompress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        let size = ZSTD_decompress_usingDDict(
            decompression, target.baseAddress, target.count, source.baseAddress, source.count,
            dictionaries.forDecompression)
        return try checked(size)
    }

    /// How large an input opens to, as its header says.
    /// - Throws: `CompressionError.failed` if it says nothing or more than `limit` bytes.
    package func openedBytes(
        _ source: UnsafeRawBufferPointer, limit: Int
    ) throws(CompressionError) -> Int {
        let size = ZSTD_getFrameContentSize(source.baseAddress, source.count)
        guard size <= UInt64(limit) else {
            throw CompressionError(code: .failed, detail: "the block is damaged: its size cannot be told")
        }
        return Int(size)
    }

    private func checked(_ size: Int) throws(CompressionError) -> Int {
        guard ZSTD_isError(size) == 0 else {
            throw CompressionError(code: .failed, detail: "zstd: " + String(cString: ZSTD_getErrorName(size)))
        }
        return size
    }
}

/// Why a block could not be compressed or opened.
package struct CompressionError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        case noMemory, failed
        /// What was coded is larger than allowed.
        case tooLarge
    }

    package var code: Code
    package var detail: String
    package var cause: (any Error)?

    package var description: String { detail }
}
