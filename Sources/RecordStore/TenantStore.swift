internal import Access
internal import Base
internal import Compression
internal import FHIR
internal import SQLDatabase
internal import Synchronization
internal import Vault

/// The log and index of one tenant.
final class TenantStore: @unchecked Sendable {
    // Safe to share: what changes is inside `state`, `sequencer`, `queue` and `awaited`, each with a lock of its own, or
    // is used under `keyWork`.
    let keys: TenantKeys
    let shared: StoreParts
    let pages: SegmentPageSource
    let blocks: BlockSource
    let state: IndexState
    let sequencer: Sequencer
    let awaited: AwaitedReferences
    let maintenance: Maintenance
    let parameters: CustomParameters
    /// What subjects may see of the records.
    let sights: SightTable
    /// Writes pass it with the keys that they are sealed under.
    let gate = WriteGate()
    /// Held by whoever changes keys of patients, one at a time.
    let keyWork = Lock()
    /// Erasures whose keys could not be shredded, and which could not be taken back. Used under `keyWork`.
    var standingIntentions: Set<Int64> = []
    private let queue = CommitQueue()
    private var writer: WorkerThread?
    private let reindexer = Reindexer()
    private let isClosing = Atomic<Bool>(false)
    private let workerLock = Lock()
    private var keyWorkers: [WorkerThread] = []

    /// Opens the tenant's index and brings it up to the log's end.
    init(keys: TenantKeys, shared: StoreParts) throws {
        self.keys = keys
        self.shared = shared
        sights = SightTable(shared.definitions)
        pages = SegmentPageSource(
            database: shared.database, keys: keys, sealers: shared.sealers, cache: shared.pageCache)
        blocks = BlockSource(keys: keys, shared: shared)
        let manifest = ManifestCheck(keys: keys, shared: shared)
        let last = try manifest.run()
        let (erased, unfinished) = try ErasureLoader(keys: keys, shared: shared, blocks: blocks).load()
        let loader = IndexLoader(keys: keys, shared: shared, pages: pages, blocks: blocks, erased: erased)
        let opened = try loader.load()
        if let last, opened.snapshot.lastSequence != last {
            throw StoreError(
                code: .damaged,
                detail: "the log of tenant \(keys.id) ends with the entry \(opened.snapshot.lastSequence), not \(last)")
        }
        if last == nil { try manifest.adopt(lastSequence: opened.snapshot.lastSequence) }
        parameters = try CustomParameters(keys: keys, shared: shared, blocks: blocks, snapshot: opened.snapshot)
        state = IndexState(snapshot: try loader.replayed(opened.snapshot, by: parameters.scheme.plans))
        state.adopt(heads: opened.heads)
        sequencer = Sequencer(
            lastSequence: opened.snapshot.lastSequence, generation: parameters.scheme.generation)
        awaited = try AwaitedReferences(tenant: keys.id, key: keys.markKey, database: shared.database)
        maintenance = Maintenance(keys: keys, shared: shared, pages: pages, state: state)
        let commits = try GroupCommit(store: self, queue: queue)
        writer = WorkerThread(name: "log writer") { commits.run() }
        maintenance.start()
        if parameters.hasWork { reindexer.wake(self) }
        if try !unfinished.isEmpty || !keys.openRotations().isEmpty { startKeyWork() }
    }

    /// Has what is left of rotations and erasures done on a thread of its own.
    func startKeyWork() {
        workerLock.withLock {
            guard !isClosing.load(ordering: .relaxed) else { return }
            keyWorkers.append(WorkerThread(name: "key worker") { self.finishKeyWork() })
        }
    }

    /// Whether the store is not being closed.
    var isOpen: Bool { !isClosing.load(ordering: .relaxed) }

    /// - Throws: `StoreError.unavailable` if the store is being closed.
    func checkOpen() throws {
        if !isOpen {
            throw StoreError(code: .unavailable, detail: "the store is closed: the next start goes on with it")
        }
    }

