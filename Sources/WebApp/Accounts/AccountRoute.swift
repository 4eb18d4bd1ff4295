package import Audit
package import HTTP

/// One method on one path of the account pages: whether it needs a session, and how it is audited.
package struct AccountRoute: Sendable {
    /// What a request must bring.
    package enum Need: Hashable, Sendable {
        case nothing
        /// A session of which something may still be due.
        case anySession
        /// A session of which the second factor may have to be set up yet.
        case beforeEnrolment
        case session
    }

    package let method: HTTPMethod
    /// A pattern of `Router`.
    package let path: String
    package let summary: String
    package let needs: Need
    /// How a request is written in the audit trail; `nil` for a page that tells nothing of anybody.
    package let event: AuditEntry.Event?
    /// Whether it hashes a password.
    let hashes: Bool
    let body: @Sendable (AccountPages, PageCall) throws -> PageAnswer

    init(
        _ method: HTTPMethod, _ path: String, _ summary: String, needs: Need = .nothing, event: AuditEntry.Event? = nil,
        hashes: Bool = false, _ body: @escaping @Sendable (AccountPages, PageCall) throws -> PageAnswer
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.needs = needs
        self.event = event
        self.hashes = hashes
        self.body = body
    }
}
