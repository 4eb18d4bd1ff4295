import Access
import Audit
import Base

/// Keeps the entries of an audit trail in memory, and can be told to fail as a full disk does.
final class KeptTrail: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var kept: [(tenant: TenantName, entry: AuditEntry)] = []
    private var isFull = false

    /// Whether it takes nothing.
    var refuses: Bool {
        get { lock.withLock { isFull } }
        set { lock.withLock { isFull = newValue } }
    }

    func append(_ entry: AuditEntry, of tenant: TenantName) -> Bool {
        lock.withLock {
            if !isFull { kept.append((tenant, entry)) }
            return !isFull
        }
    }

    /// What was appended for a tenant, oldest first.
    func entries(of tenant: TenantName = .standard) -> [AuditEntry] {
        lock.withLock { kept.filter { $0.tenant == tenant }.map(\.entry) }
    }
}
