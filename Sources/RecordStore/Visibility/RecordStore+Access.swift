package import Access

extension RecordStore {
    /// The rules by which a tenant's records get their labels: those that Martlet ships with until others are set. They
    /// hold from the next request on, for all that is stored, and are not kept: whoever sets them does so at each start.
    package func labelRules(_ tenant: TenantName) throws -> LabelRules {
        try self.tenant(tenant).sights.labelRules
    }

    package func setLabelRules(_ rules: LabelRules, for tenant: TenantName) throws {
        try self.tenant(tenant).sights.labelRules = rules
    }

    /// What is decided of an action on a stored version, and of the version before a deletion: for the audit trail, which
    /// tells why somebody was let in. Reads need not ask: they give nothing that is denied.
    package func decision(
        _ scope: AccessScope, _ action: AccessAction, on stored: StoredResource
    ) throws -> Decision {
        let tenant = try tenant(scope.tenant)
        guard let viewer = try tenant.viewer(scope, action) else { return .allow(.whole) }
        return try viewer.decision(action, on: stored)
    }

    /// The ids of the patients that a stored version is about, for the audit trail.
    package func patients(_ scope: AccessScope, of stored: StoredResource) throws -> Set<String> {
        let tenant = try tenant(scope.tenant)
        guard !stored.isDeleted else { return [] }
        return try tenant.indexers.with { try $0.facts(of: stored).patients }
    }
}
