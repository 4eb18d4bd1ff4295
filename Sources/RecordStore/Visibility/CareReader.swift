internal import Access
internal import Base
internal import FHIR
internal import JSONTape
internal import SQLDatabase
internal import Search
internal import Vault

/// Finds for whom a subject cares, in Patients, CareTeams, RelatedPersons and PractitionerRoles. Everything that it looks
/// at is the tenant's newest. Used once, by one thread.
final class CareReader {
    let tenant: TenantStore
    let indexer: ResourceIndexer
    let now: Instant
    private(set) var care = Care()

    /// The types on which it depends.
    static let types = ["CareTeam", "Patient", "PractitionerRole", "RelatedPerson"]
    /// Names that are put into one search; its limit is a thousand.
    private static let namesMax = 500

    init(tenant: TenantStore, indexer: ResourceIndexer, now: Instant) {
        self.tenant = tenant
        self.indexer = indexer
        self.now = now
    }

    /// - Parameter actor: how the log names the subject's writes.
    func read(_ subject: Subject.Facts, actor: String, _ known: inout PatientNames) throws -> Care {
        care.names = Set(subject.organizations.filter(Self.isReference))
        let user = subject.fhirUser.flatMap { Self.isReference($0) ? $0 : nil }
        if let user { care.names.insert(user) }
        switch subject.role {
        case .clinician: try readCareOfClinician(user, actor: actor, &known)
        case .patient: if let user { try readOwn(user) }
        case .system:
            if let user {
                if user.hasPrefix("Patient/") || user.hasPrefix("RelatedPerson/") {
                    try readOwn(user)
                } else {
                    try readCareOfClinician(user, actor: actor, &known)
                }
            }
        case .admin, .auditor, .reporter: break
        }
        return care
    }

    /// Whether a text is `Type/id` and nothing that a search would read otherwise.
    private static func isReference(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                (1...64).contains(part.utf8.count)
                    && part.utf8.allSatisfy { byte in
                        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D
                            || byte == 0x2E
                    }
            }
    }

    // MARK: Clinicians

    private func readCareOfClinician(
        _ user: String?, actor: String, _ known: inout PatientNames
    ) throws {
        if let user {
            try forEach("PractitionerRole", "practitioner", [user]) { role, id in
                guard role.member("active")?.bool != false, holds(role.member("period")) else { return }
                care.names.insert("PractitionerRole/" + id)
            }
        }
        let names = care.names.sorted()
        if !names.isEmpty {
            try forEach("CareTeam", "participant", names) { read(careTeam: $0, id: $1, of: names) }
            for sequence in try sequences("Patient", "general-practitioner", names) {
                if let id = try known.id(sequence, tenant) { care.add(.care, to: id) }
            }
        }
        for sequence in try firstVersions(writtenBy: actor, &known) {
            if let id = try known.id(sequence, tenant) { care.add(.care, to: id) }
        }
    }

    private func read(careTeam team: JSONValue, id: String, of names: [String]) {
        let status = team.member("status")?.string
        guard status == nil || status == "active", holds(team.member("period")),
            let participants = team.member("participant")
        else { return }
        var isMember = false
        for participant in participants.elementsOrSelf {
            guard let member = participant.member("member")?.target(tenant.shared.definitions), names.contains(member)
            else { continue }
            if holds(participant.member("period")) { isMember = true }
        }
        guard isMember else { return }
        care.names.insert("CareTeam/" + id)
        if let patient = patient(team.member("subject")) { care.add(.care, to: patient) }
    }

    /// The versions of Patients that an account wrote and that replaced none.
    private func firstVersions(writtenBy actor: String, _ known: inout PatientNames) throws -> [UInt64] {
        guard let token = indexer.writerToken(actor) else { return [] }
        var found: [UInt64] = []
        let snapshot = tenant.state.current
        for part in snapshot.parts {
            for offset in try part.evaluate(.tokens([token]), to: UInt32(part.entryCount - 1)) {
                let sequence = part.firstSequence + UInt64(offset)
                // An id that was erased is free: whoever is put under it is somebody else.
                guard !snapshot.erased.contains(sequence) else { continue }
                if try known.isFirst(sequence, tenant) { found.append(sequence) }
            }
        }
        return found
    }

    // MARK: Patients and those who care for them

    private func readOwn(_ user: String) throws {
        if user.hasPrefix("Patient/") {
            let id = String(user.dropFirst("Patient/".count))
            care.add(.own, to: id)
            guard let own = try tenant.present("Patient", id) else { return }
            var related: [String] = []
            try indexer.withResource(own) { patient in
                for link in patient.member("link")?.elementsOrSelf.map({ $0 }) ?? [] {
                    guard let other = link.member("other")?.target(tenant.shared.definitions),
                        other.hasPrefix("RelatedPerson/")
                    else { continue }
                    related.append(other)
                }
            }
            for person in related { try readRelated(person) }
        } else if user.hasPrefix("RelatedPerson/") {
            try readRelated(user)
        }
    }

    private func readRelated(_ person: String) throws {
        guard let stored = try tenant.present("RelatedPerson", String(person.dropFirst("RelatedPerson/".count)))
        else { return }
        try indexer.withResource(stored) { related in
            guard related.member("active")?.bool != false, holds(related.member("period")),
                let patient = patient(related.member("patient"))
            else { return }
            care.names.insert(person)
            care.add(.related, to: patient)
        }
    }

    // MARK: Parts

    private func patient(_ reference: JSONValue?) -> String? {
        guard let target = reference?.target(tenant.shared.definitions), target.hasPrefix("Patient/") else {
            return nil
        }
        return String(target.dropFirst("Patient/".count))
    }

    /// Whether a period holds now; its ends are noted. What cannot be read does not hold.
    private func holds(_ period: JSONValue?) -> Bool {
        guard let period else { return true }
        if let start = period.member("start") {
            guard start.isString, let range = DateRange(start.utf8) else { return false }
            if now.microseconds < range.low {
                care.note(Instant(microseconds: range.low))
                return false
            }
        }
        if let end = period.member("end") {
            guard end.isString, let range = DateRange(end.utf8), now.microseconds <= range.high else { return false }
            care.note(Instant(microseconds: range.high &+ 1))
        }
        return true
    }

    private func forEach(
        _ type: String, _ parameter: String, _ names: [String],
        _ body: (JSONValue, _ id: String) -> Void
    ) throws {
        for sequence in try sequences(type, parameter, names) {
            do {
                let entry = try tenant.blocks.entry(sequence)
                try indexer.withResource(entry) { body($0, entry.id) }
            } catch let error as StoreError where error.code == .shredded {}
        }
    }

    /// The live entries of a type whose parameter refers to one of some names.
    private func sequences(_ type: String, _ parameter: String, _ names: [String]) throws -> [UInt64] {
        guard let typeID = tenant.shared.definitions.type(named: type) else { return [] }
        var found: Set<UInt64> = []
        for start in stride(from: 0, to: names.count, by: Self.namesMax) {
            let some = names[start..<min(start + Self.namesMax, names.count)]
            let query: SearchQuery
            do {
                query = try SearchQuery.parse(
                    type: typeID, parameters: [(parameter, some.joined(separator: ","))], plans: tenant.shared.plans,
                    now: now)
            } catch {
                throw StoreError(code: .invalid, detail: "care cannot be searched by \(parameter)", cause: error)
            }
            let snapshot = tenant.state.current
            try tenant.shared.database.readTransaction { connection in
                let search = JoinedSearch(
                    tenant: tenant, indexer: indexer, snapshot: snapshot, bound: snapshot.lastSequence, explains: false,
                    on: connection)
                try search.forEachMatch(search.resolve(query, wanted: nil)) { sequence, _ in
                    found.insert(sequence)
                    return true
                }
            }
        }
        return found.sorted()
    }
}

