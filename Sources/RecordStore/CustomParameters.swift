internal import Base
internal import FHIR
internal import SQLDatabase
internal import Search
internal import Vault

/// The custom search parameters of a tenant: which are in use, how far what was stored before them is indexed, and the
/// scheme that follows from it.
///
/// The log has their definitions; what is stored of them besides is how far each of their paths is indexed.
final class CustomParameters: @unchecked Sendable {
    // Safe to share: `current` is used under `schemeLock`, everything else under `lock`.
    private let keys: TenantKeys
    private let shared: StoreParts
    private let blocks: BlockSource
    private let lock = Lock()
    /// By the id of the SearchParameter.
    private var definitions: [String: (sequence: UInt64, parameter: CustomParameter)] = [:]
    /// In the order in which they came into use; those out of use stay.
    private var slots: [CustomSlot] = []
    /// The seeds of the paths that a slot needs, by its place.
    private var seeds: [[UInt64]] = []
    private var paths: [UInt64: CustomPath]
    /// Entries that could not be taken in, or `[]` if only the rest of the work failed; `nil` if nothing waits.
    private var waiting: [UInt64]?
    private var failure: String?
    /// By the seed of a path: on how many versions its expression failed.
    private var unindexed: [UInt64: Int] = [:]
    /// Why parameters are not in use, by the ids of their SearchParameters.
    private var reasons: [String: String] = [:]
    private let schemeLock = Lock()
    private var current: IndexScheme

    /// How many parameters may come into use while the program runs, those that went out of use included.
    private static let slotsMax = 4096

    /// Reads which there are.
    init(keys: TenantKeys, shared: StoreParts, blocks: BlockSource, snapshot: Snapshot) throws {
        self.keys = keys
        self.shared = shared
        self.blocks = blocks
        paths = try CustomPathTable.load(tenant: keys.id, from: shared.database)
        current = IndexScheme(generation: 0, plans: shared.plans, keys: keys)
        for sequence in try versions(snapshot) where try snapshot.isLive(sequence, at: snapshot.lastSequence) {
            try read(sequence)
        }
        guard !definitions.isEmpty || !paths.isEmpty else { return }
        try adopt { _, change in
            change()
            return snapshot.lastSequence
        }
    }

    /// By what writes are indexed and searches read now.
    var scheme: IndexScheme { schemeLock.withLock { current } }

    /// Whether something is left to index, or to take in again.
    var hasWork: Bool { lock.withLock { waiting != nil || paths.values.contains { $0.state == .indexing } } }

    // MARK: Definitions

    /// Takes in SearchParameters of the log. What fails is tried again by `retry`.
    func take(_ sequences: [UInt64], sequencer: Sequencer) {
        lock.withLock {
            let all = (waiting ?? []) + sequences
            waiting = all
            do {
                for sequence in all { try read(sequence) }
                waiting = []
                try adopt(sequencer.adopt)
                waiting = nil
                failure = nil
            } catch {
                failure = "\(storeError(error))"
            }
        }
    }

    /// Tries again what failed.
    /// - Throws: `StoreError` if it fails again.
    func retry(_ sequencer: Sequencer) throws {
        guard lock.withLock({ waiting }) != nil else { return }
        take([], sequencer: sequencer)
        if let reason = lock.withLock({ waiting == nil ? nil : failure }) {
            throw StoreError(code: .unavailable, detail: reason)
        }
    }

    private func read(_ sequence: UInt64) throws {
        let entry = try blocks.entry(sequence)
        let id = entry.id
        if let known = definitions[id], known.sequence > sequence { return }
        definitions[id] = nil
        if let parameter = try current.indexers.with({ try $0.customParameter(entry) }) {
            definitions[id] = (sequence, parameter)
        }
    }

