internal import Access
internal import Base
internal import FHIR

/// What the subjects that a tenant's store serves may see, kept up with the log: the Consents in force, who cares for
/// whom, and the tenant's rules for labels.
final class SightTable: @unchecked Sendable {
    // Safe to share: everything that changes is used under `lock`.
    private let lock = Lock()
    private let definitions: Definitions
    private var consents: ConsentIndex
    private var careWatch: ArrivalWatch
    private var careGeneration = 0
    private var consentGeneration = 0
    private var rules = LabelRules.standard
    private var rulesGeneration = 0
    private var names = PatientNames()
    private var kept: [Key: Kept] = [:]
    private var uses: UInt64 = 0
    private var isLoaded = false
    /// The end of the log up to which everything is known.
    private var seen: UInt64 = 0

    /// Who sees: one person sees the same in all sessions.
    private struct Key: Hashable {
        var facts: Subject.Facts
        var actor: String

        /// The account tells nearly all apart; the rest is compared.
        func hash(into hasher: inout Hasher) {
            hasher.combine(facts.account)
            hasher.combine(facts.launchPatient)
        }
    }

    /// A sight with what it was made of.
    private struct Kept {
        var sight: Sight
        var careGeneration: Int
        var consentGeneration: Int
        var rulesGeneration: Int
        var madeAt: Instant
        var use: UInt64
    }

    /// Subjects whose sight is kept, and the memory that all of them may take together.
    private static let keptMax = 512
    private static let keptBytesMax = 128 << 20

    init(_ definitions: Definitions) {
        self.definitions = definitions
        consents = ConsentIndex(definitions)
        careWatch = ArrivalWatch(CareReader.types.compactMap { definitions.type(named: $0) })
    }

    /// The rules by which records get their labels.
    var labelRules: LabelRules {
        get { lock.withLock { rules } }
        set {
            lock.withLock {
                guard rules != newValue else { return }
                rules = newValue
                rulesGeneration += 1
            }
        }
    }

    /// What a subject may see, by all that is durable when this is called.
    /// - Parameter actor: how the log names the subject's writes.
    func sight(of subject: Subject, actor: String, in tenant: TenantStore, now: Instant) throws -> Sight {
        var facts = subject.facts
        facts.session = nil
        let key = Key(facts: facts, actor: actor)
        // The end of the log before the lock: what is seen after it is no older.
        let last = tenant.state.current.lastSequence
        if let known = lock.withLock({ last <= seen ? current(key, now) : nil }) { return known }
        return try tenant.indexers.with { indexer in
            try lock.withLock {
                try refresh(tenant, indexer)
                return try current(key, now) ?? sight(key, tenant, indexer, now: now)
            }
        }
    }

    /// Forgets all that was read off records, as some of them were erased: what is left is read anew.
    func forget() {
        lock.withLock {
            consents = ConsentIndex(definitions)
            names = PatientNames()
            kept.removeAll()
            isLoaded = false
            seen = 0
        }
    }

    /// The sight that is kept if it still holds.
    private func current(_ key: Key, _ now: Instant) -> Sight? {
        guard let known = kept[key], known.careGeneration == careGeneration,
            known.consentGeneration == consentGeneration, known.rulesGeneration == rulesGeneration,
            now >= known.madeAt, known.sight.nextChange.map({ now < $0 }) ?? true
        else { return nil }
        uses += 1
        kept[key]?.use = uses
        return known.sight
    }

    private func refresh(_ tenant: TenantStore, _ indexer: ResourceIndexer) throws {
        let snapshot = tenant.state.current
        guard !isLoaded || snapshot.lastSequence > seen else { return }
        if try consents.refresh(tenant, snapshot, indexer) { consentGeneration += 1 }
        if !isLoaded {
            careWatch.skip(to: snapshot)
            isLoaded = true
        } else if try !careWatch.arrivals(snapshot, indexer).isEmpty {
            careGeneration += 1
        }
        seen = snapshot.lastSequence
    }

    private func sight(
        _ key: Key, _ tenant: TenantStore, _ indexer: ResourceIndexer, now: Instant
    ) throws -> Sight {
        uses += 1
        let facts = key.facts
        let care = try CareReader(tenant: tenant, indexer: indexer, now: now).read(facts, actor: key.actor, &names)
        let requester = facts.requester(names: care.names, now: now)
        let restrictions = consents.byPatient.filter { _, restrictions in
            restrictions.contains {
                !$0.provision.concern(requester).isEmpty || $0.provision.nextChange(after: now) != nil
            }
        }
        let basis = Sight.Basis(subject: facts, care: care, restrictions: restrictions, rules: rules)
        var sight = Sight(basis, now: now, indexer: indexer)
        // Most of what changes concerns others: what was worked out is kept then.
        if let known = kept[key], known.sight.basis == basis, known.sight.isAsNear(as: sight) {
            known.sight.extend(until: sight.nextChange)
            sight = known.sight
        }
        kept[key] = Kept(
            sight: sight, careGeneration: careGeneration, consentGeneration: consentGeneration,
            rulesGeneration: rulesGeneration, madeAt: now, use: uses)
        makeRoom()
        return sight
    }

    private func makeRoom() {
        var bytes = kept.values.reduce(0) { $0 + $1.sight.memoryBytes }
        while kept.count > 1, kept.count > Self.keptMax || bytes > Self.keptBytesMax {
            guard let oldest = kept.min(by: { $0.value.use < $1.value.use }) else { return }
            bytes -= oldest.value.sight.memoryBytes
            kept[oldest.key] = nil
        }
    }
}
