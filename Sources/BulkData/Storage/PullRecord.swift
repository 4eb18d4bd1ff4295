package import Access
package import Base
internal import Vault

/// A pull as it is kept.
package struct PullRecord: Sendable {
    /// 22 characters of base64url, by chance.
    package let id: String
    package let tenant: TenantName
    package let created: Instant
    package var updated: Instant
    package var state: PullState
    /// The file with the key by which this installation proves who it is to the other server; `nil` where none is
    /// needed.
    package var clientKey: [UInt8]?
    /// Where tokens may go beside the server itself: origins such as `https://files.example`.
    package var tokenOrigins: [String]
    /// Places that may be asked though they are not public, as `AllowedAddress` reads them.
    package var allowed: [String]
    /// What the files are sealed with.
    let fileKey: SecretKey
}

/// A pull that is to begin.
package struct NewPull: Sendable {
    package var order: PullOrder
    package var clientKey: [UInt8]?
    package var tokenOrigins: [String]
    /// Places that this pull may ask though they are not public; only an operator names them.
    package var allowed: [String]
    /// Whether everything is asked for, though an earlier pull left a moment to go on from.
    package var isFull: Bool

    package init(
        _ order: PullOrder, clientKey: [UInt8]? = nil, tokenOrigins: [String] = [], allowed: [String] = [],
        isFull: Bool = false
    ) {
        self.order = order
        self.clientKey = clientKey
        self.tokenOrigins = tokenOrigins
        self.allowed = allowed
        self.isFull = isFull
    }
}
