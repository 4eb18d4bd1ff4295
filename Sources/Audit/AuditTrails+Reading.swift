package import Access
internal import Base
internal import Vault

extension AuditTrails {
    /// How many entries a page has, at most.
    package static let pageEntriesMax = 10_000

    /// Entries of a tenant's trail, newest first. Blocks.
    /// - Parameters:
    ///   - before: where the page before ended (`AuditPage.next`); `nil` for the newest.
    ///   - count: how many entries, at most.
    /// - Throws: `AuditError.damaged`, `.storage`, `.keys`.
    package func entries(
        tenant: TenantName, _ query: AuditQuery = AuditQuery(), before: UInt64? = nil, count: Int
    ) throws(AuditError) -> AuditPage {
        guard let trail = try existing(tenant) else { return AuditPage(entries: [], next: nil) }
        let reader = try reader(trail)
        do {
            return try reader.page(query, before: before, countMax: min(max(count, 0), Self.pageEntriesMax))
        } catch {
            throw (error as? AuditError) ?? AuditError(.keys, "the trail cannot be read", cause: error)
        }
    }

    /// One entry by its number.
    /// - Throws: `AuditError.missing` if there is none or its content was retired; `.damaged`, `.storage`, `.keys`.
    package func entry(_ number: UInt64, tenant: TenantName) throws(AuditError) -> AuditEntry {
        guard let trail = try existing(tenant) else { throw AuditError(.missing, "there is no entry \(number)") }
        return try reader(trail).entry(number).entry
    }

    /// How many entries a trail has, retired ones included, and the first whose content is there.
    package func extent(tenant: TenantName) throws(AuditError) -> (size: UInt64, retainedFrom: UInt64) {
        guard let trail = try existing(tenant) else { return (0, 0) }
        let found = try trail.reading().live.snapshot()
        return (found.size, found.retainedFrom)
    }

    func reader(_ trail: AuditTrail) throws(AuditError) -> TrailReader {
        let (live, keys) = try trail.reading()
        do {
            return try TrailReader(trail.folder, keys, live, trail.parts, compression)
        } catch {
            throw (error as? AuditError) ?? AuditError(.keys, "the trail cannot be read", cause: error)
        }
    }
}
