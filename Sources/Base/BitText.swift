/// Bytes as text of a few bits a character: what Base32 and Base64 have in common, without padding.
/// - Source: RFC 4648 section 3.
struct BitText {
    /// As many as a group of bits has values.
    let characters: StaticString
    /// Bits of a character.
    let width: UInt32

    /// The text of bytes; what the last character has no bits for is zero.
    @inline(__always)
    func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 8 + Int(width) - 1) / Int(width))
        let mask = UInt32(1) << width - 1
        var window: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            window = window << 8 | UInt32(byte)
            bits += 8
            while bits >= width {
                bits -= width
                text.append(characters.utf8Start[Int(window >> bits & mask)])
            }
        }
        if bits > 0 { text.append(characters.utf8Start[Int(window << (width - bits) & mask)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text.
    /// - Parameter value: of a character; `nil` for what is none.
    /// - Returns: `nil` for anything but what `encode` makes.
    @inline(__always)
    func decode(_ text: some Collection<UInt8>, _ value: (UInt8) -> UInt32?) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * Int(width) / 8)
        var window: UInt32 = 0
        var bits: UInt32 = 0
        for character in text {
            guard let value = value(character) else { return nil }
            window = window << width | value
            bits += width
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: window >> bits))
            }
        }
        guard bits < width, window & (1 << bits - 1) == 0 else { return nil }
        return bytes
    }
}
