package import Base

/// One line of the audit trail: who did what, when, from where, to whose data, why, and how it ended.
/// - Source: FHIR R4 AuditEvent; IHE Basic Audit Log Patterns (BALP) 1.1.
package struct AuditEntry: Hashable, Sendable {
    /// What kind of event it is.
    package enum Category: UInt8, Hashable, Sendable, CaseIterable {
        /// Patient data was read, searched or exported.
        case access = 1
        /// Patient data was created, changed or deleted.
        case change
        /// Something was asked for and refused.
        case denial
        /// Somebody signed in or out, or tried to; a token was given or refused.
        case authentication
        /// A key was made, rotated or shredded.
        case key
        /// Users, clients, rules or settings changed.
        case configuration
        /// A record was opened in an emergency (break-glass).
        case emergency
        /// Martlet started, stopped, or signed and checked the trail itself.
        case system
    }

    /// `AuditEvent.action`.
    package enum Action: UInt8, Hashable, Sendable, CaseIterable {
        case create = 67  // C
        case read = 82  // R
        case update = 85  // U
        case delete = 68  // D
        case execute = 69  // E
    }

    /// `AuditEvent.outcome`.
    package enum Outcome: UInt8, Hashable, Sendable, CaseIterable {
        case success = 0
        case minorFailure = 4
        case seriousFailure = 8
        case majorFailure = 12
    }

    package var category: Category
    package var action: Action
    /// What was done, in FHIR's words where it has one: `read`, `vread`, `search-type`, `history-instance`, `create`,
    /// `export`, `login`, `logout`, `purge` …
    package var event: String
    package var outcome: Outcome
    /// When it was asked for.
    package var time: Instant
    /// Who: `user/ID`, `client/ID`, or what Martlet does by itself: `martlet …`. What was claimed, where it was refused.
    package var agent: String
    /// On whose behalf, if not the agent's own.
    package var onBehalfOf: String?
    /// The role the agent had.
    package var role: String?
    /// The network address it was asked from; empty in process.
    package var address: String
    /// Why, a code of HL7's PurposeOfUse.
    package var purposeOfUse: String?
    /// The ids of the patients whose data it was, each once.
    package var patients: [String]
    /// What was touched: `Type/ID` or `Type/ID/_history/V`; no more than is told of one answer.
    package var resources: [String]
    /// The request's method and target; `nil` where there was none.
    package var request: String?
    /// The HTTP status of the answer; 0 where there was none.
    package var status: UInt16
    /// What the log of requests names it by.
    package var requestID: String
    /// The reason that was given or found; no patient's data but what the asker wrote as a reason.
    package var detail: String?

    package init(
        _ category: Category, _ action: Action, _ event: String, outcome: Outcome = .success, time: Instant,
        agent: String
    ) {
        self.category = category
        self.action = action
        self.event = event
        self.outcome = outcome
        self.time = time
        self.agent = agent
        address = ""
        patients = []
        resources = []
        status = 0
        requestID = ""
    }
}
