/// Reads what `ByteWriter` wrote. Every read is bounds-checked: a short or malformed input gives `nil`, never a crash.
///
/// Borrows the bytes: they must outlive the reader.
package struct ByteReader {
    @usableFromInline package let bytes: UnsafeRawBufferPointer
    /// Where the next read starts.
    @usableFromInline package var offset: Int

    @inlinable
    package init(_ bytes: UnsafeRawBufferPointer, offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// Bytes not yet read.
    @inlinable
    package var remaining: Int { bytes.count - offset }

    @inlinable
    package mutating func readByte() -> UInt8? {
        guard offset < bytes.count else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// Unsigned LEB128; `nil` at the end or where it is longer than 64 bits.
    @inlinable @inline(__always)
    package mutating func readVarint() -> UInt64? {
        // Most are of one byte.
        if offset < bytes.count, bytes[offset] < 0x80 {
            defer { offset += 1 }
            return UInt64(bytes[offset])
        }
        return readLongVarint()
    }

    @usableFromInline
    mutating func readLongVarint() -> UInt64? {
        guard bytes.count - offset >= 8 else { return readVarintByBytes() }
        // Up to eight bytes at once: the lowest byte without its upper bit is the last, and the groups of seven bits
        // close up in three steps.
        var word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let ends = ~word & 0x8080_8080_8080_8080
        guard ends != 0 else { return readVarintByBytes() }
        word &= (ends ^ (ends &- 1)) & 0x7F7F_7F7F_7F7F_7F7F
        offset += ends.trailingZeroBitCount / 8 + 1
        word = word & 0x007F_007F_007F_007F | (word & 0x7F00_7F00_7F00_7F00) &>> 1
        word = word & 0x0000_3FFF_0000_3FFF | (word & 0x3FFF_0000_3FFF_0000) &>> 2
        return word & 0x0000_0000_0FFF_FFFF | (word & 0x0FFF_FFFF_0000_0000) &>> 4
    }

    private mutating func readVarintByBytes() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if shift == 63 && byte > 1 { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }

    /// The next `count` bytes in place.
    @inlinable
    package mutating func readBytes(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, remaining >= count else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    @inlinable
    package mutating func readLittleEndian<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer? {
        let size = MemoryLayout<Integer>.size
        guard remaining >= size else { return nil }
        defer { offset += size }
        return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}
