internal import CZstd

/// The digested dictionary, shared by all threads.
package final class Dictionaries: @unchecked Sendable {
    // Safe to share: zstd's digested dictionaries are read-only.
    let forCompression: OpaquePointer
    let forDecompression: OpaquePointer

    /// - Parameters:
    ///   - dictionary: a zstd dictionary's bytes; empty for none.
    ///   - level: zstd's compression level.
    /// - Throws: `CompressionError.noMemory`.
    package init(dictionary: [UInt8], level: Int = 1) throws(CompressionError) {
        guard let forCompression = ZSTD_createCDict(dictionary, dictionary.count, Int32(level)) else {
            throw CompressionError(code: .noMemory, detail: "zstd dictionary")
        }
        guard let forDecompression = ZSTD_createDDict(dictionary, dictionary.count) else {
            ZSTD_freeCDict(forCompression)
            throw CompressionError(code: .noMemory, detail: "zstd dictionary")
        }
        self.forCompression = forCompression
        self.forDecompression = forDecompression
    }

    deinit {
        ZSTD_freeCDict(forCompression)
        ZSTD_freeDDict(forDecompression)
    }
}
