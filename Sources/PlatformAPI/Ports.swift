package import Access
package import Accounts
package import Audit

extension PlatformAPI {
    /// What this interface needs of the records and their audit trail. All of it may block.
    package struct Ports: Sendable {
        /// Entries of a tenant's audit trail, newest first: `AuditTrails.entries`.
        package var accesses:
            @Sendable (_ tenant: TenantName, _ query: AuditQuery, _ before: UInt64?, _ count: Int) throws -> AuditPage
        /// Whether somebody is the patient with this id, or cares for that patient as a RelatedPerson.
        package var isOwn: @Sendable (_ patient: String, _ person: SignedIn) throws -> Bool
        /// How people know a user or client, `user/ID` or `client/ID`; `nil` if it is not known any more.
        package var displayName: @Sendable (_ agent: String, _ tenant: TenantName) throws -> String?
        /// Has rules label a tenant's records from now on.
        package var applyLabels: @Sendable (_ rules: LabelRules, _ tenant: TenantName) throws -> Void

        package init(
            accesses:
                @escaping @Sendable (_ tenant: TenantName, _ query: AuditQuery, _ before: UInt64?, _ count: Int)
                throws -> AuditPage,
            isOwn: @escaping @Sendable (_ patient: String, _ person: SignedIn) throws -> Bool,
            displayName: @escaping @Sendable (_ agent: String, _ tenant: TenantName) throws -> String?,
            applyLabels: @escaping @Sendable (_ rules: LabelRules, _ tenant: TenantName) throws -> Void
        ) {
            self.accesses = accesses
            self.isOwn = isOwn
            self.displayName = displayName
            self.applyLabels = applyLabels
        }
    }
}