    /// The parameters that are to be in use: where two are in each other's way, the one that is, or else the older one.
    private func wanted() -> [CustomParameter] {
        let inUse = Set(slots.filter(\.state.isInUse).map(\.parameter.resourceID))
        let all = definitions.values.sorted {
            let (left, right) = (inUse.contains($0.parameter.resourceID), inUse.contains($1.parameter.resourceID))
            return left == right ? $0.sequence < $1.sequence : left
        }
        var wanted: [CustomParameter] = []
        reasons.removeAll()
        for (_, parameter) in all {
            let findings =
                fault(of: parameter, beside: all.map(\.parameter)).map { [$0] }
                ?? CustomParameterCheck.takenFindings(of: parameter, beside: wanted, base: shared.plans)
            if let finding = findings.first {
                reasons[parameter.resourceID] = "\(finding.path): \(finding.detail)"
            } else if wanted.count >= shared.limits.customParametersMax || !hasRoom(for: parameter) {
                reasons[parameter.resourceID] = "as many search parameters as may be are in use"
            } else {
                wanted.append(parameter)
            }
        }
        return wanted
    }

    /// What is wrong with a parameter itself. Those in use were looked at when they came; the parts of composites change.
    private func fault(of parameter: CustomParameter, beside all: [CustomParameter]) -> CustomParameterFinding? {
        if parameter.type != .composite, slots.contains(where: { $0.state.isInUse && $0.parameter == parameter }) {
            return nil
        }
        return CustomParameterCheck.findings(
            of: parameter, beside: all.filter { $0.type != .composite }, base: shared.plans
        ).first { $0.code != .taken }
    }

    private func hasRoom(for parameter: CustomParameter) -> Bool {
        slots.count < Self.slotsMax || slots.contains { $0.parameter == parameter }
    }

    // MARK: Scheme

    /// Puts in force what the definitions say.
    /// - Parameter sequence: runs the change while nothing gets a sequence number, and gives the last that was given.
    private func adopt(_ sequence: (_ generation: Int, _ change: () -> Void) -> UInt64) throws {
        let wanted = wanted()
        for place in slots.indices where !wanted.contains(slots[place].parameter) { slots[place].state = .retired }
        for parameter in wanted {
            let state = CustomSlot.State.reindexing(ReindexProgress(done: 0, total: 0))
            if let place = slots.firstIndex(where: { $0.parameter == parameter }) {
                if !slots[place].state.isInUse { slots[place].state = state }
            } else {
                slots.append(CustomSlot(parameter: parameter, state: state))
            }
        }
        findSeeds()
        let needed = Set(slots.indices.filter { slots[$0].state.isInUse }.flatMap { seeds[$0] })
        var left: [UInt64: CustomPath] = [:]
        for (seed, path) in paths where path.state != .leftBehind && !needed.contains(seed) {
            left[seed] = CustomPath(state: .leftBehind, boundary: path.boundary, done: path.done)
        }
        let fresh = needed.filter { (paths[$0]?.state ?? .leftBehind) == .leftBehind }
        // Before any write is no longer indexed for them: a crash must not find them complete.
        try store(left)
        let generation = scheme.generation + (left.isEmpty && fresh.isEmpty ? 0 : 1)
        for seed in fresh { paths[seed] = CustomPath(state: .indexing, boundary: .max, done: 0) }
        let made = makeScheme(generation)
        let boundary = sequence(generation) { schemeLock.withLock { current = made } }
        let entered = Dictionary(
            uniqueKeysWithValues: fresh.map { ($0, CustomPath(state: .indexing, boundary: boundary, done: 0)) })
        paths.merge(entered) { $1 }
        noteProgress()
        // If a crash comes first, the next start begins anew with what is in the log by then.
        try store(entered)
    }

    private func findSeeds() {
        let plans = SearchPlans(extending: shared.plans, customs: slots)
        seeds = slots.indices.map { place in
            plans.customPaths(ofSlot: place).map { seed($0.identity) }
        }
    }

    /// The scheme of the slots, those active whose paths are all complete.
    private func makeScheme(_ generation: Int) -> IndexScheme {
        for place in slots.indices where slots[place].state.isInUse {
            let isComplete = seeds[place].allSatisfy { paths[$0]?.state == .complete }
            switch slots[place].state {
            case .reindexing where isComplete: slots[place].state = .active
            case .active where !isComplete:
                slots[place].state = .reindexing(ReindexProgress(done: 0, total: 0))
            default: break
            }
        }
        let plans = slots.isEmpty ? shared.plans : SearchPlans(extending: shared.plans, customs: slots)
        return IndexScheme(generation: generation, plans: plans, keys: keys)
    }

