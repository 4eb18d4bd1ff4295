internal import Glibc

/// A growing buffer of bytes for hot paths: no copy-on-write checks, reused after `removeAll`.
///
/// Not thread-safe. Pointers that it hands out are valid until the next write.
package final class ByteWriter {
    // No two accesses of these ever overlap: each is a load or a store of a word within one call. Checking that at run
    // time took a seventh of an ingest's time.
    @exclusivity(unchecked) @usableFromInline package var base: UnsafeMutablePointer<UInt8>
    /// How many bytes have been written.
    @exclusivity(unchecked) @usableFromInline package var count: Int
    @exclusivity(unchecked) @usableFromInline package var capacity: Int

    package init(capacity: Int = 4096) {
        let size = max(capacity, 16)
        base = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        count = 0
        self.capacity = size
    }

    deinit {
        base.deallocate()
    }

    /// The bytes written so far; valid until the next write.
    @inlinable
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count)
    }

    /// A copy of the bytes written so far.
    package func copy() -> [UInt8] {
        Array(UnsafeBufferPointer(start: base, count: count))
    }

    /// Forgets what was written and keeps the memory.
    @inlinable
    package func removeAll() {
        count = 0
    }

    /// Makes room for `extra` more bytes.
    @inlinable
    package func reserve(_ extra: Int) {
        if count + extra > capacity { grow(extra) }
    }

    @usableFromInline
    package func grow(_ extra: Int) {
        let size = max(capacity * 2, count + extra)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        memcpy(larger, base, count)
        base.deallocate()
        base = larger
        capacity = size
    }

    @inlinable
    package func write(_ byte: UInt8) {
        if count == capacity { grow(1) }
        base[count] = byte
        count += 1
    }

    @inlinable
    package func write(_ source: UnsafeRawBufferPointer) {
        reserve(source.count)
        if let start = source.baseAddress {
            UnsafeMutableRawPointer(base + count).copyMemory(from: start, byteCount: source.count)
        }
        count += source.count
    }

    @inlinable
    package func write(_ start: UnsafePointer<UInt8>, count length: Int) {
        reserve(length)
        UnsafeMutableRawPointer(base + count).copyMemory(from: start, byteCount: length)
        count += length
    }

    @inlinable
    package func write(_ text: StaticString) {
        write(text.utf8Start, count: text.utf8CodeUnitCount)
    }

    @inlinable
    package func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    /// Unsigned LEB128: seven bits a byte, least significant first; 1 to 10 bytes.
    @inlinable
    package func writeVarint(_ value: UInt64) {
        reserve(10)
        var rest = value
        while rest >= 0x80 {
            base[count] = UInt8(truncatingIfNeeded: rest) | 0x80
            count += 1
            rest >>= 7
        }
        base[count] = UInt8(truncatingIfNeeded: rest)
        count += 1
    }

    /// The bytes of a fixed-width integer, little-endian.
    @inlinable
    package func writeLittleEndian<Integer: FixedWidthInteger>(_ value: Integer) {
        withUnsafeBytes(of: value.littleEndian) { write($0) }
    }

    /// The number in decimal digits.
    @inlinable
    package func writeDecimal(_ value: Int) {
        reserve(20)
        if value < 0 { write(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = count
        repeat {
            base[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            count += 1
            rest /= 10
        } while rest > 0
        var digits = UnsafeMutableBufferPointer(start: base + start, count: count - start)
        digits.reverse()
    }
}

extension ByteWriter {
    /// Overwrites all memory with zeros and forgets what was written: for buffers that held a secret.
    package func wipe() {
        explicit_bzero(base, capacity)
        count = 0
    }
}
