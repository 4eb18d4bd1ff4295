internal import Base

/// A version 4 UUID.
/// - Source: RFC 9562 section 5.4.
package struct ResourceID: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    /// Takes 122 bits of the two words and sets version and variant.
    package init(high: UInt64, low: UInt64) {
        self.high = (high & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
        self.low = (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
    }

    /// Writes the 36 characters `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx`.
    func write(into out: ByteWriter) {
        out.reserve(36)
        let target = out.base + out.count
        var offset = 0
        func put(_ word: UInt64, from start: Int, nibbles: Int) {
            for nibble in start..<start + nibbles {
                let digit = UInt8(truncatingIfNeeded: (word >> UInt64(60 - nibble * 4)) & 15)
                target[offset] = digit < 10 ? 0x30 + digit : 0x57 + digit
                offset += 1
            }
        }
        func dash() {
            target[offset] = 0x2D
            offset += 1
        }
        put(high, from: 0, nibbles: 8)
        dash()
        put(high, from: 8, nibbles: 4)
        dash()
        put(high, from: 12, nibbles: 4)
        dash()
        put(low, from: 0, nibbles: 4)
        dash()
        put(low, from: 4, nibbles: 12)
        out.count += 36
    }

    /// The 36 characters.
    package var text: String {
        let out = ByteWriter(capacity: 36)
        write(into: out)
        return String(decoding: out.bytes, as: UTF8.self)
    }
}
