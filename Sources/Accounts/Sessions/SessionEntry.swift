internal import Access
internal import Base

/// One session in memory. Used under the lock of `SessionTable` alone.
struct SessionEntry {
    let id: String
    let owner: UserKey
    let tenant: TenantName
    let created: Instant
    var seen: Instant
    /// `seen` as the table has it.
    var savedSeen: Instant
    var due: SignedIn.Due
    var address: String
    var agent: String
    /// What requests are answered from; without a token until its secret is first seen.
    var signedIn: SignedIn
}

/// A user of a tenant, as a key.
struct UserKey: Hashable, Sendable {
    let tenant: Int64
    let user: UserID
}
