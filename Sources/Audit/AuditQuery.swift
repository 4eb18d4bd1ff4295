package import Base

/// Which entries are asked for; what is `nil` is any.
package struct AuditQuery: Hashable, Sendable {
    /// A patient's id.
    package var patient: String?
    /// Who did it, or on whose behalf: `user/ID`, `client/ID`.
    package var agent: String?
    /// From this moment on.
    package var from: Instant?
    /// Before this moment.
    package var to: Instant?
    package var category: AuditEntry.Category?
    package var event: String?
    package var outcome: AuditEntry.Outcome?
    package var action: AuditEntry.Action?
    package var role: String?
    package var address: String?
    package var purposeOfUse: String?
    /// What was touched: `Type/ID`, any version of it too.
    package var resource: String?
    package var requestID: String?

    package init(
        patient: String? = nil, agent: String? = nil, from: Instant? = nil, to: Instant? = nil,
        category: AuditEntry.Category? = nil, event: String? = nil, outcome: AuditEntry.Outcome? = nil
    ) {
        self.patient = patient
        self.agent = agent
        self.from = from
        self.to = to
        self.category = category
        self.event = event
        self.outcome = outcome
    }

    /// Whether an entry is one of those.
    package func matches(_ entry: AuditEntry) -> Bool {
        if let from, entry.time < from { return false }
        if let to, entry.time >= to { return false }
        if let category, entry.category != category { return false }
        if let outcome, entry.outcome != outcome { return false }
        if let action, entry.action != action { return false }
        if let event, entry.event != event { return false }
        if let agent, entry.agent != agent && entry.onBehalfOf != agent { return false }
        if let patient, !entry.patients.contains(patient) { return false }
        if let role, entry.role != role { return false }
        if let address, entry.address != address { return false }
        if let purposeOfUse, entry.purposeOfUse != purposeOfUse { return false }
        if let requestID, entry.requestID != requestID { return false }
        guard let resource else { return true }
        return entry.resources.contains { $0 == resource || $0.hasPrefix(resource + "/_history/") }
    }
}

/// An entry with its number in the trail, from 0.
package struct NumberedEntry: Hashable, Sendable {
    package let number: UInt64
    package let entry: AuditEntry

    package init(number: UInt64, entry: AuditEntry) {
        self.number = number
        self.entry = entry
    }
}

/// A piece of a query's answer, newest first.
package struct AuditPage: Sendable {
    package var entries: [NumberedEntry]
    /// Where the next piece begins: `before` of the next call; `nil` if this was the last. A piece may be shorter than
    /// asked for, and empty, and yet not the last: one call looks at no more than `AuditPage.scannedMax` entries.
    package var next: UInt64?

    package static let scannedMax = 200_000

    package init(entries: [NumberedEntry], next: UInt64?) {
        self.entries = entries
        self.next = next
    }
}
