internal import Base
internal import Vault

/// A user's id within a tenant: 26 lower-case letters and digits, drawn at random; tells nothing of how many there are.
package struct UserID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let description: String

    static let characterCount = 26

    /// - Returns: `nil` if the text is no such id.
    package init?(_ text: String) {
        guard text.utf8.count == Self.characterCount,
            text.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x32...0x37).contains($0) })
        else { return nil }
        description = text
    }

    private init(drawn text: String) {
        description = text
    }

    static func random() throws(VaultError) -> UserID {
        UserID(drawn: Base32.encode(try SecretBytes.random(16)).lowercased())
    }

    /// By their text: the order in which users are listed.
    package static func < (left: UserID, right: UserID) -> Bool {
        left.description < right.description
    }

    /// How the audit trail and `Subject.Facts` name the account.
    package var account: String { "user/" + description }
}
