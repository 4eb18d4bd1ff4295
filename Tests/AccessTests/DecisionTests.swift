import Access
import Base
import Testing

/// What is decided, over all combinations of role, relation, restriction, token, action and type.
@Suite struct DecisionTests {
    private static let now = Instant(microseconds: 1_000_000_000_000)

    /// A Consent of the patient p.
    private enum Rule: CaseIterable {
        case none, denyAll, denyOthers, denyType, denyOtherType, denyPerson, denyOrganization, denyRole, denyPatient
        case permitPerson, permitOther, denyExceptPerson, permitExceptType, expired, unclearDeny, unclearPermit

        var provision: Provision? {
            var made = Provision(.deny)
            switch self {
            case .none: return nil
            case .denyAll: break
            case .denyOthers: made.actors = [.init(reference: "Practitioner/other")]
            case .denyType: made.types = ["Observation"]
            case .denyOtherType: made.types = ["Condition"]
            case .denyPerson: made.actors = [.init(reference: "Practitioner/me")]
            case .denyOrganization: made.actors = [.init(reference: "Organization/mine")]
            case .denyRole: made.actors = [.init(role: .clinician)]
            case .denyPatient: made.actors = [.init(reference: "Patient/p")]
            case .permitPerson:
                made.effect = .permit
                made.actors = [.init(reference: "Practitioner/me")]
            case .permitOther:
                made.effect = .permit
                made.actors = [.init(reference: "Practitioner/other")]
            case .denyExceptPerson:
                var exception = Provision(.permit)
                exception.actors = [.init(reference: "Practitioner/me")]
                made.exceptions = [exception]
            case .permitExceptType:
                made.effect = .permit
                var exception = Provision(.deny)
                exception.types = ["Observation"]
                made.exceptions = [exception]
            case .expired: made.until = Instant(microseconds: DecisionTests.now.microseconds - 1)
            case .unclearDeny: made.actors = [.init()]
            case .unclearPermit:
                made.effect = .permit
                made.actors = [.init(reference: "Practitioner/me")]
                made.isUnclear = true
            }
            return made
        }

        /// Whether it withholds a record of a type from a requester.
        func withholds(_ role: Role, _ type: String, isMe: Bool) -> Bool {
            switch self {
            case .denyAll, .unclearDeny: true
            case .denyType, .permitExceptType: type == "Observation"
            case .denyOtherType: type == "Condition"
            case .denyPerson: isMe
            case .denyOrganization: isMe
            case .denyRole: role == .clinician
            case .denyPatient: !isMe && role == .patient
            case .denyExceptPerson: !isMe
            case .none, .denyOthers, .permitPerson, .permitOther, .expired, .unclearPermit: false
            }
        }

        var sharesWithMe: Bool { self == .permitPerson || self == .denyExceptPerson }
    }

    private enum Standing: CaseIterable {
        case none, own, related, care, emergency, emergencyAndCare

        var relation: Relation {
            switch self {
            case .none: []
            case .own: .own
            case .related: .related
            case .care: .care
            case .emergency: .emergency
            case .emergencyAndCare: [.emergency, .care]
            }
        }
    }

    /// What is held against the decision, written down once more and in another way.
    private func expected(
        _ role: Role, _ standing: Standing, _ rule: Rule, _ action: AccessAction, _ type: String, isWriter: Bool
    ) -> Bool {
        switch role {
        case .admin, .auditor, .system: return false
        case .reporter: return !action.writes && !rule.withholds(role, type, isMe: false)
        case .patient, .clinician: break
        }
        let isMe = role == .clinician
        let isShared = isMe && rule.sharesWithMe
        let isEmergency = standing == .emergency || standing == .emergencyAndCare
        if standing == .none, !isShared { return false }
        let isOwnButNamed =
            standing == .own
            && !((rule == .denyPatient && role == .patient)
                || (isMe && [.denyPerson, .denyOrganization, .denyRole].contains(rule)))
        if !isEmergency, !isOwnButNamed, rule.withholds(role, type, isMe: isMe) { return false }
        guard action.writes else { return true }
        if role == .patient {
            if type == "Consent" && standing != .own { return false }
            return ["Observation", "Consent"].contains(type) && (action == .create || isWriter)
        }
        if ["Consent", "CareTeam"].contains(type) {
            return standing == .care && (type != "Consent" || action == .create || isWriter)
        }
        return true
    }

