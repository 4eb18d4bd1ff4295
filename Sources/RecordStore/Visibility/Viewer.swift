internal import Access
internal import Base
internal import FHIR
internal import JSONTape
internal import Search
internal import Vault

/// One request's look at a tenant's records through what its subject may see. Used by one thread.
///
/// A scope with the whole authority has none: nothing is asked then.
final class Viewer {
    private let tenant: TenantStore
    private let sight: Sight
    private let subject: Subject
    private let action: AccessAction
    private let now: Instant
    private var types: [TypeID: TypeView] = [:]
    private var criteria: [SMARTScope: SearchQuery?] = [:]
    private var birthDates: [String: CalendarDate?] = [:]
    /// What this request decided; the sight is told at its end.
    private var decided: [UInt64: Bool] = [:]

    init(tenant: TenantStore, sight: Sight, subject: Subject, action: AccessAction, now: Instant) {
        self.tenant = tenant
        self.sight = sight
        self.subject = subject
        self.action = action
        self.now = now
    }

    deinit {
        if !decided.isEmpty { sight.remember(decided, action) }
    }

    // MARK: By the index

    /// What may be seen of a part of the index, of one type.
    func view(of part: IndexPart, type: TypeID) throws -> PartView {
        let view = view(of: type)
        switch view.kind {
        case .none: return .nothing
        case .common: return .everything
        case .opened: return .doubtful
        case .compartment: break
        }
        return try sight.view(of: part, type, action, plain: view.plain) {
            try view.conditional.compactMap { try criteria($0.scope, $0.reach, type, in: part) }
        } inUse: {
            tenant.state.current.parts
        }
    }

    /// What of a part satisfies a scope's criteria, as far as the index tells; `nil` if nothing does.
    private func criteria(
        _ scope: SMARTScope, _ reach: TypeView.Reach, _ type: TypeID, in part: IndexPart
    ) throws -> Sight.Criteria? {
        guard let query = query(scope, type: tenant.shared.definitions[type].name) else { return nil }
        let cover = try tenant.indexers.with { $0.cover(query) }
        let last = UInt32(part.entryCount - 1)
        let candidates = try part.evaluate(cover.candidates, to: last)
        let certain = cover.needsVerification ? try part.evaluate(cover.certain, to: last) : candidates
        return Sight.Criteria(
            reach: reach, candidates: OffsetBits(candidates, of: part.entryCount),
            certain: OffsetBits(certain, of: part.entryCount))
    }

    /// Whether an entry of a part that is possible, and not sure, may be seen.
    func decides(_ offset: UInt32, of part: IndexPart) throws -> Bool {
        let sequence = part.firstSequence + UInt64(offset)
        if let known = decided[sequence] ?? sight.decision(sequence, action) { return known }
        return try decides(tenant.blocks.entry(sequence))
    }

    /// Whether an entry that is durable may be seen.
    func sees(_ sequence: UInt64, type: TypeID) throws -> Bool {
        let snapshot = tenant.state.current
        guard let part = snapshot.part(holding: sequence) else {
            return try decides(tenant.blocks.entry(sequence))
        }
        let offset = UInt32(sequence - part.firstSequence)
        let view = try view(of: part, type: type)
        if view.sure.contains(offset) { return true }
        return try view.possible.contains(offset) && decides(offset, of: part)
    }

    /// Whether a version may be seen. A deletion may where what was deleted may.
    func sees(_ entry: StoredResource) throws -> Bool {
        guard let version = try lastContent(of: entry), let type = tenant.shared.definitions.resourceType(of: version)
        else { return false }
        return try sees(version.sequence, type: type)
    }

    private func view(of type: TypeID) -> TypeView {
        if let known = types[type] { return known }
        let definitions = tenant.shared.definitions
        let name = definitions[type].name
        let made = TypeView(
            subject.facts, scopes: scopes(of: type), type: name,
            liesInCompartments: name == "Patient" || !definitions.patientCompartmentParameters(of: type).isEmpty)
        types[type] = made
        return made
    }

