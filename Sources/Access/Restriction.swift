package import Base

/// What a patient's Consent says: who may not, or who may, do what with which of the patient's records.
/// - Source: FHIR R4 Consent, https://hl7.org/fhir/R4/consent.html
package struct Restriction: Hashable, Sendable {
    /// The id of the patient whose records it is about.
    package var patient: String
    /// The id of the Consent that says so.
    package var consent: String
    package var provision: Provision

    package init(patient: String, consent: String, provision: Provision) {
        self.patient = patient
        self.consent = consent
        self.provision = provision
    }
}

/// A rule with exceptions: where an exception's conditions hold, it says what counts.
package struct Provision: Hashable, Sendable {
    /// What the rule does where all of it holds.
    package enum Effect: Hashable, Sendable {
        case permit
        case deny
    }

    /// Whom a rule is about.
    package struct Actor: Hashable, Sendable {
        /// `Type/id` of a person, an organisation, a care team or a role in an organisation; `nil` if none can be told.
        package var reference: String?
        /// A role here; `nil` if the rule names none.
        package var role: Role?

        package init(reference: String? = nil, role: Role? = nil) {
            self.reference = reference
            self.role = role
        }
    }

    /// A record that a rule is about.
    package struct Record: Hashable, Sendable {
        /// How far the rule reaches from the record that it names: FHIR's ConsentDataMeaning.
        package enum Meaning: Hashable, Sendable {
            /// The record itself.
            case instance
            /// The record and what refers to it.
            case related
            /// What somebody wrote: records that refer to them.
            case authored
        }

        package var meaning: Meaning
        /// `Type/id`.
        package var reference: String

        package init(_ meaning: Meaning, _ reference: String) {
            self.meaning = meaning
            self.reference = reference
        }
    }

    /// What is so where the conditions hold and no exception does; `nil` for nothing.
    package var effect: Effect?
    /// From when on it holds; `nil` if always.
    package var from: Instant?
    /// Until when.
    package var until: Instant?
    // Of each of the following one must hold, where it is not empty.
    package var actors: [Actor] = []
    package var actions: Set<AccessAction> = []
    /// Codes of PurposeOfUse.
    package var purposes: Set<String> = []
    package var types: Set<String> = []
    package var codes: Set<CodeKey> = []
    package var labels: Set<CodeKey> = []
    package var records: Set<Record> = []
    /// The first and last day of what the records tell of.
    package var dataFrom: CalendarDate?
    package var dataUntil: CalendarDate?
    /// It has a condition that is not understood here: it denies as if that held, and permits as if it did not.
    package var isUnclear = false
    package var exceptions: [Provision] = []

    package init(_ effect: Effect?) {
        self.effect = effect
    }
}

extension Provision {
    /// Who asks, as rules look at it.
    package struct Requester: Sendable {
        /// `Type/id` of the person, the organisations acted for, the care teams and roles.
        package var names: Set<String>
        package var role: Role
        /// Why; `nil` if that was not said.
        package var purpose: String?
        package var now: Instant

        package init(names: Set<String>, role: Role, purpose: String?, now: Instant) {
            self.names = names
            self.role = role
            self.purpose = purpose
            self.now = now
        }
    }

    /// What comes of a rule for one record.
    package enum Verdict: Hashable, Sendable {
        /// `isNamed`: the rule names the requester.
        case permit(isNamed: Bool)
        case deny(isNamed: Bool)
    }

