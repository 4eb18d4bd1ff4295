/// What somebody is to a tenant. One account has one role.
package enum Role: String, Hashable, Sendable, CaseIterable {
    /// Runs the tenant: users, clients, keys, configuration. Sees no patient data by this role.
    case admin
    /// Cares for patients: sees those in their care or shared with them.
    case clinician
    /// Sees the own record, and those of patients cared for as a RelatedPerson.
    case patient
    /// Reads the audit trail.
    case auditor
    /// Exports and counts, as restrictions allow; changes nothing.
    case reporter
    /// A client system, held by its SMART scopes alone.
    case system
}