    /// By what writes are indexed and searches read now.
    var scheme: IndexScheme { parameters.scheme }

    /// Makers of the tokens of the present scheme.
    var indexers: Pool<ResourceIndexer> { scheme.indexers }

    /// Takes in SearchParameters that are durable by now. On the log writer's thread: the next commit comes after it.
    func takeParameters(_ sequences: [UInt64]) {
        parameters.take(sequences, sequencer: sequencer)
        if parameters.hasWork { reindexer.wake(self) }
    }

    /// Indexes everything anew for a custom parameter.
    /// - Returns: `false` if the SearchParameter is not in use.
    func restartReindexing(_ id: String) throws -> Bool {
        guard try parameters.restart(id, upTo: state.current.lastSequence) else { return false }
        reindexer.wake(self)
        return true
    }

    /// Finishes what is under way and writes the index out, so that the next start need not rebuild any of it.
    func close() throws {
        isClosing.store(true, ordering: .relaxed)
        for worker in workerLock.withLock({ keyWorkers }) { worker.join() }
        // Whoever changes keys ends at the next step.
        keyWork.withLock {}
        reindexer.stop()
        queue.close()
        writer?.join()
        try maintenance.stop()
    }

    /// Commits a batch; `completion` is called once it is durable, or with the reason why nothing of it was kept.
    func commit(_ batch: WriteBatch, completion: @escaping @Sendable (Result<CommitReceipt, any Error>) -> Void) {
        do {
            maintenance.waitForRoom()
            while try !gate.pass({ try submit(batch, completion) }) {}
        } catch {
            completion(.failure(error))
        }
    }

    /// - Returns: `false` if the scheme by which the batch was indexed has just changed.
    private func submit(
        _ batch: WriteBatch, _ completion: @escaping @Sendable (Result<CommitReceipt, any Error>) -> Void
    ) throws -> Bool {
        do {
            try batch.adopt(scheme)
            let decidedOn = try WriteAuthorization(batch, in: self)?.authorize()
            try findOwners(ofDeletionsIn: batch)
            let writes = batch.writes
            let order = Self.logOrder(writes)
            let tokens = Set(writes.lazy.map(\.patient) + [PatientToken.common])
            let patientKeys = try keys.patientKeys(Array(tokens))
            let epoch = state.flushEpoch
            let snapshot = state.current
            let stored = try writes.map { try snapshot.segmentHead($0.identity) }
            let guards = batch.guards
            let seen = guards.isEmpty ? 0 : try GuardCheck.checkDurable(guards, in: self, snapshot)
            let decision = try sequencer.decide(
                writes, order: order, tokens: batch.tokens, generation: batch.generation, decidedOn: decidedOn,
                checkGuards: guards.isEmpty
                    ? nil
                    : { [self] underWay, head in
                        try GuardCheck(
                            guards: guards, underWay: underWay, store: self, snapshot: state.current, seen: seen
                        )
                        .run(head: head)
                    }
            ) { index, token in
                guard let index else { return try durableHead(token) }
                let recent = state.recentHead(token, epoch: epoch)
                if let head = recent.head { return head }
                return recent.isCurrent ? stored[index] : try durableHead(token)
            }
            let unit = try pack(
                batch, order: order, decision: decision, patientKeys: patientKeys, completion: completion)
            queue.submit(unit)
            return true
        } catch is StaleIndex {
            return false
        } catch is StaleDecision {
            // What came between has its number and may not be durable: it is decided on when it is.
            try settle()
            return false
        }
    }

    /// A deletion tells type and id: it is sealed with what it deletes, so that it is erased with it. What is neither in
    /// the batch nor durable yet is looked for in vain, and its deletion sealed under the common key.
    private func findOwners(ofDeletionsIn batch: WriteBatch) throws {
        guard batch.writes.contains(where: { $0.operation == .delete }) else { return }
        var owners: [IdentityToken: PatientToken] = [:]
        for (place, write) in batch.writes.enumerated() {
            guard write.operation == .delete else {
                owners[write.identity] = write.patient
                continue
            }
            if let owner = try owners[write.identity] ?? durableOwner(write.identity) {
                batch.setPatient(owner, ofWrite: place)
            }
        }
    }