/// What entries that are Patients have told: an entry never changes.
struct PatientNames: Sendable {
    private var ids: [UInt64: String] = [:]
    private var firsts: [UInt64: Bool] = [:]

    private static let countMax = 1 << 20

    /// The id of the Patient that an entry is; `nil` if it can no longer be opened.
    mutating func id(_ sequence: UInt64, _ tenant: TenantStore) throws -> String? {
        if let known = ids[sequence] { return known }
        return try read(sequence, tenant).id
    }

    /// Whether an entry replaced none.
    mutating func isFirst(_ sequence: UInt64, _ tenant: TenantStore) throws -> Bool {
        if let known = firsts[sequence] { return known }
        return try read(sequence, tenant).isFirst
    }

    private mutating func read(_ sequence: UInt64, _ tenant: TenantStore) throws -> (id: String?, isFirst: Bool) {
        if ids.count > Self.countMax {
            ids.removeAll()
            firsts.removeAll()
        }
        let entry: StoredResource
        do {
            entry = try tenant.blocks.entry(sequence)
        } catch let error as StoreError where error.code == .shredded {
            // Nobody has to do with a patient whose key is gone.
            return (nil, false)
        }
        ids[sequence] = entry.id
        firsts[sequence] = entry.replaces == nil
        return (entry.id, entry.replaces == nil)
    }
}

extension TenantStore {
    /// The newest version of a resource; `nil` if there is none, it is deleted, or it can no longer be opened.
    func present(_ type: String, _ id: String) throws -> StoredResource? {
        let token = IdentityToken(type: type, id: id, key: keys.identityKey)
        guard let head = try durableHead(token), !head.isDeleted else { return nil }
        do {
            return try entry(head.sequence, type: type, id: id)
        } catch let error as StoreError where error.code == .shredded {
            return nil
        }
    }
}
