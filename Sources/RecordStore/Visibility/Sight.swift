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
            self.unowned = unowned
            self.part = part
            self.near = near
            self.launched = launched
            self.doubtful = doubtful
        }

        func bits(_ reach: TypeView.Reach) -> OffsetBits {
            if reach.contains(.all) { return .all }
            let own = reach.contains(.near) ? near : .none
            return reach.contains(.launched) ? own.union(launched, of: part.entryCount) : own
        }

        var memoryBytes: Int { near.memoryBytes + launched.memoryBytes + doubtful.memoryBytes + unowned.memoryBytes }
    }

    /// What the index tells of the criteria of a scope in one part.
    struct Criteria {
        var reach: TypeView.Reach
        /// What may satisfy them.
        var candidates: OffsetBits
        /// What does for certain.
        var certain: OffsetBits
    }

    private struct ViewKey: Hashable {
        var part: UInt64
        var type: TypeID
        var isSearch: Bool
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
    private var views: [ViewKey: PartView] = [:]
    /// What was decided, by sequence number and whether it was for a search.
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

    /// What may be seen of a part, of a type whose compartments tell; made when first asked for.
    /// - Parameters:
    ///   - plain: whose records may be seen whatever they say.
    ///   - criteria: looks up what satisfies the criteria of scopes.
    ///   - parts: those that are in use: what is kept of others is dropped.
    func view(
        of part: IndexPart, _ type: TypeID, _ action: AccessAction, plain: TypeView.Reach,
        criteria: () throws -> [Criteria], inUse parts: () -> [IndexPart]
    ) throws -> PartView {
        let key = ViewKey(part: part.identity, type: type, isSearch: action == .search)
        if let known = lock.withLock({ views[key] }) { return known }
        let (masks, decisions) = lock.withLock { (self.masks[key.part], self.decisions) }
        let made = try masks ?? self.masks(of: part)
        let view = view(made, plain: plain, try criteria(), decisions, isSearch: key.isSearch)
        let used = Set(parts().map(\.identity))
        lock.withLock {
            self.masks[key.part] = made
            views[key] = view
            if self.masks.count > used.count + 1 {
                self.masks = self.masks.filter { $0.key == key.part || used.contains($0.key) }
                views = views.filter { self.masks[$0.key.part] != nil }
            }
            bytes =
                self.masks.values.reduce(0) { $0 + $1.memoryBytes } + views.values.reduce(0) { $0 + $1.memoryBytes }
        }
        return view
    }

    private func masks(of part: IndexPart) throws -> Masks {
        Masks(
            part: part, near: try part.bits(ofAny: near, nearSet),
            launched: try part.bits(ofAny: launched, Set(launched)),
            doubtful: try part.bits(ofAny: doubtful, doubtfulSet), unowned: try part.bits(ofAny: [unowned], [unowned]))
    }

    private func view(
        _ masks: Masks, plain: TypeView.Reach, _ criteria: [Criteria], _ decisions: [UInt64: Bool], isSearch: Bool
    ) -> PartView {
        let count = masks.part.entryCount
        var possible = masks.bits(plain)
        var sure = possible
        for one in criteria {
            let reached = masks.bits(one.reach)
            possible = possible.union(reached.intersection(one.candidates, of: count), of: count)
            sure = sure.union(reached.intersection(one.certain, of: count), of: count)
        }
        // What is in nobody's compartment is opened, whoever reaches whom.
        possible = possible.union(masks.unowned, of: count)
        sure = sure.subtracting(masks.doubtful, of: count).subtracting(masks.unowned, of: count)
        guard !decisions.isEmpty else { return PartView(possible: possible, sure: sure) }
        var allowed: [UInt32] = []
        var denied: [UInt32] = []
        let first = masks.part.firstSequence
        possible.subtracting(sure, of: count).forEach(of: count) { offset in
            switch decisions[Self.key(first + UInt64(offset), isSearch: isSearch)] {
            case true?: allowed.append(offset)
            case false?: denied.append(offset)
            case nil: break
            }
        }
        possible = possible.subtracting(OffsetBits(denied, of: count), of: count)
        sure = sure.union(OffsetBits(allowed, of: count), of: count)
        return PartView(possible: possible, sure: sure)
    }

    private static func key(_ sequence: UInt64, isSearch: Bool) -> UInt64 { sequence << 1 | (isSearch ? 1 : 0) }

    /// What was decided of an entry for an action; `nil` if nothing was.
    func decision(_ sequence: UInt64, _ action: AccessAction) -> Bool? {
        lock.withLock { decisions[Self.key(sequence, isSearch: action == .search)] }
    }

    /// Remembers what was decided of some entries for an action.
    func remember(_ decided: [UInt64: Bool], _ action: AccessAction) {
        lock.withLock {
            if decisions.count + decided.count > Self.decisionsMax { decisions.removeAll() }
            for (sequence, isAllowed) in decided {
                decisions[Self.key(sequence, isSearch: action == .search)] = isAllowed
            }
            views.removeAll()
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
