internal import Base
internal import Vault

/// An upload's id: 128 random bits as 22 characters that a path may have; tells nothing of how many there are.
package struct UploadID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    static let characterCount = 22

    /// - Returns: `nil` if the text is no such id.
    package init?(_ text: String) {
        guard text.utf8.count == Self.characterCount, Base64URL.decode(text) != nil else { return nil }
        description = text
    }

    private init(drawn text: String) {
        description = text
    }

    static func random() throws(VaultError) -> UploadID {
        UploadID(drawn: try SecretBytes.random(16).withUnsafeBytes { Base64URL.encode($0) })
    }
}
