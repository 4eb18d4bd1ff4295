internal import Base
internal import Vault

/// Whether two texts are the same bytes. `==` of `String` also takes different characters for the same, such as the
/// sign of Kelvin for the letter K.
func sameBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8)
}

/// A random text of base64url, 43 characters for 32 bytes.
/// - Throws: `VaultError.cryptography`.
func randomText(byteCount: Int) throws -> String {
    try SecretBytes.random(byteCount).withUnsafeBytes { Base64URL.encode($0) }
}

/// Whether a text is of the characters of base64url, and as many.
func isBase64URL(_ text: String, count: ClosedRange<Int>) -> Bool {
    count.contains(text.utf8.count)
        && text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
}
