internal import Base
internal import SQLDatabase
internal import Vault

/// The writer of a tenant's log: takes whatever units wait, makes them durable in one transaction, shows them, and
/// tells their committers.
final class GroupCommit: @unchecked Sendable {
    // Safe to share: after `init` everything is used by the writer's thread alone.
    private let store: TenantStore
    private let queue: CommitQueue
    private var lastTime: Int64
    private var lastSequence: UInt64
    private var failure: StoreError?

    /// - Throws: `StoreError` if the log's last block cannot be read.
    init(store: TenantStore, queue: CommitQueue) throws {
        self.store = store
        self.queue = queue
        lastSequence = store.state.current.lastSequence
        // Times never go back, whatever the clock does: the log is searched by them.
        lastTime = try store.blocks.committedAt(lastSequence)
    }

    /// Works until the queue is closed and empty.
    func run() {
        while true {
            let group = queue.take()
            if group.isEmpty { return }
            commit(group)
        }
    }

    private func commit(_ group: [CommitUnit]) {
        var group = group[...]
        if failure == nil {
            // A unit that could not be packed leaves a gap: what follows it cannot be written either.
            let good = group.prefix { $0.failure == nil }
            if !good.isEmpty { write(good) }
            if failure == nil {
                group = group.dropFirst(good.count)
                if let broken = group.first?.failure { fail(broken) }
            }
        }
        if failure != nil { refuse(group) }
    }

    private func write(_ units: ArraySlice<CommitUnit>) {
        let time = max(store.shared.clock.now().microseconds, lastTime + 1)
        do {
            let changes = units.filter { $0.entryCount > 0 }
            if !changes.isEmpty { try insert(changes, time: time) }
        } catch {
            fail(error)
            return
        }
        lastTime = time
        store.shared.commitCounts.note(commits: units.count, versions: units.reduce(0) { $0 + $1.entryCount })
        if let last = units.last(where: { $0.entryCount > 0 }) { lastSequence = last.lastSequence }
        let published = store.state.publish(Array(units))
        store.maintenance.notePending(postings: published)
        // Before the answer: whoever defined a parameter finds it known.
        let parameters = units.flatMap(\.parameters)
        if !parameters.isEmpty { store.takeParameters(parameters) }
        for unit in units {
            store.sequencer.settle(unit)
            let awaiting = store.awaited.take(unit)
            let receipt = CommitReceipt(
                outcomes: unit.outcomes, committedAt: Instant(microseconds: time), awaiting: awaiting)
            unit.completion(.success(receipt))
        }
    }

    private func insert(_ units: [CommitUnit], time: Int64) throws {
        let tenant = store.keys.id
        try store.shared.sealers.with { sealer in
            let sealed = ByteWriter(capacity: 64 << 10)
            try store.shared.database.write { connection in
                for unit in units {
                    for block in unit.blocks {
                        sealed.removeAll()
                        let facts = BlockFacts(
                            tenant: tenant, first: block.firstSequence, entries: block.entries, key: block.key.id,
                            committedAt: time)
                        try block.compressed.withUnsafeBytes { plain in
                            try facts.context.withUnsafeBytes { context in
                                try sealer.seal(plain, key: block.key.key, context: context, into: sealed)
                            }
                        }
                        try connection.execute(
                            """
                            INSERT INTO blocks (position, entries, key_id, committed_at, bytes, mark)
                            VALUES ($1, $2, $3, $4, $5, $6)
                            """,
                            [
                                .integer(LogPosition.position(tenant: tenant, sequence: block.firstSequence)),
                                .integer(Int64(block.entries)), .integer(block.key.id), .integer(time),
                                .bytes(sealed.bytes), .integer(facts.mark(store.keys.markKey)),
                            ])
                    }
                }
                try ManifestTable.update(store.keys, sealer: sealer, on: connection) { manifest in
                    var fresh: [UInt64: [UInt64]] = [:]
                    for unit in units {
                        manifest.lastSequence = unit.lastSequence
                        try store.awaited.insert(unit.awaited, on: connection, &manifest)
                        for (token, sequence) in unit.awaited { fresh[sequence, default: []].append(token) }
                        try store.awaited.delete(
                            replaced: unit.replaced, fresh: fresh, on: connection, &manifest)
                    }
                }
            }
        }
    }

    private func fail(_ error: any Error) {
        let reason = storeError(error)
        failure = reason
        store.sequencer.fail(reason)
    }

    /// Gives units back that follow a failure; once none is left under way, the log goes on behind what is durable.
    private func refuse(_ units: ArraySlice<CommitUnit>) {
        guard let reason = failure else { return }
        store.shared.commitCounts.noteFailures(units.count)
        for unit in units {
            store.sequencer.settle(unit)
            unit.completion(.failure(unit.failure ?? reason))
        }
        if store.sequencer.pendingTickets == 0 {
            store.sequencer.restart(lastSequence: lastSequence)
            failure = nil
        }
    }
}

/// What failed below the store, in its own words.
func storeError(_ error: any Error) -> StoreError {
    switch error {
    case let error as StoreError: error
    case let error as SQLError where error.code == .full:
        StoreError(code: .full, detail: "the disk is full: nothing of this write was kept", cause: error)
    case let error as SQLError where error.code == .damaged:
        StoreError(code: .damaged, detail: "the database is damaged: \(error.detail)", cause: error)
    default: StoreError(code: .unavailable, detail: "the store cannot be written: \(error)", cause: error)
    }
}
