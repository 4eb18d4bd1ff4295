package import Base

/// Immutable bytes at a fixed address, shared by reference: a body that is sent without being copied again.
///
/// Sendable because nothing writes to the memory after `init`.
package final class ByteBuffer: @unchecked Sendable {
    private let base: UnsafeMutablePointer<UInt8>
    package let count: Int

    /// Takes over what `writer` wrote, without copying; the writer is empty afterwards and may be used again.
    package init(taking writer: ByteWriter) {
        base = writer.base
        count = writer.count
        writer.base = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
        writer.capacity = 16
        writer.count = 0
    }

    /// A copy of `bytes`.
    package init(copying bytes: UnsafeRawBufferPointer) {
        base = UnsafeMutablePointer<UInt8>.allocate(capacity: max(bytes.count, 1))
        count = bytes.count
        if let start = bytes.baseAddress {
            UnsafeMutableRawPointer(base).copyMemory(from: start, byteCount: count)
        }
    }

    deinit {
        base.deallocate()
    }

    /// Lends the bytes; the address stays the same as long as this object lives.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }
}
