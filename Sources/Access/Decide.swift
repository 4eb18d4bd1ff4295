package import Base

/// Whether something may be done with a record. The only place where that is decided; it looks at nothing but what it is
/// given.
///
/// Role, SMART scopes, relation and restrictions must all agree. A restriction counts for more than care and sharing; a
/// break-glass grant for more than both, but not for more than a scope. Whoever is the patient is kept from the own
/// record only by a rule that names them.
package func decide(
    _ authority: Authority, _ action: AccessAction, _ facts: RecordFacts, _ circumstances: Circumstances
) -> Decision {
    switch authority {
    case .whole: .allow(.whole)
    case .subject(let subject): DecisionCase(subject.facts, action, facts, circumstances).decision
    }
}

/// One decision under way.
private struct DecisionCase {
    let subject: Subject.Facts
    let action: AccessAction
    let record: RecordFacts
    let circumstances: Circumstances
    let requester: Provision.Requester

    init(_ subject: Subject.Facts, _ action: AccessAction, _ record: RecordFacts, _ circumstances: Circumstances) {
        self.subject = subject
        self.action = action
        self.record = record
        self.circumstances = circumstances
        requester = subject.requester(names: circumstances.names, now: circumstances.now)
    }

    var decision: Decision {
        var refusal = Decision.deny(.scope)
        for context in contexts {
            let decision = decision(in: context)
            if decision.isAllowed { return decision }
            refusal = decision
        }
        return refusal
    }

    /// The contexts in which the token covers the action on the record.
    private var contexts: [SMARTScope.Context] {
        guard let scopes = subject.scopes else { return subject.role == .system ? [] : [.user] }
        let covering = scopes.scopes(for: record.type, action.permission).filter { scope in
            scope.criteria == nil || circumstances.satisfied.contains(scope)
        }
        let found = Set(covering.map(\.context))
        return [.system, .user, .patient].filter {
            found.contains($0) && ($0 != .system || subject.role == .system)
        }
    }

    private func decision(in context: SMARTScope.Context) -> Decision {
        if TypeRules.common.contains(record.type) {
            return maySeeOrWriteCommon(in: context) ? .allow(.common) : .deny(.role)
        }
        if record.patients.isEmpty { return decisionWithoutPatient(in: context) }
        switch subject.role {
        case .admin, .auditor: return .deny(.role)
        case .reporter where action.writes: return .deny(.role)
        default: break
        }
        let grounds = record.patients.map { (patient: $0, ground: ground($0, in: context)) }
        let allowed = grounds.compactMap(\.ground)
        // To see a record it is enough to have to do with one of its patients; to write it takes all of them.
        guard let best = allowed.first, !action.writes || allowed.count == grounds.count else {
            return .deny(.relation)
        }
        for (patient, ground) in grounds where ground != .emergency && isWithheld(by: patient, isOwn: ground == .own) {
            return .deny(.restriction)
        }
        return mayWrite(allowed) ? .allow(best) : .deny(.role)
    }

    // MARK: Without a patient

    private func maySeeOrWriteCommon(in context: SMARTScope.Context) -> Bool {
        guard action.writes else { return true }
        switch subject.role {
        case .admin: return true
        case .clinician: return TypeRules.commonOfClinicians.contains(record.type)
        case .system: return context == .system
        case .patient, .auditor, .reporter: return false
        }
    }

    /// A resource of a type that may hold patients' data, about none who is known: a file, a reference that could not be
    /// resolved yet.
    private func decisionWithoutPatient(in context: SMARTScope.Context) -> Decision {
        let isStaffs = TypeRules.staff.contains(record.type)
        let isWritten = record.writer == subject.writer && action != .create
        switch subject.role {
        case .system where context == .system: return .allow(.allPatients)
        case .reporter where !TypeRules.ofAdmins.contains(record.type):
            return action.writes ? .deny(.role) : .allow(.allPatients)
        case .auditor: return !action.writes && record.type == "AuditEvent" ? .allow(.common) : .deny(.role)
        case .admin: return isStaffs || TypeRules.ofAdmins.contains(record.type) ? .allow(.common) : .deny(.role)
        case _ where TypeRules.ofAdmins.contains(record.type): return .deny(.role)
        case .clinician where isStaffs: return .allow(.common)
        case .clinician where TypeRules.grantingCare.contains(record.type) && action.writes: return .deny(.relation)
        case .clinician where action == .create: return .allow(.written)
        case .patient where action == .create && record.type == "Binary": return .allow(.written)
        case .clinician, .patient, .system: return isWritten ? .allow(.written) : .deny(.relation)
        case .reporter: return .deny(.role)
        }
    }

    // MARK: With patients

    /// Why a patient's records are in reach at all; `nil` if they are not.
    private func ground(_ patient: String, in context: SMARTScope.Context) -> Decision.Ground? {
        switch context {
        case .system: return .allPatients
        case .patient where patient != subject.launchPatient: return nil
        case .patient where subject.role == .system: return .allPatients
        case .patient, .user: break
        }
        if subject.role == .reporter { return .allPatients }
        let relation = circumstances.relations[patient] ?? []
        if relation.contains(.own) { return .own }
        if relation.contains(.related) { return .related }
        if relation.contains(.emergency) { return .emergency }
        if relation.contains(.care) { return .care }
        if action == .create, record.type == "Patient", record.id == patient, subject.role == .clinician {
            return .care
        }
        return isShared(by: patient) ? .shared : nil
    }

    private func isShared(by patient: String) -> Bool {
        let verdicts = circumstances.restrictions[patient]?.compactMap {
            $0.provision.verdict(on: record, action, by: requester)
        }
        return verdicts?.contains(.permit(isNamed: true)) ?? false
    }

    private func isWithheld(by patient: String, isOwn: Bool) -> Bool {
        guard let restrictions = circumstances.restrictions[patient] else { return false }
        return restrictions.contains { restriction in
            switch restriction.provision.verdict(on: record, action, by: requester) {
            case .deny(let isNamed): isNamed || !isOwn
            case .permit, nil: false
            }
        }
    }

    /// Whether the role writes such a record, given why its patients are in reach.
    private func mayWrite(_ grounds: [Decision.Ground]) -> Bool {
        guard action.writes else { return true }
        let isOwnWriting = record.writer == subject.writer
        switch subject.role {
        case .system:
            return !TypeRules.grantingCare.contains(record.type)
                || grounds.allSatisfy { $0 != .shared && $0 != .emergency }
        case .clinician:
            guard TypeRules.grantingCare.contains(record.type) else { return true }
            // A break-glass grant hides care: whoever has both writes what does not touch care while it lasts.
            guard grounds.allSatisfy({ $0 == .care }) else { return false }
            return record.type != "Consent" || action == .create || isOwnWriting
        case .patient:
            // To withhold and to share is the patient's own to say.
            if record.type == "Consent", !grounds.allSatisfy({ $0 == .own }) { return false }
            return TypeRules.ofPatients.contains(record.type) && (action == .create || isOwnWriting)
        case .admin, .auditor, .reporter: return false
        }
    }
}

extension Subject.Facts {
    /// How rules look at the subject.
    package func requester(names: Set<String>, now: Instant) -> Provision.Requester {
        var purpose = purposeOfUse
        if purpose == nil {
            switch role {
            case .clinician: purpose = "TREAT"
            case .patient: purpose = "PATRQT"
            case .admin, .auditor, .reporter, .system: break
            }
        }
        return Provision.Requester(names: names, role: role, purpose: purpose, now: now)
    }
}
