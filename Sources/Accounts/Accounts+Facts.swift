package import Access
internal import Base
internal import SQLDatabase

extension Accounts {
    /// What is known right now of an account (`user/ID`), for tokens that are given on its behalf.
    /// - Returns: `nil` if there is no such user, or the user or tenant is disabled.
    package func currentFacts(of account: String, tenant name: TenantName) throws -> Subject.Facts? {
        guard account.hasPrefix("user/"), let id = UserID(String(account.dropFirst("user/".count))),
            let tenant = known(name), !tenant.tenant.isDisabled,
            let user = try database.read({ try UserRow.find(id, tenant, $0) })?.user, user.state == .active
        else { return nil }
        return facts(of: user, tenant, session: "", at: clock.now())
    }
}
