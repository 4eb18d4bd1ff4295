internal import Base

/// The entry that says which entries were retired: the content of all before `end` may be gone, their hashes stay.
struct Retirement {
    var end: UInt64

    private static let event = "retire"
    private static let agent = "martlet audit"
    private static let prefix = "entries before "

    init(end: UInt64) {
        self.end = end
    }

    /// - Returns: `nil` if the entry is about something else.
    init?(_ entry: AuditEntry) {
        guard entry.category == .system, entry.action == .delete, entry.event == Self.event,
            entry.agent == Self.agent, let detail = entry.detail, detail.hasPrefix(Self.prefix),
            let end = UInt64(detail.dropFirst(Self.prefix.count))
        else { return nil }
        self.end = end
    }

    func entry(at time: Instant) -> AuditEntry {
        var entry = AuditEntry(.system, .delete, Self.event, time: time, agent: Self.agent)
        entry.detail = Self.prefix + String(end)
        return entry
    }
}