    /// Those of the token that cover a type and the action; `nil` for a session of a person.
    private func scopes(of type: TypeID) -> [SMARTScope]? {
        guard let scopes = subject.facts.scopes else { return subject.facts.role == .system ? [] : nil }
        return scopes.scopes(for: tenant.shared.definitions[type].name, action.permission).filter {
            $0.context != .system || subject.facts.role == .system
        }
    }

    /// The version itself, or what it deleted; `nil` if there is nothing, or its key is gone.
    private func lastContent(of entry: StoredResource) throws -> StoredResource? {
        var next: StoredResource? = entry
        do {
            while let version = next, version.isDeleted {
                next = try tenant.version(before: version, in: tenant.state.current)
            }
        } catch let error as StoreError where error.code == .shredded {
            return nil
        }
        return next
    }

    // MARK: By what a record says

    /// Decides about a version that is there, and remembers it.
    private func decides(_ entry: StoredResource) throws -> Bool {
        guard !entry.isDeleted else { return try sees(entry) }
        let facts = try tenant.indexers.with { try $0.facts(of: entry) }
        let isAllowed = try decision(action, facts, entry).isAllowed
        // Of a Binary another resource tells, which may change.
        if facts.type != "Binary" { decided[entry.sequence] = isAllowed }
        return isAllowed
    }

    /// What `decide` says of an action on a record.
    /// - Parameters:
    ///   - facts: of the record, without what rules say of it.
    ///   - stored: the record, where a scope's criteria may have to be matched.
    ///   - made: patients whose records the subject makes together with this one.
    func decision(
        _ action: AccessAction, _ facts: RecordFacts, _ stored: StoredResource?, made: Set<String> = [],
        matches: ((SearchQuery) throws -> Bool)? = nil
    ) throws -> Decision {
        let basis = sight.basis
        var facts = facts
        if facts.type == "Binary" { try takeContext(of: &facts) }
        var circumstances = Circumstances(now: now)
        circumstances.names = basis.care.names
        let emergencies = subject.facts.openEmergencies(now)
        var looksAtLabels = false
        for patient in facts.patients {
            var relation = basis.care.relations[patient] ?? []
            if emergencies[patient] != nil { relation.insert(.emergency) }
            if made.contains(patient) { relation.insert(.care) }
            if !relation.isEmpty { circumstances.relations[patient] = relation }
            if let restrictions = basis.restrictions[patient] {
                circumstances.restrictions[patient] = restrictions
                looksAtLabels = looksAtLabels || restrictions.contains { $0.provision.looksAtLabels }
            }
        }
        if looksAtLabels { facts.labels.formUnion(try labels(of: facts)) }
        circumstances.satisfied = try satisfied(action, facts, stored, matches)
        return decide(.subject(subject), action, facts, circumstances)
    }

    /// A Binary is about whom its `securityContext` is about, and as sensitive.
    private func takeContext(of binary: inout RecordFacts) throws {
        guard binary.patients.isEmpty else { return }
        for reference in binary.references {
            let parts = reference.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2, let stored = try tenant.present(parts[0], parts[1]) else { continue }
            let context = try tenant.indexers.with { try $0.facts(of: stored) }
            binary.patients.formUnion(context.patients)
            binary.labels.formUnion(context.labels)
            binary.codes.formUnion(context.codes)
            binary.date = binary.date ?? context.date
        }
    }

    /// What `decide` says of an action on a stored version, and of the version before a deletion.
    func decision(_ action: AccessAction, on stored: StoredResource) throws -> Decision {
        guard let version = try lastContent(of: stored) else { return .deny(.relation) }
        return try decision(action, tenant.indexers.with { try $0.facts(of: version) }, version)
    }

    private func labels(of facts: RecordFacts) throws -> Set<CodeKey> {
        let rules = sight.basis.rules
        var labels = rules.labels(of: facts.codes, ageYears: nil)
        guard rules.looksAtAge else { return labels }
        // What has no date of its own is taken to be of today.
        let date = facts.date ?? CalendarDate(daysSinceEpoch: Int(now.microseconds / 86_400_000_000))
        for patient in facts.patients {
            guard let birth = try birthDate(patient) else { continue }
            labels.formUnion(rules.labels(of: [], ageYears: birth.years(to: date)))
        }
        return labels
    }

