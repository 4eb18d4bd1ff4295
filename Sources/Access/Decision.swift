/// Whether something may be done with a record, and why.
package enum Decision: Hashable, Sendable {
    case allow(Ground)
    case deny(Refusal)

    /// Why it may be done.
    package enum Ground: String, Hashable, Sendable {
        /// Martlet's own work.
        case whole
        /// The record is about no patient.
        case common
        /// The subject wrote it.
        case written
        case own, related, care
        /// A Consent names the subject.
        case shared
        /// A break-glass grant; wherever nothing else would have done.
        case emergency
        /// The role, or a system scope, reaches all patients.
        case allPatients
    }

    /// What stands against it.
    package enum Refusal: String, Hashable, Sendable {
        /// The role does not do this.
        case role
        /// The token does not cover it.
        case scope
        /// No relation to the patient.
        case relation
        /// A Consent withholds it.
        case restriction
    }

    package var isAllowed: Bool {
        if case .allow = self { return true }
        return false
    }
}
