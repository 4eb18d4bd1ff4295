/// What a route takes of whoever asks, before any record is looked at. What of the records is then seen or changed is
/// decided record by record.
package enum AccessNeed: Hashable, Sendable {
    /// Nothing: the route tells everybody the same, and nothing of any tenant.
    case nothing
    /// To have been let in: the route tells nothing of any record, or its parts are decided each by itself.
    case admission
    /// To be allowed this on resources of a type: the one that the path names where `type` is `nil`.
    case records(SMARTPermissions, type: String? = nil)
    /// To be allowed this on resources of whatever type: what is found is limited to those that the scope is for.
    case anyRecords(SMARTPermissions)
    /// To export in bulk.
    case export
    /// To have asked for what is named: an answer that is made later.
    case ownership
    /// To run the tenant.
    case administration
    /// To read the audit trail.
    case audit
}

/// Whether a route is open to somebody.
package enum AdmissionDecision: Hashable, Sendable {
    case allow
    /// Why not, in words for the one who asks.
    case deny(String)
}

extension Authority {
    /// Whether a route may be tried at all by whoever holds this authority.
    /// - Parameter type: the resource type that the path names.
    package func decide(_ need: AccessNeed, type: String?) -> AdmissionDecision {
        guard case .subject(let subject) = self else { return .allow }
        let facts = subject.facts
        switch need {
        case .nothing, .admission, .ownership: return .allow
        case .records(let permissions, let fixed):
            guard let type = fixed ?? type else { return .deny("The request names no resource type.") }
            return facts.decide(permissions, on: type)
        case .anyRecords(let permissions):
            guard let scopes = facts.scopes else { return facts.roleDecides(permissions) }
            return scopes.clinical.contains { $0.permissions.isSuperset(of: permissions) }
                ? facts.roleDecides(permissions)
                : .deny("No scope of the token allows \(permissions.text) on anything.")
        case .export: return facts.decidesExport()
        case .administration:
            return facts.role == .admin && facts.scopes == nil
                ? .allow : .deny("Only a signed-in administrator may do this.")
        case .audit:
            return facts.mayReadAudit ? .allow : .deny("Only auditors and administrators read the audit trail.")
        }
    }
}

extension Subject.Facts {
    /// Whether the whole audit trail of the tenant may be read.
    package var mayReadAudit: Bool {
        switch role {
        case .admin, .auditor: scopes.map { !$0.scopes(for: "AuditEvent", [.read, .search]).isEmpty } ?? true
        case .system:
            scopes?.scopes(for: "AuditEvent", [.read, .search]).contains { $0.context == .system && $0.criteria == nil }
                ?? false
        case .clinician, .patient, .reporter: false
        }
    }

    fileprivate func decide(_ permissions: SMARTPermissions, on type: String) -> AdmissionDecision {
        if let scopes, scopes.scopes(for: type, permissions).isEmpty {
            return .deny("No scope of the token allows \(permissions.text) on \(type).")
        }
        return roleDecides(permissions)
    }

    fileprivate func roleDecides(_ permissions: SMARTPermissions) -> AdmissionDecision {
        let writing: SMARTPermissions = [.create, .update, .delete]
        switch role {
        case .auditor, .reporter:
            return permissions.isDisjoint(with: writing) ? .allow : .deny("The role \(role.rawValue) changes nothing.")
        case .system:
            return scopes == nil ? .deny("A client system needs a token with scopes.") : .allow
        case .admin, .clinician, .patient: return .allow
        }
    }

    fileprivate func decidesExport() -> AdmissionDecision {
        switch role {
        case .reporter where scopes == nil: return .allow
        case .system, .reporter:
            let isAllowed = scopes?.clinical.contains {
                $0.context == .system && $0.permissions.isSuperset(of: [.read, .search])
            }
            return isAllowed == true ? .allow : .deny("No scope of the token is system/….rs, which an export takes.")
        case .admin, .clinician, .patient, .auditor:
            return .deny("Exports in bulk are for client systems and reporters.")
        }
    }
}
