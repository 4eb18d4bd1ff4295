package import Base

/// What an actor may do: everything of a tenant, or what a subject's role, scopes and relations allow.
package enum Authority: Hashable, Sendable {
    /// Everything of the tenant: Martlet's own work, and its operator's at the command line.
    case whole
    /// A signed-in user or a client system.
    case subject(Subject)
}

/// A signed-in user or a client system: what is known of it when it is let in. What it may see follows from this and
/// from the records (care relations, Consents) by `decide`.
package final class Subject: Hashable, Sendable {
    /// What is known when somebody is let in.
    package struct Facts: Hashable, Sendable {
        /// The account: `user/ID` or `client/ID`.
        package var account: String
        package var role: Role
        /// The person or device in the records: `Practitioner/ID`, `Patient/ID`, `RelatedPerson/ID`; `nil` if none.
        package var fhirUser: String?
        /// The organisations it acts for: `Organization/ID`.
        package var organizations: [String] = []
        /// What its token is limited to; `nil` for a session of a person, which the role alone limits.
        package var scopes: SMARTScopes?
        /// The patient's id that a token was launched with: what `patient/` scopes are about.
        package var launchPatient: String?
        /// The account on whose behalf a client acts: `user/ID`.
        package var onBehalfOf: String?
        /// Why it asks, a code of HL7's PurposeOfUse such as `TREAT`; `nil` if it did not say.
        package var purposeOfUse: String?
        /// The ids of patients that it opened in an emergency (break-glass), as of when it was let in, and until when.
        package var emergencies: [String: Instant] = [:]
        /// The session or token, named for the audit trail; not the secret.
        package var session: String?

        /// How the log names what it writes: the account on whose behalf it acts, or its own.
        package var writer: String { onBehalfOf ?? account }

        package init(account: String, role: Role) {
            self.account = account
            self.role = role
        }
    }

    package let facts: Facts

    package init(_ facts: Facts) {
        self.facts = facts
    }

    package static func == (first: Subject, second: Subject) -> Bool {
        first === second || first.facts == second.facts
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(facts.account)
        hasher.combine(facts.session)
    }
}
