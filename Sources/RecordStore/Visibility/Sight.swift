internal import Access
internal import Base
internal import FHIR
internal import Search

/// What one subject may see, as of the Consents, care and rules that it was made of; and what was worked out from that.
///
/// It never says more than `decide` would: where the index alone cannot tell, the entry is opened and decided, once.
final class Sight: @unchecked Sendable {
    // Safe to share: what changes is used under `lock`.
    /// What it is made of. Two that are equal see the same.
    struct Basis: Equatable {
        var subject: Subject.Facts
        var care: Care
        /// Of all patients with Consents that may concern the subject.
        var restrictions: [String: [Restriction]]
        var rules: LabelRules
    }

    /// Entries of one part of the index.
    final class Masks: Sendable {
        /// Keeps the part, and so its identity, alive.
        let part: IndexPart
        /// What lies in compartments that the subject has to do with.
        let near: OffsetBits
        /// What lies in the compartment of the patient of the launch.
        let launched: OffsetBits
        /// What must be opened to be decided.
        let doubtful: OffsetBits
        /// What lies in no compartment though its type might.
        let unowned: OffsetBits

        init(part: IndexPart, near: OffsetBits, launched: OffsetBits, doubtful: OffsetBits, unowned: OffsetBits) {
            self.part = part
            self.near = near
            self.launched = launched
            self.doubtful = doubtful
            self.unowned = unowned
        }

        var memoryBytes: Int {
            near.memoryBytes + launched.memoryBytes + doubtful.memoryBytes + unowned.memoryBytes + 128
        }
    }

    let basis: Basis
    let subject: Subject.Facts
    /// Compartment tokens, ascending and as sets.
    private let near: [UInt64]
    private let nearSet: Set<UInt64>
    private let doubtful: [UInt64]
    private let doubtfulSet: Set<UInt64>
    private let launched: [UInt64]
    private let unowned: UInt64
    private let lock = Lock()
    private var masks: [UInt64: Masks] = [:]
    private var decisions: [UInt64: Bool] = [:]
    private var bytes = 0
    private var holdsUntil: Instant?

    /// Decisions that are remembered at most.
    private static let decisionsMax = 1 << 20

    init(_ basis: Basis, now: Instant, indexer: ResourceIndexer) {
        self.basis = basis
        subject = basis.subject
        let requester = basis.subject.requester(names: basis.care.names, now: now)
        var near: Set<UInt64> = []
        var doubtful: Set<UInt64> = []
        var changes = basis.care.nextChange.map { [$0] } ?? []
        let emergencies = basis.subject.openEmergencies(now)
        changes += emergencies.values
        for patient in basis.care.relations.keys { near.insert(indexer.compartmentToken(patient: patient)) }
        for patient in emergencies.keys { near.insert(indexer.compartmentToken(patient: patient)) }
        for (patient, restrictions) in basis.restrictions {
            changes += restrictions.compactMap { $0.provision.nextChange(after: now) }
            if emergencies[patient] != nil { continue }
            let token = indexer.compartmentToken(patient: patient)
            let isOwn = basis.care.relations[patient]?.contains(.own) == true
            for restriction in restrictions {
                let concern = restriction.provision.concern(requester)
                if concern.contains(isOwn ? .deniesByName : .denies) { doubtful.insert(token) }
                guard concern.contains(.permits) else { continue }
                near.insert(token)
                if basis.care.relations[patient] == nil, !restriction.provision.permitsAll(requester) {
                    doubtful.insert(token)
                }
            }
        }
        // These see no patient's records, whoever shares them.
        if basis.subject.role == .admin || basis.subject.role == .auditor { near = [] }
        self.near = near.sorted()
        nearSet = near
        self.doubtful = doubtful.sorted()
        doubtfulSet = doubtful
        let launch = basis.subject.launchPatient.map { indexer.compartmentToken(patient: $0) }
        switch basis.subject.role {
        case .system, .reporter: launched = launch.map { [$0] } ?? []
        // A launch narrows what the user may see, and never widens it.
        case .clinician, .patient: launched = launch.map { near.contains($0) ? [$0] : [] } ?? []
        case .admin, .auditor: launched = []
        }
        unowned = indexer.unownedToken
        holdsUntil = changes.filter { $0 > now }.min()
    }

    /// When it must be made anew though nothing was written: a period begins or ends.
    var nextChange: Instant? { lock.withLock { holdsUntil } }

    /// Lets it hold on: at that moment it was found to be as it would be made then.
    func extend(until nextChange: Instant?) {
        lock.withLock { holdsUntil = nextChange }
    }

    /// Whether the same compartments are seen and doubted.
    func isAsNear(as other: Sight) -> Bool {
        near == other.near && doubtful == other.doubtful && launched == other.launched
    }

    /// The masks of a part; made when first asked for.
    /// - Parameter parts: those that are in use: what is kept of others is dropped.
    func masks(of part: IndexPart, inUse parts: () -> [IndexPart]) throws -> Masks {
        let key = part.identity
        if let known = lock.withLock({ masks[key] }) { return known }
        let launchedSet = Set(launched)
        let made = Masks(
            part: part, near: try part.bits(ofAny: near, nearSet),
            launched: try part.bits(ofAny: launched, launchedSet),
            doubtful: try part.bits(ofAny: doubtful, doubtfulSet), unowned: try part.bits(ofAny: [unowned], [unowned]))
        let used = Set(parts().map(\.identity))
        lock.withLock {
            masks[key] = made
            if masks.count > used.count + 1 { masks = masks.filter { $0.key == key || used.contains($0.key) } }
            bytes = masks.values.reduce(0) { $0 + $1.memoryBytes }
        }
        return made
    }

    /// What was decided of an entry for an action; `nil` if nothing was.
    func decision(_ sequence: UInt64, _ action: AccessAction) -> Bool? {
        lock.withLock { decisions[sequence << 1 | (action == .search ? 1 : 0)] }
    }

    func remember(_ isAllowed: Bool, _ sequence: UInt64, _ action: AccessAction) {
        lock.withLock {
            if decisions.count > Self.decisionsMax { decisions.removeAll() }
            decisions[sequence << 1 | (action == .search ? 1 : 0)] = isAllowed
        }
    }

    /// Memory that it takes, about.
    var memoryBytes: Int { lock.withLock { bytes + decisions.count * 32 } + (near.count + doubtful.count) * 32 }
}

extension Subject.Facts {
    /// The break-glass grants that hold: clinicians alone have any.
    func openEmergencies(_ now: Instant) -> [String: Instant] {
        role == .clinician ? emergencies.filter { $0.value > now } : [:]
    }
}

extension IndexPart {
    /// Tells parts of one tenant apart while they live.
    var identity: UInt64 {
        switch self {
        case .segment(let segment): UInt64(segment.id) << 1
        case .run(let run): UInt64(UInt(bitPattern: ObjectIdentifier(run))) | 1
        }
    }
}
