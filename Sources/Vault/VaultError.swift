/// Why a key could not be had or a sealed text not be opened.
package struct VaultError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        /// The sealed bytes were altered, moved, or sealed with another key.
        case notAuthentic
        /// The key was shredded, or never was: what it sealed is unreadable for ever.
        case keyMissing
        /// The key store lacks what it must have, or holds what does not belong together.
        case damaged
        /// The master key cannot be had from its source, or is not the one of this key store.
        case masterKey
        /// A public key from outside is too short, malformed or otherwise not to be relied on.
        case weakKey
        /// Another rotation is under way.
        case busy
        /// The cryptographic library failed.
        case cryptography
        /// The key store failed.
        case storage
    }

    package var code: Code
    package var detail: String
    package var cause: (any Error)?

    package init(code: Code, detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String { detail }
}
