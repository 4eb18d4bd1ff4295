/// Whether two texts are the same bytes.
@inlinable
package func bytesEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    guard let first = left.baseAddress, let second = right.baseAddress else { return true }
    return compareMemory(first, second, left.count)
}

/// Whether a text is the same bytes as a literal.
@inlinable
package func bytesEqual(_ left: UnsafeRawBufferPointer, _ right: StaticString) -> Bool {
    guard left.count == right.utf8CodeUnitCount else { return false }
    guard let first = left.baseAddress else { return true }
    return compareMemory(first, UnsafeRawPointer(right.utf8Start), left.count)
}

@inlinable
func compareMemory(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
    var offset = 0
    while offset + 8 <= count {
        if left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            != right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        {
            return false
        }
        offset += 8
    }
    while offset < count {
        if left.load(fromByteOffset: offset, as: UInt8.self) != right.load(fromByteOffset: offset, as: UInt8.self) {
            return false
        }
        offset += 1
    }
    return true
}
