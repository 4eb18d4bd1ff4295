package import Access

/// Takes an entry for a tenant's trail and says whether it is durable. Called back once, from any thread; where it is
/// not durable, nothing of what it tells about may leave.
package typealias AuditSink = @Sendable (AuditEntry, TenantName, @escaping @Sendable (Bool) -> Void) -> Void
