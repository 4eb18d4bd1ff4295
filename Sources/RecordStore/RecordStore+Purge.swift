package import Access
package import Base
internal import SQLDatabase
internal import Vault

/// What a purge erases, or did.
package struct PurgeReport: Sendable {
    /// Versions of resources, deletions included.
    package var entries: Int
    /// Of these, resources' versions that lie in other patients' compartments as well.
    package var sharedWithOthers: Int
    /// Blocks of the log.
    package var blocks: Int
    /// When; `nil` if nothing was erased yet.
    package var erasedAt: Instant?
    /// Whether nothing in the index leads to them any more; else that is done in the background, also after a restart.
    package var isIndexClean = false
}

/// That something was erased: when, by whom, how much and why, without who.
package struct ErasureRecord: Sendable {
    package let at: Instant
    package let actor: String
    package let reason: String
    package let entries: Int
    package let sharedWithOthers: Int
    /// Whether the whole of it is done; the keys are shredded in any case.
    package let isDone: Bool
    /// Equal for the same patient, and tells nothing else.
    package let patientHash: UInt64
}

extension RecordStore {
    /// What a purge of a patient would erase.
    /// - Returns: `nil` if the patient has no key.
    package func purgePreview(_ scope: AccessScope, patient id: String) throws -> PurgeReport? {
        let tenant = try tenant(scope.tenant)
        let token = try tenant.indexers.with { $0.patientToken(patient: id) }
        return try tenant.previewPurge(token)
    }

    /// Erases a patient: shreds the patient's key, so that every version of all that was sealed under it is unreadable,
    /// in copies of the data as well, and has nothing in the index lead there. That something was erased stays known.
    /// The id is free afterwards: whoever is put under it is a new patient with a new key.
    /// - Parameters:
    ///   - reason: kept with the record of the erasure; it should not tell who it was.
    ///   - waits: whether to wait until the index is written anew. What is erased is not found before either.
    /// - Returns: `nil` if the patient has no key.
    /// - Throws: `StoreError`; if it is thrown before the key was shredded, nothing was erased, but for `.unavailable`
    ///   that says so. What is cut short is finished by the next start.
    package func purge(
        _ scope: AccessScope, patient id: String, reason: String, waits: Bool = true
    ) throws -> PurgeReport? {
        let tenant = try tenant(scope.tenant)
        let token = try tenant.indexers.with { $0.patientToken(patient: id) }
        do {
            let report = try tenant.purge(token, actor: scope.actor, reason: reason, waits: waits)
            if report != nil { tellOfPurge(scope.tenant) }
            return report
        } catch {
            // The key may be gone all the same.
            tellOfPurge(scope.tenant)
            throw error
        }
    }

    /// What was erased, oldest first.
    package func erasures(_ scope: AccessScope) throws -> [ErasureRecord] {
        let tenant = try tenant(scope.tenant)
        return try ErasureTable.load(tenant.keys, from: shared.database, sealers: shared.sealers).compactMap {
            (_, erasure) in
            guard erasure.kind == .purge, erasure.state != .intended else { return nil }
            return ErasureRecord(
                at: erasure.at, actor: erasure.actor, reason: erasure.reason, entries: erasure.sequences.count,
                sharedWithOthers: erasure.shared, isDone: erasure.state == .done, patientHash: erasure.patient)
        }
    }
}

extension TenantStore {
    /// Finds what is to be erased, and runs `body` while nothing is written. Most of the log is read, and most of what is
    /// in memory written out, before writes are held up.
    private func withPlan<Result>(
        _ token: PatientToken, _ body: (ErasurePlan) throws -> Result
    ) throws -> Result? {
        let numbers = Set(try keys.keyNumbers(token))
        if numbers.isEmpty { return nil }
        try settle()
        let last = state.current.lastSequence
        let owned = try blocks.sequences(under: numbers).prefix { $0 <= last }
        try maintenance.flush(upTo: last)
        return try gate.shut {
            try settle()
            try maintenance.flush(upTo: state.current.lastSequence)
            let later = try blocks.sequences(under: numbers, from: last + 1)
            return try body(
                ErasurePlan(tenant: self, snapshot: state.current, keys: numbers, owned: owned + later))
        }
    }

    fileprivate func previewPurge(_ token: PatientToken) throws -> PurgeReport? {
        try keyWork.withLock {
            try withPlan(token) { plan in
                PurgeReport(
                    entries: plan.sequences.count, sharedWithOthers: plan.sharedWithOthers, blocks: plan.blocks.count)
            }
        }
    }

