package import Base
internal import CZlib
internal import CZstd

/// Codes and decodes the content of messages, in memory that it keeps. Not thread-safe: one a thread.
package final class ContentCoder {
    private let compression: OpaquePointer
    private let decompression: OpaquePointer
    private var block = [UInt8](repeating: 0, count: 64 << 10)

    /// The largest window that a zstd frame may ask for, as a power of two: 8 MiB, what RFC 8878 tells to support.
    private static let windowLogMax: Int32 = 23
    private static let zstdLevel: Int32 = 1
    private static let gzipLevel: Int32 = 1
    /// zlib's window of 32 KiB, with gzip's header and trailer.
    private static let gzipWindowBits: Int32 = 15 + 16

    /// - Throws: `CompressionError.noMemory`.
    package init() throws(CompressionError) {
        guard let compression = ZSTD_createCCtx() else { throw CompressionError(code: .noMemory, detail: "zstd") }
        guard let decompression = ZSTD_createDCtx() else {
            ZSTD_freeCCtx(compression)
            throw CompressionError(code: .noMemory, detail: "zstd")
        }
        ZSTD_CCtx_setParameter(compression, ZSTD_c_compressionLevel, Self.zstdLevel)
        ZSTD_CCtx_setParameter(compression, ZSTD_c_checksumFlag, 1)
        ZSTD_DCtx_setParameter(decompression, ZSTD_d_windowLogMax, Self.windowLogMax)
        self.compression = compression
        self.decompression = decompression
    }

    deinit {
        ZSTD_freeCCtx(compression)
        ZSTD_freeDCtx(decompression)
    }

    // MARK: Coding

    /// Writes content in a coding.
    /// - Throws: `CompressionError.failed`, `.noMemory`.
    package func encode(
        _ content: UnsafeRawBufferPointer, as coding: ContentCoding, to writer: ByteWriter
    ) throws(CompressionError) {
        switch coding {
        case .zstd:
            let room = ZSTD_compressBound(content.count)
            writer.reserve(room)
            let size = ZSTD_compress2(
                compression, writer.base + writer.count, room, content.baseAddress, content.count)
            guard ZSTD_isError(size) == 0 else { throw Self.failed(size) }
            writer.count += size
        case .gzip: try deflate(content, to: writer)
        }
    }

    private func deflate(_ content: UnsafeRawBufferPointer, to writer: ByteWriter) throws(CompressionError) {
        var stream = z_stream()
        guard content.count <= Int(UInt32.max) else {
            throw CompressionError(code: .failed, detail: "the content is too large for gzip")
        }
        let begun = deflateInit2_(
            &stream, Self.gzipLevel, Z_DEFLATED, Self.gzipWindowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard begun == Z_OK else { throw CompressionError(code: .noMemory, detail: "zlib") }
        defer { deflateEnd(&stream) }
        let room = Int(deflateBound(&stream, UInt(content.count)))
        writer.reserve(room)
        stream.next_in = UnsafeMutablePointer(
            mutating: content.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(content.count)
        stream.next_out = writer.base + writer.count
        stream.avail_out = UInt32(clamping: room)
        guard CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END else {
            throw CompressionError(code: .failed, detail: "zlib: the content could not be coded")
        }
        writer.count += Int(stream.total_out)
    }

    // MARK: Decoding

    /// Writes what coded content stands for.
    /// - Parameter bytesMax: how much that may be.
    /// - Throws: `CompressionError.failed` if it is damaged, cut off or followed by something else, `.tooLarge`.
    package func decode(
        _ coded: UnsafeRawBufferPointer, as coding: ContentCoding, bytesMax: Int, to writer: ByteWriter
    ) throws(CompressionError) {
        let start = writer.count
        switch coding {
        case .zstd: try decodeZstd(coded, limit: start + bytesMax, to: writer)
        case .gzip: try inflate(coded, limit: start + bytesMax, to: writer)
        }
    }

    private func decodeZstd(
        _ coded: UnsafeRawBufferPointer, limit: Int, to writer: ByteWriter
    ) throws(CompressionError) {
        ZSTD_DCtx_reset(decompression, ZSTD_reset_session_only)
        var input = ZSTD_inBuffer(src: coded.baseAddress, size: coded.count, pos: 0)
        var left = 1
        while input.pos < input.size || left != 0 {
            let before = input.pos
            let (size, count) = block.withUnsafeMutableBytes { room in
                var output = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
                let size = ZSTD_decompressStream(decompression, &output, &input)
                return (size, output.pos)
            }
            guard ZSTD_isError(size) == 0 else { throw Self.failed(size) }
            try take(count, limit: limit, to: writer)
            left = size
            guard input.pos > before || count > 0 else {
                throw CompressionError(code: .failed, detail: "the content ends too early")
            }
        }
    }

    private func inflate(
        _ coded: UnsafeRawBufferPointer, limit: Int, to writer: ByteWriter
    ) throws(CompressionError) {
        var stream = z_stream()
        guard coded.count <= Int(UInt32.max) else { throw CompressionError(code: .tooLarge, detail: "too large") }
        let begun = inflateInit2_(
            &stream, Self.gzipWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard begun == Z_OK else { throw CompressionError(code: .noMemory, detail: "zlib") }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: coded.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(coded.count)
        var hasEnded = false
        while !hasEnded || stream.avail_in > 0 {
            // A gzip file may have several members, one after another.
            if hasEnded, inflateReset(&stream) != Z_OK {
                throw CompressionError(code: .failed, detail: "zlib: the content is damaged")
            }
            let (result, count) = block.withUnsafeMutableBufferPointer { room in
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                let result = CZlib.inflate(&stream, Z_NO_FLUSH)
                return (result, room.count - Int(stream.avail_out))
            }
            try take(count, limit: limit, to: writer)
            switch result {
            case Z_STREAM_END: hasEnded = true
            case Z_OK: hasEnded = false
            case Z_BUF_ERROR: throw CompressionError(code: .failed, detail: "the content ends too early")
            default: throw CompressionError(code: .failed, detail: "zlib: the content is damaged")
            }
        }
    }

    private func take(_ count: Int, limit: Int, to writer: ByteWriter) throws(CompressionError) {
        guard writer.count + count <= limit else {
            throw CompressionError(code: .tooLarge, detail: "the content is larger than allowed once it is decoded")
        }
        block.withUnsafeBytes { writer.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    private static func failed(_ size: Int) -> CompressionError {
        CompressionError(code: .failed, detail: "zstd: " + String(cString: ZSTD_getErrorName(size)))
    }
}
