internal import Base
internal import Vault

/// The name of an ingest: 128 random bits.
package struct IngestID: Hashable, Sendable, CustomStringConvertible {
    /// 22 characters of the URL-safe base64 alphabet.
    package let description: String

    /// - Throws: `VaultError` where the system has no random numbers.
    static func random() throws -> IngestID {
        let bytes = try SecretBytes.random(16)
        return IngestID(checked: bytes.withUnsafeBytes { Base64URL.encode($0) })
    }

    private init(checked text: String) {
        description = text
    }

    /// - Returns: `nil` if the text is not one that `description` gives.
    package init?(_ text: String) {
        guard text.utf8.count == 22, Base64URL.decode(text)?.count == 16 else { return nil }
        description = text
    }
}