    private func subject(_ role: Role) -> Subject.Facts {
        var facts = Subject.Facts(account: "user/me", role: role)
        facts.fhirUser = role == .patient ? "Patient/p" : "Practitioner/me"
        return facts
    }

    private func names(_ role: Role) -> Set<String> {
        switch role {
        case .patient: ["Patient/p"]
        case .clinician: ["Practitioner/me", "Organization/mine"]
        default: []
        }
    }

    @Test func `role, relation and Consent together decide about a patient's records`() {
        var cases = 0
        for role in Role.allCases {
            for standing in Standing.allCases {
                for rule in Rule.allCases {
                    for action in AccessAction.allCases {
                        for type in ["Observation", "Condition", "Consent", "CareTeam"] {
                            for isWriter in [true, false] {
                                var facts = RecordFacts(type: type, id: "x", patients: ["p"])
                                facts.writer = isWriter ? "user/me" : "user/else"
                                var circumstances = Circumstances(now: Self.now)
                                circumstances.names = names(role)
                                circumstances.relations["p"] = standing.relation
                                circumstances.restrictions["p"] = rule.provision.map {
                                    [Restriction(patient: "p", consent: "c", provision: $0)]
                                }
                                let decision = decide(.subject(Subject(subject(role))), action, facts, circumstances)
                                let isExpected = expected(role, standing, rule, action, type, isWriter: isWriter)
                                #expect(
                                    decision.isAllowed == isExpected,
                                    "\(role) \(standing) \(rule) \(action) \(type) \(isWriter): \(decision)")
                                cases += 1
                            }
                        }
                    }
                }
            }
        }
        #expect(cases > 20_000)
    }

    @Test func `nothing is decided against Martlet's own work`() {
        for action in AccessAction.allCases {
            let facts = RecordFacts(type: "Observation", id: "x", patients: ["p"])
            #expect(decide(.whole, action, facts, Circumstances(now: Self.now)) == .allow(.whole))
        }
    }

    @Test func `a token's scopes narrow what its user may do and never widen it`() {
        let texts = [
            "patient/Observation.rs", "user/Observation.rs", "system/Observation.rs", "user/*.cruds", "patient/*.r",
            "user/Condition.rs", "user/Observation.rs?code=1", "system/*.s", "openid",
        ]
        var cases = 0
        for role in Role.allCases {
            for standing in Standing.allCases {
                for text in texts {
                    for launch in ["p", "q"] {
                        for action in AccessAction.allCases {
                            var held = subject(role)
                            held.scopes = SMARTScopes(text)
                            held.launchPatient = launch
                            let facts = RecordFacts(type: "Observation", id: "x", patients: ["p"])
                            var circumstances = Circumstances(now: Self.now)
                            circumstances.relations["p"] = standing.relation
                            let scoped = decide(.subject(Subject(held)), action, facts, circumstances)
                            let free = decide(.subject(Subject(subject(role))), action, facts, circumstances)
                            let scope = held.scopes?.scopes(for: "Observation", action.permission).first
                            cases += 1
                            guard let scope, scope.criteria == nil else {
                                #expect(scoped == .deny(.scope))
                                continue
                            }
                            switch (scope.context, role) {
                            case (.system, .system): #expect(scoped == .allow(.allPatients))
                            case (.system, _): #expect(scoped == .deny(.scope))
                            case (.patient, .system): #expect(scoped.isAllowed == (launch == "p"))
                            case (.patient, _): #expect(scoped.isAllowed == (free.isAllowed && launch == "p"))
                            case (.user, .system): #expect(scoped.isAllowed == (standing != .none))
                            case (.user, _): #expect(scoped.isAllowed == free.isAllowed)
                            }
                        }
                    }
                }
            }
        }
        #expect(cases > 3_000)
    }

    @Test func `criteria of a scope count only where the record satisfies them`() throws {
        var held = subject(.clinician)
        held.scopes = SMARTScopes("user/Observation.rs?category=laboratory")
        let scope = try #require(held.scopes?.clinical.first)
        let facts = RecordFacts(type: "Observation", id: "x", patients: ["p"])
        var circumstances = Circumstances(now: Self.now)
        circumstances.relations["p"] = .care
        #expect(decide(.subject(Subject(held)), .read, facts, circumstances) == .deny(.scope))
        circumstances.satisfied = [scope]
        #expect(decide(.subject(Subject(held)), .read, facts, circumstances) == .allow(.care))
    }

    @Test func `a system client sees all patients but what is withheld`() {
        var held = Subject.Facts(account: "client/c", role: .system)
        held.scopes = SMARTScopes("system/*.rs")
        for rule in Rule.allCases {
            var circumstances = Circumstances(now: Self.now)
            circumstances.restrictions["p"] = rule.provision.map {
                [Restriction(patient: "p", consent: "c", provision: $0)]
            }
            let facts = RecordFacts(type: "Observation", id: "x", patients: ["p"])
            let decision = decide(.subject(Subject(held)), .search, facts, circumstances)
            #expect(decision.isAllowed == !rule.withholds(.system, "Observation", isMe: false), "\(rule)")
        }
    }

    @Test func `what is about no patient is seen by all and written by few`() {
        for role in Role.allCases {
            let circumstances = Circumstances(now: Self.now)
            for type in TypeRules.common {
                let facts = RecordFacts(type: type, id: "x")
                let held = Authority.subject(Subject(subject(role)))
                #expect(decide(held, .read, facts, circumstances).isAllowed == (role != .system))
                let writes = role == .admin || role == .clinician && TypeRules.commonOfClinicians.contains(type)
                #expect(decide(held, .update, facts, circumstances).isAllowed == writes, "\(role) \(type)")
            }
            // A reference that could not be resolved may be a patient's.
            let unresolved = RecordFacts(type: "Observation", id: "x")
            let sees = decide(.subject(Subject(subject(role))), .read, unresolved, circumstances).isAllowed
            #expect(sees == (role == .reporter))
        }
    }

    @Test func `a record of several patients is seen for one of them and written for all`() {
        let facts = RecordFacts(type: "Appointment", id: "x", patients: ["p", "q"])
        let held = Authority.subject(Subject(subject(.clinician)))
        var circumstances = Circumstances(now: Self.now)
        circumstances.names = names(.clinician)
        circumstances.relations["p"] = .care
        #expect(decide(held, .read, facts, circumstances) == .allow(.care))
        #expect(decide(held, .update, facts, circumstances) == .deny(.relation))
        circumstances.restrictions["q"] = Rule.denyAll.provision.map {
            [Restriction(patient: "q", consent: "c", provision: $0)]
        }
        #expect(decide(held, .read, facts, circumstances) == .deny(.restriction))
        circumstances.relations["q"] = .care
        circumstances.restrictions = [:]
        #expect(decide(held, .update, facts, circumstances) == .allow(.care))
    }

    @Test func `a clinician makes patients and takes nobody else's over`() {
        let held = Authority.subject(Subject(subject(.clinician)))
        let facts = RecordFacts(type: "Patient", id: "new", patients: ["new"])
        #expect(decide(held, .create, facts, Circumstances(now: Self.now)) == .allow(.care))
        #expect(decide(held, .update, facts, Circumstances(now: Self.now)) == .deny(.relation))
        // An exception does not make itself last.
        var circumstances = Circumstances(now: Self.now)
        circumstances.relations["new"] = .emergency
        #expect(decide(held, .update, facts, circumstances) == .deny(.role))
        let team = RecordFacts(type: "CareTeam", id: "t", patients: ["new"])
        #expect(decide(held, .create, team, circumstances) == .deny(.role))
    }
}