    private func durableOwner(_ identity: IdentityToken) throws -> PatientToken? {
        guard let head = try durableHead(identity) else { return nil }
        return try keys.patient(ofKey: blocks.keyNumber(holding: head.sequence))
    }

    /// Waits until everything that has its sequence number by now is durable.
    /// - Throws: why it did not become so.
    func settle() throws {
        let decision = try sequencer.decide([], order: []) { _, _ in nil }
        let waiter = ResultWaiter<CommitReceipt>()
        queue.submit(
            CommitUnit(
                ticket: decision.ticket, firstSequence: decision.firstSequence, entryCount: 0, actor: "", outcomes: []
            ) { waiter.finish($0) })
        _ = try waiter.wait()
    }

    /// The newest durable version of a resource.
    func durableHead(_ token: IdentityToken) throws -> Head? {
        let recent = state.recentHead(token)
        return try recent.head ?? recent.snapshot.segmentHead(token)
    }

    /// Places in `writes` such that the entries of a patient stand together, and of these what is of one kind: what is
    /// asked for together, such as all blood pressures, then lies in few blocks, and its lists are runs. Else as they
    /// came. Writes of one resource never change their order: where that and the grouping by patient are at odds, all
    /// stay as they came.
    private static func logOrder(_ writes: [PreparedWrite]) -> [Int] {
        var first: [IdentityToken: Int] = [:]
        first.reserveCapacity(writes.count)
        var kinds = writes.map(\.kind)
        for (index, write) in writes.enumerated() {
            if let earlier = first[write.identity] {
                guard writes[earlier].patient == write.patient else { return Array(writes.indices) }
                kinds[index] = kinds[earlier]
            } else {
                first[write.identity] = index
            }
        }
        var firstOfPatient: [PatientToken: Int] = [:]
        var groups: [[Int]] = []
        for (index, write) in writes.enumerated() {
            if let group = firstOfPatient[write.patient] {
                groups[group].append(index)
            } else {
                firstOfPatient[write.patient] = groups.count
                groups.append([index])
            }
        }
        return groups.flatMap { group in
            group.sorted { kinds[$0] == kinds[$1] ? $0 < $1 : kinds[$0] < kinds[$1] }
        }
    }

    /// Builds the blocks and the sorted postings of a batch. The sequencer has taken it already, so that it must reach
    /// the queue whatever happens.
    private func pack(
        _ batch: WriteBatch, order: [Int], decision: Sequencer.Decision,
        patientKeys: [PatientToken: PatientKey],
        completion: @escaping @Sendable (Result<CommitReceipt, any Error>) -> Void
    ) throws -> CommitUnit {
        let unit = CommitUnit(
            ticket: decision.ticket, firstSequence: decision.firstSequence, entryCount: decision.entryCount,
            actor: batch.scope.actor, outcomes: decision.outcomes, completion: completion)
        unit.heads = decision.heads
        do {
            let packer = BlockPacker(batch: batch, decision: decision, patientKeys: patientKeys)
            unit.blocks = try shared.compressors.with { try packer.blocks(order: order, compressor: $0) }
            unit.run = packer.run(order: order)
            unit.replaced = order.compactMap { decision.replaces[$0] == 0 ? nil : decision.replaces[$0] }
            for index in order where decision.sequences[index] != 0 {
                for token in batch.writes[index].awaited { unit.awaited.append((token, decision.sequences[index])) }
            }
            if !awaited.isEmpty { unit.tokens = batch.tokens }
            unit.parameters = batch.parameterWrites.map { decision.sequences[$0] }.filter { $0 != 0 }
        } catch {
            unit.failure = error
        }
        return unit
    }
}

extension PatientToken {
    /// Stands for what belongs to no patient.
    static let common = PatientToken(low: 0, high: 0)
}
