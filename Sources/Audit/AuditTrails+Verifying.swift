package import Access
internal import Base
internal import Vault

extension AuditTrails {
    /// Checks a tenant's whole trail: each batch is opened, the tree is made again, and both are held against all heads,
    /// the anchor and what is expected. Nothing is changed; entries may be added meanwhile and are not looked at then.
    /// - Parameters:
    ///   - expectation: what is known from elsewhere.
    ///   - progress: how many entries were read, and how many there are by the newest head.
    /// - Returns: what was found; a damaged trail is no error.
    /// - Throws: `AuditError.missing` if the tenant has no trail; `.storage` if a file cannot be read.
    package func verify(
        tenant: TenantName, expecting expectation: AuditExpectation = AuditExpectation(),
        progress: @escaping (_ done: UInt64, _ of: UInt64) -> Void = { _, _ in }
    ) throws -> AuditReport {
        let folder = folder(of: tenant)
        guard folder.exists else { return try reportOfMissing(folder, tenant) }
        let keys: TrailKeys
        do {
            keys = try TrailKeys.load(folder, tenant: tenant, wrapping: wrappingKey(tenant))
        } catch {
            guard error.code == .keys || error.code == .damaged else { throw error }
            var report = AuditReport()
            report.damages.append(AuditDamage(.unreadable, file: "trail.key", error.detail))
            return report
        }
        let verifier = try TrailVerifier(
            folder, keys, compression, expecting: expectation, storage: settings.storage,
            limit: { self.written(tenant) },
            progress: progress)
        return try verifier.run()
    }

    private func reportOfMissing(_ folder: TrailFolder, _ tenant: TenantName) throws -> AuditReport {
        let anchor = try HeadAnchor.load(folder, tenant)
        let starts = try folder.logStarts()
        guard anchor != nil || !starts.isEmpty else { throw AuditError(.missing, "\(tenant) has no audit trail") }
        var report = AuditReport()
        report.hasAnchor = anchor != nil
        report.damages.append(
            AuditDamage(.truncated, entry: 0, file: "trail.key", "the trail's key is missing, or all of the trail"))
        return report
    }
}
