package import Access
internal import Vault

/// A tenant as accounts know it.
package struct Tenant: Hashable, Sendable {
    package var name: TenantName
    /// What people call it; the name where nothing else was given.
    package var displayName: String
    /// Whether nobody may sign in to it.
    package var isDisabled: Bool
}

/// A tenant with its number and keys.
struct TenantRecord: Sendable {
    let id: Int64
    let seal: TenantSeal
    let rows: MarkedRows
    var tenant: Tenant
    /// What it demands of those who sign in.
    var security = SecuritySettings()

    func key(_ user: UserID) -> UserKey { UserKey(tenant: id, user: user) }
}
