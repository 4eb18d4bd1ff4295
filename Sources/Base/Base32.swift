/// Base32 in upper case, without padding: text that people type.
/// - Source: RFC 4648 section 6.
package enum Base32 {
    private static let form = BitText(characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", width: 5)

    /// The text of bytes.
    package static func encode(_ bytes: [UInt8]) -> String {
        form.encode(bytes)
    }

    /// The bytes of a text.
    /// - Returns: `nil` for anything but what `encode` makes.
    package static func decode(_ text: String) -> [UInt8]? {
        form.decode(text.utf8) { character in
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
            case UInt8(ascii: "2")...UInt8(ascii: "7"): UInt32(character - UInt8(ascii: "2")) + 26
            default: nil
            }
        }
    }
}