    /// What a rule may come to for a requester, whatever the record.
    package struct Concern: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Some record may be withheld.
        package static let denies = Concern(rawValue: 1)
        /// Some record may be withheld, the rule naming the requester.
        package static let deniesByName = Concern(rawValue: 2)
        /// Some record may be permitted to the requester by name.
        package static let permits = Concern(rawValue: 4)
    }

    private enum Match: Comparable {
        case no, unclear, yes

        static func any(_ matches: some Sequence<Match>) -> Match { matches.max() ?? .no }
    }

    /// What the rule says of an action on a record; `nil` if nothing.
    package func verdict(on facts: RecordFacts, _ action: AccessAction, by who: Requester) -> Verdict? {
        verdict(on: facts, action, by: who, isCertain: true, isNamed: false)
    }

    private func verdict(
        on facts: RecordFacts, _ action: AccessAction, by who: Requester, isCertain: Bool, isNamed: Bool
    ) -> Verdict? {
        let match = min(match(who), match(facts, action), isUnclear ? .unclear : .yes)
        if match == .no { return nil }
        let isCertain = isCertain && match == .yes
        let isNamed = isNamed || names(who)
        var found: Verdict?
        for exception in exceptions {
            guard let verdict = exception.verdict(on: facts, action, by: who, isCertain: isCertain, isNamed: isNamed)
            else { continue }
            switch (found, verdict) {
            case (nil, _), (.permit?, .deny), (.deny(false)?, .deny(true)), (.permit(false)?, .permit(true)):
                found = verdict
            default: break
            }
        }
        if let found { return found }
        switch effect {
        case .deny: return .deny(isNamed: isNamed)
        case .permit: return isCertain ? .permit(isNamed: isNamed) : nil
        case nil: return nil
        }
    }

    /// What the rule may come to for a requester.
    package func concern(_ who: Requester) -> Concern {
        concern(who, isNamed: false)
    }

    private func concern(_ who: Requester, isNamed: Bool) -> Concern {
        let match = match(who)
        if match == .no { return [] }
        let isNamed = isNamed || names(who)
        var concern: Concern = []
        for exception in exceptions { concern.formUnion(exception.concern(who, isNamed: isNamed)) }
        switch effect {
        case .deny: concern.formUnion(isNamed ? [.denies, .deniesByName] : .denies)
        case .permit: if isNamed { concern.insert(.permits) }
        case nil: break
        }
        return concern
    }

    /// Whether it permits every record to a requester, by name.
    package func permitsAll(_ who: Requester) -> Bool {
        effect == .permit && match(who) == .yes && names(who) && !isUnclear && exceptions.isEmpty && actions.isEmpty
            && types.isEmpty && codes.isEmpty && labels.isEmpty && records.isEmpty && dataFrom == nil
            && dataUntil == nil
    }

    /// The next moment at which the rule, or an exception, begins or ends to hold.
    package func nextChange(after now: Instant) -> Instant? {
        var moments = exceptions.compactMap { $0.nextChange(after: now) }
        // It holds through `until`: what comes a microsecond later is after it.
        if let until { moments.append(Instant(microseconds: until.microseconds &+ 1)) }
        if let from { moments.append(from) }
        return moments.filter { $0 > now }.min()
    }

    /// Whether this rule looks at labels.
    package var looksAtLabels: Bool { !labels.isEmpty || exceptions.contains(where: \.looksAtLabels) }

    /// Whether one of this rule's actors is the requester for certain.
    private func names(_ who: Requester) -> Bool {
        actors.contains { Self.match($0, who) == .yes }
    }

    private func match(_ who: Requester) -> Match {
        if let from, who.now < from { return .no }
        if let until, who.now > until { return .no }
        let ofActors = actors.isEmpty ? .yes : Match.any(actors.lazy.map { Self.match($0, who) })
        var ofPurposes = Match.yes
        if !purposes.isEmpty {
            ofPurposes = who.purpose.map { purposes.contains($0) ? .yes : .no } ?? .unclear
        }
        return min(ofActors, ofPurposes)
    }

    private static func match(_ actor: Actor, _ who: Requester) -> Match {
        if actor.reference == nil, actor.role == nil { return .unclear }
        if let role = actor.role, role != who.role { return .no }
        if let reference = actor.reference, !who.names.contains(reference) { return .no }
        return .yes
    }

    private func match(_ facts: RecordFacts, _ action: AccessAction) -> Match {
        if !actions.isEmpty, !actions.contains(action) { return .no }
        if !types.isEmpty, !types.contains(facts.type) { return .no }
        if !codes.isEmpty, codes.isDisjoint(with: facts.codes) { return .no }
        if !labels.isEmpty, labels.isDisjoint(with: facts.labels) { return .no }
        if !records.isEmpty, !records.contains(where: { Self.holds($0, facts) }) { return .no }
        guard dataFrom != nil || dataUntil != nil else { return .yes }
        guard let date = facts.date else { return .unclear }
        if let dataFrom, date < dataFrom { return .no }
        if let dataUntil, date > dataUntil { return .no }
        return .yes
    }

    private static func holds(_ record: Record, _ facts: RecordFacts) -> Bool {
        switch record.meaning {
        case .instance: facts.reference == record.reference
        case .related: facts.reference == record.reference || facts.references.contains(record.reference)
        case .authored: facts.references.contains(record.reference)
        }
    }
}