    fileprivate func purge(
        _ token: PatientToken, actor: String, reason: String, waits: Bool
    ) throws -> PurgeReport? {
        let report = try keyWork.withLock { () -> PurgeReport? in
            let shredded = try withPlan(token) { try shred(token, actor: actor, reason: reason, $0) }
            guard let (id, erasure, blocks) = shredded else { return nil }
            var report = PurgeReport(
                entries: erasure.sequences.count, sharedWithOthers: erasure.shared, blocks: blocks,
                erasedAt: erasure.at)
            shared.blockCache.removeAll()
            if waits { report.isIndexClean = try finish([(id, erasure)]) }
            return report
        }
        if report != nil, !waits { startKeyWork() }
        return report
    }

    /// The purge up to the point from which there is no way back.
    private func shred(
        _ token: PatientToken, actor: String, reason: String, _ plan: ErasurePlan
    ) throws -> (Int64, Erasure, blocks: Int) {
        var erasure = plan.erasure(.purge, at: shared.clock.now())
        erasure.patient = keys.hash(of: token)
        erasure.actor = actor
        erasure.reason = reason
        let id = try shared.sealers.with { sealer in
            try shared.database.write { connection in
                // Those of older programs have no mark, and cannot be opened to prove what stands beside them any more.
                for block in plan.blocks {
                    try connection.execute(
                        "UPDATE blocks SET mark = $1 WHERE position = $2 AND mark IS NULL",
                        [
                            .integer(block.mark(keys.markKey)),
                            .integer(LogPosition.position(tenant: keys.id, sequence: block.first)),
                        ])
                }
                return try ErasureTable.enter(erasure, keys, sealer: sealer, on: connection)
            }
        }
        // First, so that nobody comes upon what cannot be opened any more.
        let before = state.current
        state.erase(erasure)
        do {
            _ = try keys.shred(token)
        } catch {
            state.takeBackErasure(before)
            try takeBack(id, since: error)
            throw error
        }
        state.confirmErasures()
        sights.forget()
        // If readers keep it from being done now, `finish` does it.
        try? keys.forgetTraces()
        return (id, erasure, plan.blocks.count)
    }

    /// Takes the intention of an erasure back whose keys were not shredded: the next start must not erase either.
    /// - Throws: `StoreError.unavailable` if it stays, so that the next start does erase.
    private func takeBack(_ id: Int64, since failure: any Error) throws {
        do {
            try shared.sealers.with { sealer in
                try shared.database.write { try ErasureTable.delete(id, keys, sealer: sealer, on: $0) }
            }
        } catch {
            standingIntentions.insert(id)
            throw StoreError(
                code: .unavailable,
                detail: "the patient's key could not be shredded, and the purge could not be taken back: the next "
                    + "start finishes it, with all that is written under the patient until then",
                cause: failure)
        }
    }

    /// Does what is left of erasures whose keys are shredded. Under `keyWork`.
    /// - Returns: `false` if the store is closed before the end.
    @discardableResult
    func finish(_ erasures: [(id: Int64, erasure: Erasure)]) throws -> Bool {
        try keys.forgetTraces()
        for (id, erasure) in erasures where erasure.state == .intended {
            try ErasureWork(tenant: self).emptyBlocks(erasure)
            try store(erasure, id: id, state: .shredded)
        }
        do {
            try maintenance.rewrite(without: erasures.map(\.erasure)) { isOpen }
        } catch is MergeStopped {
            return false
        }
        shared.pageCache.removeAll()
        for (id, erasure) in erasures { try store(erasure, id: id, state: .done) }
        return true
    }

    private func store(_ erasure: Erasure, id: Int64, state: Erasure.State) throws {
        var erasure = erasure
        erasure.state = state
        try shared.sealers.with { sealer in
            try shared.database.write { try ErasureTable.store(erasure, id: id, keys, sealer: sealer, on: $0) }
        }
    }
}

extension Erasure {
    /// Whether a segment leads to what was erased.
    func reaches(_ segment: Segment) throws -> Bool {
        for list in [sequences, after] {
            let place = lowerBound(list, segment.firstSequence)
            if place < list.count, list[place] <= segment.lastSequence { return true }
        }
        return try trails.contains { token, last in try segment.head(token).map { $0.sequence <= last } ?? false }
    }
}