    private func store(_ changed: [UInt64: CustomPath]) throws {
        guard !changed.isEmpty else { return }
        try shared.sealers.with { sealer in
            try shared.database.write { try CustomPathTable.store(changed, keys, sealer: sealer, on: $0) }
        }
        paths.merge(changed) { $1 }
    }

    private func noteProgress() {
        for place in slots.indices {
            guard case .reindexing(let progress) = slots[place].state else { continue }
            let own = seeds[place].compactMap { paths[$0] }.filter { $0.state == .indexing }
            progress.note(
                done: Int(clamping: own.map(\.done).min() ?? 0), total: Int(clamping: own.map(\.boundary).max() ?? 0))
        }
    }

    // MARK: Indexing

    /// What is to be indexed next; `nil` if nothing is.
    func nextPass() -> ReindexPass? {
        lock.withLock {
            let open = paths.filter { $0.value.state == .indexing }
            guard let first = open.values.map(\.done).min(), let last = open.values.map(\.boundary).max() else {
                return nil
            }
            let plans = SearchPlans(extending: shared.plans, customs: slots)
            var identities: Set<String> = []
            var types: Set<TypeID> = []
            for place in slots.indices where slots[place].state.isInUse {
                for (path, seed) in zip(plans.customPaths(ofSlot: place), seeds[place]) where open[seed] != nil {
                    identities.insert(path.identity)
                    types.insert(path.type)
                }
            }
            return ReindexPass(
                paths: open, types: types.sorted { $0.raw < $1.raw },
                plans: SearchPlans(narrowing: plans, keepsStandard: false, to: identities), first: first + 1,
                last: last)
        }
    }

    /// Whether a pass is still about what is to be indexed.
    func isWanted(_ pass: ReindexPass) -> Bool {
        lock.withLock {
            pass.paths.contains { seed, path in
                paths[seed].map { $0.state == .indexing && $0.boundary == path.boundary } ?? false
            }
        }
    }

    /// Shows how far a pass has come.
    /// - Parameter failures: on how many versions an expression failed, by the identity of its path.
    func note(_ pass: ReindexPass, lookedUpTo sequence: UInt64, failures: [String: Int]) {
        lock.withLock {
            for (identity, count) in failures { unindexed[seed(identity), default: 0] += count }
            failure = nil
            for place in slots.indices {
                guard case .reindexing(let progress) = slots[place].state,
                    seeds[place].contains(where: { pass.paths[$0] != nil })
                else { continue }
                progress.note(done: Int(clamping: sequence), total: Int(clamping: pass.last))
            }
        }
    }

    /// The rows of a pass that has come to an entry.
    func rows(of pass: ReindexPass, doneUpTo sequence: UInt64) -> [UInt64: CustomPath] {
        lock.withLock {
            var rows: [UInt64: CustomPath] = [:]
            for (seed, path) in pass.paths {
                // Not one that went out of use and came back meanwhile.
                guard var row = paths[seed], row.state == .indexing, row.boundary == path.boundary else { continue }
                row.done = max(row.done, sequence)
                if sequence >= min(row.boundary, pass.last) { row.state = .complete }
                rows[seed] = row
            }
            return rows
        }
    }

    /// Takes in rows that are stored, and puts parameters in force that are complete.
    func finish(_ rows: [UInt64: CustomPath]) {
        lock.withLock {
            for (seed, row) in rows where paths[seed]?.boundary == row.boundary && paths[seed]?.state == .indexing {
                paths[seed] = row
            }
            let made = makeScheme(scheme.generation)
            schemeLock.withLock { current = made }
            lock.signalAll()
        }
    }

    /// Waits until everything is indexed for the parameters that are in use by now, or `goesOn` says no.
    func waitUntilDone(_ goesOn: () -> Bool) {
        lock.withLock {
            while waiting != nil || paths.values.contains(where: { $0.state == .indexing }), goesOn() {
                lock.wait(milliseconds: 50)
            }
        }
    }

