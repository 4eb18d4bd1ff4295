/// Base32 without padding.
/// - Source: RFC 4648 section 6.
package enum Base32 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

    /// The text of bytes.
    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 8 + 4) / 5)
        var window: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            window = window << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet.utf8Start[Int(window >> bits & 31)])
            }
        }
        if bits > 0 { text.append(alphabet.utf8Start[Int(window << (5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
