/// Base64 with the alphabet for URLs, without padding.
/// - Source: RFC 4648 section 5.
package enum Base64URL {
    private static let form = BitText(
        characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", width: 6)

    /// The text of bytes.
    package static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        form.encode(bytes)
    }

    /// The bytes of a text.
    /// - Returns: `nil` for anything but what `encode` makes.
    package static func decode(_ text: String) -> [UInt8]? {
        form.decode(text.utf8) { character in
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
            case UInt8(ascii: "-"): 62
            case UInt8(ascii: "_"): 63
            default: nil
            }
        }
    }
}
