internal import Base
internal import Vault

/// A code that stands in for the second factor once: 80 random bits, written `ABCD-EFGH-IJKL-MNOP`.
enum RecoveryCode {
    private static let byteCount = 10

    static func random() throws(VaultError) -> String {
        let text = Array(Base32.encode(try SecretBytes.random(byteCount)))
        return stride(from: 0, to: text.count, by: 4).map { String(text[$0..<min($0 + 4, text.count)]) }
            .joined(separator: "-")
    }

    /// The code as it is hashed: upper case, without what people add between.
    /// - Returns: `nil` if it can be none.
    static func normalized(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 64 else { return nil }
        let bytes = Array(text.uppercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") })
        return bytes.count == byteCount * 8 / 5 ? bytes : nil
    }
}
