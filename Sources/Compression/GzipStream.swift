package import Base
internal import CZlib

/// Codes content as gzip piece by piece: what it writes is one member, however many pieces there are.
///
/// Not thread-safe.
package final class GzipStream {
    // On the heap: zlib refers back to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var hasEnded = false

    private static let level: Int32 = 1
    private static let windowBits: Int32 = 15 + 16

    /// - Throws: `CompressionError.noMemory`.
    package init() throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let begun = deflateInit2_(
            stream, Self.level, Z_DEFLATED, Self.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard begun == Z_OK else {
            stream.deallocate()
            throw CompressionError(code: .noMemory, detail: "zlib")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Writes the coded form of a piece, as far as it is known yet.
    /// - Throws: `CompressionError.failed`.
    package func append(_ piece: UnsafeRawBufferPointer, to writer: ByteWriter) throws(CompressionError) {
        guard !hasEnded, piece.count <= Int(UInt32.max) else {
            throw CompressionError(code: .failed, detail: "zlib: the piece cannot be coded")
        }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: piece.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(piece.count)
        try run(Z_NO_FLUSH, to: writer)
    }

    /// Writes what is left, and the end.
    /// - Throws: `CompressionError.failed`.
    package func finish(to writer: ByteWriter) throws(CompressionError) {
        guard !hasEnded else { return }
        stream.pointee.next_in = nil
        stream.pointee.avail_in = 0
        try run(Z_FINISH, to: writer)
        hasEnded = true
    }

    private func run(_ flush: Int32, to writer: ByteWriter) throws(CompressionError) {
        let room = 32 << 10
        while true {
            writer.reserve(room)
            stream.pointee.next_out = writer.base + writer.count
            stream.pointee.avail_out = UInt32(room)
            let result = deflate(stream, flush)
            writer.count += room - Int(stream.pointee.avail_out)
            guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else {
                throw CompressionError(code: .failed, detail: "zlib: the content could not be coded")
            }
            if flush == Z_FINISH ? result == Z_STREAM_END : stream.pointee.avail_out > 0 { return }
        }
    }
}
