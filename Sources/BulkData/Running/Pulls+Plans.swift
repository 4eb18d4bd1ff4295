package import Access
internal import Base
internal import Vault

extension Pulls {
    private static let plansMax = 1_000

    /// Keeps a plan, durable when this returns. Its times are the caller's to see to.
    /// - Throws: `BulkDataError.key`, `.invalid` where there are too many plans; `SQLError`, `VaultError`.
    package func plan(
        _ new: NewPull, schedule: String, timeZone: String, owner: String, tenant: TenantName
    ) throws -> PullPlan {
        if let key = new.clientKey { _ = try ClientCredential(ClientKeyFile(key)) }
        guard try store.plans(of: tenant).count < Self.plansMax else {
            throw BulkDataError(.invalid, "there are \(Self.plansMax) plans already")
        }
        let plan = PullPlan(
            id: try Self.newID(), tenant: tenant, created: clock.now(), pull: new, schedule: schedule,
            timeZone: timeZone, owner: owner)
        try store.save(plan)
        return plan
    }

    package func plans(tenant: TenantName) throws -> [PullPlan] { try store.plans(of: tenant) }

    package func plan(_ id: String, tenant: TenantName) throws -> PullPlan? {
        try store.plans(of: tenant).first { $0.id == id }
    }

    package func removePlan(_ id: String, tenant: TenantName) throws {
        try store.removePlan(id, of: tenant)
    }

    /// The key by which a server knows this installation, from the newest plan or pull that has one for it.
    func clientKey(for base: WebLocation, tenant: TenantName) throws -> [UInt8]? {
        for plan in try store.plans(of: tenant).reversed() {
            if let key = plan.pull.clientKey, plan.pull.order.base == base { return key }
        }
        let recent = try store.pulls(of: tenant, before: Instant(microseconds: .max), count: Self.recentMax)
        return recent.first { $0.clientKey != nil && $0.state.order.base == base }?.clientKey
    }

    private static let recentMax = 100

    static func newID() throws -> String {
        try SecretKey.random().withBytes { Base64URL.encode(UnsafeRawBufferPointer(rebasing: $0[..<16])) }
    }
}