    /// Notes what holds the indexing up.
    func note(_ error: any Error) {
        lock.withLock { failure = "\(storeError(error))" }
    }

    /// Has everything indexed again for a parameter.
    /// - Returns: `false` if it is not in use.
    func restart(_ id: String, upTo sequence: UInt64) throws -> Bool {
        try lock.withLock {
            guard let place = slots.firstIndex(where: { $0.state.isInUse && $0.parameter.resourceID == id }) else {
                return false
            }
            let anew = Dictionary(
                uniqueKeysWithValues: Set(seeds[place]).map { seed in
                    let boundary = max(sequence, paths[seed]?.boundary ?? 0)
                    return (seed, CustomPath(state: .indexing, boundary: boundary, done: 0))
                })
            try store(anew)
            let made = makeScheme(scheme.generation)
            schemeLock.withLock { current = made }
            noteProgress()
            return true
        }
    }

    // MARK: Status

    /// How each stands, those that are not in use included, by the ids of their SearchParameters.
    var statuses: [CustomParameterStatus] {
        lock.withLock {
            definitions.values.map(\.parameter).sorted { $0.resourceID < $1.resourceID }.map { parameter in
                let place = slots.firstIndex { $0.state.isInUse && $0.parameter == parameter }
                let state: CustomParameterStatus.State =
                    switch place.map({ slots[$0].state }) {
                    case .active: .active
                    case .reindexing(let progress): .reindexing(done: progress.done, total: progress.total)
                    case .retired, nil: .unused(reasons[parameter.resourceID] ?? "it is being taken in")
                    }
                var isDone = false
                if case .active = state { isDone = true }
                return CustomParameterStatus(
                    id: parameter.resourceID, code: parameter.code, url: parameter.url, bases: parameter.bases,
                    state: state, failure: isDone ? nil : failure,
                    unindexed: place.map { seeds[$0].reduce(0) { $0 + (unindexed[$1] ?? 0) } } ?? 0)
            }
        }
    }

    // MARK: Check

    /// The plans of what every entry is indexed for, and of what some may be: the paths of parameters that are not done or
    /// are out of use, which the versions of all SearchParameters tell. `nil` if there are none of the second kind.
    func plansToCheck(_ snapshot: Snapshot) throws -> (whole: SearchPlans, partial: SearchPlans?) {
        let known = lock.withLock { paths }
        if known.isEmpty { return (shared.plans, nil) }
        var ever: [CustomSlot] = []
        for sequence in try versions(snapshot) {
            let entry = try blocks.entry(sequence)
            if let parameter = try scheme.indexers.with({ try $0.customParameter(entry) }),
                !ever.contains(where: { $0.parameter == parameter })
            {
                ever.append(CustomSlot(parameter: parameter, state: .active))
            }
        }
        let plans = SearchPlans(extending: shared.plans, customs: ever)
        var complete: Set<String> = []
        var partial: Set<String> = []
        for place in ever.indices {
            for path in plans.customPaths(ofSlot: place) {
                guard let state = known[seed(path.identity)]?.state else { continue }
                if state == .complete { complete.insert(path.identity) } else { partial.insert(path.identity) }
            }
        }
        return (
            SearchPlans(narrowing: plans, keepsStandard: true, to: complete),
            partial.isEmpty ? nil : SearchPlans(narrowing: plans, keepsStandard: false, to: partial)
        )
    }

    /// All versions of SearchParameters.
    private func versions(_ snapshot: Snapshot) throws -> [UInt64] {
        guard let type = shared.definitions.type(named: "SearchParameter") else { return [] }
        let token = try scheme.indexers.with { $0.typeToken(type) }
        return try snapshot.parts.flatMap { part in
            try part.evaluate(.tokens([token]), to: UInt32(part.lastSequence - part.firstSequence))
                .map { part.firstSequence + UInt64($0) }
        }
    }

    private func seed(_ identity: String) -> UInt64 {
        var identity = identity
        return identity.withUTF8 { SipHash.hash64(UnsafeRawBufferPointer($0), key: keys.tokenKey) }
    }
}
