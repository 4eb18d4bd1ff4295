internal import Access
internal import Base
internal import FHIR
internal import JSONTape
internal import Search

/// Reads what a Consent says about a patient's records.
///
/// Whatever is not understood makes a rule unclear: it then denies as if its condition held, and permits as if not.
/// - Source: FHIR R4 Consent, https://hl7.org/fhir/R4/consent.html
struct ConsentReading {
    let definitions: Definitions

    /// Martlet's own roles as codes of an actor's role.
    private static let roleSystem = "urn:martlet:role"
    private static let exceptionsMax = 1_000

    /// - Returns: `nil` if it is not in force, or is about something else than privacy.
    func restriction(_ consent: JSONValue, id: String) -> Restriction? {
        guard consent.member("status")?.string == "active", isAboutPrivacy(consent),
            let patient = consent.member("patient")?.target(definitions), patient.hasPrefix("Patient/"),
            let root = consent.member("provision"), root.isObject
        else { return nil }
        var left = Self.exceptionsMax
        return Restriction(
            patient: String(patient.dropFirst("Patient/".count)), consent: id,
            provision: provision(root, left: &left))
    }

    private func isAboutPrivacy(_ consent: JSONValue) -> Bool {
        guard let codings = consent.member("scope")?.member("coding") else { return false }
        return codings.elementsOrSelf.contains { $0.member("code")?.equals("patient-privacy") == true }
    }

    private func provision(_ value: JSONValue, left: inout Int) -> Provision {
        var made = Provision(effect(value))
        if let period = value.member("period") { read(period, into: &made) }
        for actor in values(value, "actor") { made.actors.append(self.actor(actor)) }
        for action in values(value, "action") { read(action: action, into: &made) }
        for label in values(value, "securityLabel") {
            if let key = label.codeKey { made.labels.insert(key) } else { made.isUnclear = true }
        }
        for purpose in values(value, "purpose") {
            if let code = purpose.member("code")?.string {
                made.purposes.insert(code)
            } else {
                made.isUnclear = true
            }
        }
        for kind in values(value, "class") { read(kind: kind, into: &made) }
        for concept in values(value, "code") {
            let codings = values(concept, "coding").compactMap(\.codeKey)
            if codings.isEmpty { made.isUnclear = true }
            made.codes.formUnion(codings)
        }
        for data in values(value, "data") { read(data: data, into: &made) }
        if let period = value.member("dataPeriod") {
            made.dataFrom = period.member("start")?.string.flatMap { CalendarDate(fhir: $0) }
            made.dataUntil = period.member("end").flatMap { lastDay($0) }
            if made.dataFrom == nil, made.dataUntil == nil { made.isUnclear = true }
        }
        for exception in values(value, "provision") {
            guard left > 0 else {
                made.isUnclear = true
                break
            }
            left -= 1
            made.exceptions.append(provision(exception, left: &left))
        }
        return made
    }

    private func values(_ value: JSONValue, _ name: StaticString) -> [JSONValue] {
        value.member(name).map { Array($0.elementsOrSelf) } ?? []
    }

    private func effect(_ value: JSONValue) -> Provision.Effect? {
        switch value.member("type")?.string {
        case "deny": .deny
        case "permit": .permit
        default: nil
        }
    }

    private func read(_ period: JSONValue, into made: inout Provision) {
        if let start = period.member("start") {
            made.from = moment(start, isEnd: false)
            if made.from == nil { made.isUnclear = true }
        }
        if let end = period.member("end") {
            made.until = moment(end, isEnd: true)
            if made.until == nil { made.isUnclear = true }
        }
    }

    private func actor(_ value: JSONValue) -> Provision.Actor {
        var role: Role?
        for coding in values(value.member("role") ?? value, "coding")
        where coding.member("system")?.string == Self.roleSystem {
            role = coding.member("code")?.string.flatMap(Role.init(rawValue:))
        }
        return Provision.Actor(reference: value.member("reference")?.target(definitions), role: role)
    }

    private func read(action: JSONValue, into made: inout Provision) {
        let codes = values(action, "coding").compactMap { $0.member("code")?.string }
        if codes.isEmpty { made.isUnclear = true }
        for code in codes {
            switch code {
            case "access", "use", "disclose": made.actions.formUnion([.read, .history, .search])
            case "collect": made.actions.insert(.create)
            case "correct": made.actions.formUnion([.update, .delete])
            default:
                made.isUnclear = true
                made.actions.formUnion(AccessAction.allCases)
            }
        }
    }

    private func read(kind: JSONValue, into made: inout Provision) {
        let system = kind.member("system")?.string ?? ""
        guard let code = kind.member("code")?.string,
            system.isEmpty || system.hasSuffix("/resource-types"), definitions.type(named: code) != nil
        else {
            // A kind of document or a profile: it may be any type.
            made.isUnclear = true
            made.types.formUnion(definitions.concreteResourceTypes.map { definitions[$0].name })
            return
        }
        made.types.insert(code)
    }

    private func read(data: JSONValue, into made: inout Provision) {
        guard let reference = data.member("reference")?.target(definitions) else {
            made.isUnclear = true
            return
        }
        switch data.member("meaning")?.string {
        case "related", "dependents": made.records.insert(.init(.related, reference))
        case "authoredby": made.records.insert(.init(.authored, reference))
        default: made.records.insert(.init(.instance, reference))
        }
    }

    /// The first or last microsecond that a `dateTime` means, in UTC where it has no zone.
    private func moment(_ value: JSONValue, isEnd: Bool) -> Instant? {
        guard value.isString, let range = DateRange(value.utf8) else { return nil }
        return Instant(microseconds: isEnd ? range.high : range.low)
    }

    private func lastDay(_ value: JSONValue) -> CalendarDate? {
        moment(value, isEnd: true).map { CalendarDate(daysSinceEpoch: Int($0.microseconds / 86_400_000_000)) }
    }
}
