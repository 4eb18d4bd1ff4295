package import Access
package import Base

/// A mail that is to be sent to a user. It holds a secret: it is for the user alone.
package struct Mail: Sendable {
    /// What the link in it is for.
    package enum Kind: Sendable {
        case invite, reset
    }

    package var kind: Kind
    package var tenant: TenantName
    package var address: String
    package var displayName: String
    package var link: Link
}

/// Takes a mail to be sent, and says whether it did. Called on a thread of the accounts; it should not wait long.
package typealias MailSender = @Sendable (Mail) -> Bool

/// A link that lets whoever has it set a password, once.
package struct Link: Sendable {
    /// What the link lets its holder do; the number is the one in the database.
    package enum Kind: Int64, Hashable, Sendable {
        /// For a user who has no password yet.
        case invite = 1
        /// For a user who forgot it.
        case reset = 2
        /// Makes the first admin of a tenant.
        case setup = 3
    }

    package var kind: Kind
    package var token: SecretToken
    /// The page that takes the token, with it.
    package var url: String
    package var expires: Instant
}
