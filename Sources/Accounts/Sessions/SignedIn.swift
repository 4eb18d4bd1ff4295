package import Access
package import Base

/// Who a request comes from: a person with a session, or somebody on whose behalf a client acts.
package struct SignedIn: Sendable {
    /// What is still to be done before anything else may be.
    package enum Due: Int64, Hashable, Sendable {
        case nothing = 0
        /// The code of the second factor.
        case code = 1
        /// A second factor must be set up: the role needs one.
        case enrolment = 2
    }

    package var tenant: TenantName
    package var user: UserID
    /// The authority for `AccessScope`; shared by all requests of the session until something about it changes.
    package var subject: Subject
    package var displayName: String
    /// The session's public id, which is no secret.
    package var session: String
    /// What unsafe requests must repeat; `nil` where no cookie is involved.
    package var csrfToken: String?
    package var due: Due

    package init(
        tenant: TenantName, user: UserID, subject: Subject, displayName: String, session: String, csrfToken: String?,
        due: Due = .nothing
    ) {
        self.tenant = tenant
        self.user = user
        self.subject = subject
        self.displayName = displayName
        self.session = session
        self.csrfToken = csrfToken
        self.due = due
    }

    package var facts: Subject.Facts { subject.facts }
    package var role: Role { subject.facts.role }
}

/// What a user sees of a session.
package struct SessionFacts: Hashable, Sendable {
    package var id: String
    package var created: Instant
    package var seen: Instant
    /// Where it was begun from.
    package var address: String
    /// The browser or client that began it, as it calls itself.
    package var agent: String
    package var isCurrent: Bool
}
