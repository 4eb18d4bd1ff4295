internal import Access
internal import Audit

/// What of a tenant's audit trail somebody may see.
enum TrailSight: Hashable {
    case whole
    /// What is about the own record: the patient's id.
    case own(String)

    /// - Parameter permission: what a token's scopes must allow on AuditEvents.
    /// - Returns: `nil` for whoever sees nothing of it.
    init?(_ scope: AccessScope, _ permission: SMARTPermissions) {
        guard case .subject(let subject) = scope.authority else {
            self = .whole
            return
        }
        let facts = subject.facts
        // A scope with criteria is for what meets them, which is not asked of the trail's entries.
        let contexts = facts.scopes.map { scopes in
            Set(scopes.scopes(for: TrailNumber.type, permission).filter { $0.criteria == nil }.map(\.context))
        }
        if facts.mayReadAudit, contexts?.isDisjoint(with: [.user, .system]) != true {
            self = .whole
            return
        }
        guard facts.role == .patient, let person = facts.fhirUser, person.hasPrefix("Patient/") else { return nil }
        let id = String(person.dropFirst("Patient/".count))
        if let contexts, !contexts.contains(.user), !contexts.contains(.patient) || facts.launchPatient != id {
            return nil
        }
        self = .own(id)
    }

    /// The entries that may hold something to be seen.
    func narrowed(_ query: AuditQuery) -> AuditQuery {
        guard case .own(let id) = self else { return query }
        var own = AuditQuery(patient: id, from: query.from, to: query.to)
        own.category = query.category
        own.outcome = query.outcome
        own.action = query.action
        own.event = query.event
        return own
    }

    /// What of an entry may be seen; `nil` if nothing. Of an entry about several patients each sees that it is about the
    /// own record, and nothing that may tell of the others.
    func shown(_ entry: AuditEntry) -> AuditEntry? {
        guard case .own(let id) = self else { return entry }
        guard entry.patients.contains(id) else { return nil }
        var shown = entry
        shown.address = ""
        guard entry.patients.count > 1 else { return shown }
        shown.patients = [id]
        shown.resources = []
        shown.request = nil
        shown.detail = nil
        return shown
    }
}