    private func birthDate(_ patient: String) throws -> CalendarDate? {
        if let known = birthDates[patient] { return known }
        let stored = try tenant.present("Patient", patient)
        let text = try stored.flatMap { stored in
            try tenant.indexers.with { try $0.withResource(stored) { $0.member("birthDate")?.string } }
        }
        let date = text.flatMap { CalendarDate(fhir: $0) }
        birthDates[patient] = .some(date)
        return date
    }

    // MARK: Criteria of scopes

    private func satisfied(
        _ action: AccessAction, _ facts: RecordFacts, _ stored: StoredResource?,
        _ matches: ((SearchQuery) throws -> Bool)?
    ) throws -> Set<SMARTScope> {
        guard let scopes = subject.facts.scopes else { return [] }
        var found: Set<SMARTScope> = []
        for scope in scopes.scopes(for: facts.type, action.permission) where scope.criteria != nil {
            guard let query = query(scope, type: facts.type) else { continue }
            if let stored {
                let isMatch = try tenant.indexers.with { indexer in
                    try indexer.withEntries(stored, selection: ExtractionSelection(query)) { query.matches($0) }
                }
                if isMatch { found.insert(scope) }
            } else if let matches, try matches(query) {
                found.insert(scope)
            }
        }
        return found
    }

    /// The search of a scope's criteria; `nil` if it is none that one resource alone can answer, and so nothing satisfies.
    private func query(_ scope: SMARTScope, type: String) -> SearchQuery? {
        if let known = criteria[scope] { return known }
        var made: SearchQuery?
        if let text = scope.criteria, let type = tenant.shared.definitions.type(named: type),
            let parameters = Self.parameters(text),
            let query = try? SearchQuery.parse(
                type: type, parameters: parameters, plans: tenant.shared.plans, now: now),
            query.conditions.isEmpty, query.ids.isEmpty, query.lastUpdated.isEmpty, !query.clauses.isEmpty
        {
            made = query
        }
        // A scope for all types has criteria of each of them.
        if scope.type != nil { criteria[scope] = .some(made) }
        return made
    }

    private static func parameters(_ text: String) -> [(name: String, value: String)]? {
        var text = text
        return text.withUTF8 { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            var found: [(name: String, value: String)] = []
            for pair in QueryPairs(raw, in: 0..<raw.count) {
                var name: [UInt8] = []
                var value: [UInt8] = []
                guard percentDecode(UnsafeRawBufferPointer(rebasing: raw[pair.name]), into: &name),
                    percentDecode(UnsafeRawBufferPointer(rebasing: raw[pair.value]), plusIsSpace: true, into: &value)
                else { return nil }
                found.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
            }
            return found
        }
    }
}

extension Definitions {
    /// The type of a stored version.
    func resourceType(of stored: StoredResource) -> TypeID? {
        defer { withExtendedLifetime(stored) {} }
        return resourceType(named: stored.typeText)
    }
}

extension Snapshot {
    /// The part of the index that holds an entry.
    func part(holding sequence: UInt64) -> IndexPart? {
        func isIn(_ first: UInt64, _ last: UInt64) -> Bool { first <= sequence && sequence <= last }
        if let run = runs.last(where: { isIn($0.firstSequence, $0.lastSequence) }) { return .run(run) }
        return segments.last { isIn($0.firstSequence, $0.lastSequence) }.map { .segment($0) }
    }
}

extension TenantStore {
    /// How a scope looks at the records; `nil` for one with the whole authority, which sees all.
    func viewer(_ scope: AccessScope, _ action: AccessAction) throws -> Viewer? {
        guard case .subject(let subject) = scope.authority else { return nil }
        let now = shared.clock.now()
        let sight = try sights.sight(of: subject, actor: scope.actor, in: self, now: now)
        return Viewer(tenant: self, sight: sight, subject: subject, action: action, now: now)
    }

    /// A version if the scope may see it; `nil` if not, as if there were none.
    func visible(_ entry: StoredResource?, _ scope: AccessScope, _ action: AccessAction) throws -> StoredResource? {
        guard let entry, let viewer = try viewer(scope, action) else { return entry?.shown(to: scope) }
        return try viewer.sees(entry) ? entry.shown(to: scope) : nil
    }
}
