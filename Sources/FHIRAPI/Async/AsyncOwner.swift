internal import Access
internal import Base

/// Who asked for an answer that is made later, as its state keeps it: after a restart it is made with the same authority
/// as before.
enum AsyncOwner {
    private static let wholeMark: UInt8 = 1
    private static let subjectMark: UInt8 = 2
    private static let listMax: UInt64 = 10_000

    static func write(_ scope: AccessScope, to writer: ByteWriter) {
        writer.writeSized(scope.tenant.description)
        writer.writeSized(scope.actor)
        guard case .subject(let subject) = scope.authority else { return writer.write(wholeMark) }
        let facts = subject.facts
        writer.write(subjectMark)
        writer.writeSized(facts.account)
        writer.writeSized(facts.role.rawValue)
        for text in [
            facts.fhirUser, facts.scopes?.text, facts.launchPatient, facts.onBehalfOf, facts.purposeOfUse,
            facts.session,
        ] {
            writer.write(text == nil ? UInt8(0) : 1)
            if let text { writer.writeSized(text) }
        }
        writer.writeVarint(UInt64(facts.organizations.count))
        for organization in facts.organizations { writer.writeSized(organization) }
        writer.writeVarint(UInt64(facts.emergencies.count))
        for (patient, until) in facts.emergencies {
            writer.writeSized(patient)
            writer.writeLittleEndian(until.microseconds)
        }
    }

    /// - Returns: `nil` unless `write` made the bytes.
    static func read(_ reader: inout ByteReader) -> AccessScope? {
        guard let tenant = reader.text().flatMap(TenantName.init), let actor = reader.text() else { return nil }
        switch reader.readByte() {
        case wholeMark: return AccessScope(tenant: tenant, actor: actor)
        case subjectMark: break
        default: return nil
        }
        guard let account = reader.text(), let role = reader.text().flatMap(Role.init(rawValue:)) else { return nil }
        var facts = Subject.Facts(account: account, role: role)
        var texts: [String?] = []
        for _ in 0..<6 {
            guard let mark = reader.readByte() else { return nil }
            let text = mark == 0 ? nil : reader.text()
            guard mark == 0 || text != nil else { return nil }
            texts.append(text)
        }
        facts.fhirUser = texts[0]
        if let text = texts[1] {
            guard let scopes = SMARTScopes(text) else { return nil }
            facts.scopes = scopes
        }
        facts.launchPatient = texts[2]
        facts.onBehalfOf = texts[3]
        facts.purposeOfUse = texts[4]
        facts.session = texts[5]
        guard let organizations = reader.readVarint(), organizations <= listMax else { return nil }
        for _ in 0..<organizations {
            guard let organization = reader.text() else { return nil }
            facts.organizations.append(organization)
        }
        guard let emergencies = reader.readVarint(), emergencies <= listMax else { return nil }
        for _ in 0..<emergencies {
            guard let patient = reader.text(), let until = reader.readLittleEndian(Int64.self) else { return nil }
            facts.emergencies[patient] = Instant(microseconds: until)
        }
        return AccessScope(tenant: tenant, actor: actor, authority: .subject(Subject(facts)))
    }
}
