internal import Audit
internal import Base
internal import BulkData

/// Writes of pulls into the audit trail.
enum PullAudit {
    enum Event {
        /// Before anything is asked for.
        case began(PullRecord)
        case ended(PullRecord)
    }

    /// The entry is durable when this returns.
    static func record(_ event: Event, _ store: MartletStore, agent: String = "martlet pull") throws {
        switch event {
        case .began(let pull):
            var entry = entry("pull", pull, agent)
            entry.detail = "from \(pull.state.order.base)"
            _ = try store.trails.record(entry, tenant: pull.tenant)
        case .ended(let pull):
            let (state, counts) = (pull.state, pull.state.counts)
            var entry = entry("pull-end", pull, agent)
            entry.outcome = state.phase == .done ? .success : .seriousFailure
            entry.detail =
                "\(state.files.count) files: \(counts.created) created, \(counts.updated) updated, "
                + "\(counts.unchanged) unchanged, \(counts.deleted) deleted, \(counts.rejected) rejected"
            _ = try store.trails.record(entry, tenant: pull.tenant)
        }
    }

    private static func entry(_ name: String, _ pull: PullRecord, _ agent: String) -> AuditEntry {
        var entry = AuditEntry(.change, .execute, name, time: SystemClock().now(), agent: agent)
        entry.resources = ["pull/\(pull.id)"]
        return entry
    }
}
