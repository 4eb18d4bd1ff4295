package import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// What the change of a patient's data key did.
package struct PatientKeyReport: Sendable {
    /// Blocks of the log that were sealed anew.
    package var blocks = 0
}

extension RecordStore {
    /// Gives a patient a new data key, seals everything under the old one anew, a few blocks in one transaction, and
    /// destroys the old key. Reads and writes go on meanwhile. What is cut short goes on with the next call, for this
    /// or for another patient, and with the next start.
    /// - Parameter progress: told up to which entry of the log it came, and of how many.
    /// - Returns: `nil` if the patient has no key.
    /// - Throws: `StoreError.damaged` if a block cannot be opened: then the old key stays.
    package func rotateKey(
        _ scope: AccessScope, patient id: String, progress: (_ entry: UInt64, _ of: UInt64) -> Void = { _, _ in }
    ) throws -> PatientKeyReport? {
        let tenant = try tenant(scope.tenant)
        let token = try tenant.indexers.with { $0.patientToken(patient: id) }
        return try tenant.rotateKey(token, progress: progress)
    }
}

extension TenantStore {
    func rotateKey(_ token: PatientToken, progress: (UInt64, UInt64) -> Void) throws -> PatientKeyReport? {
        try keyWork.withLock {
            // No write may be under way with the old key once the new one is there.
            let begun = try gate.shut { () -> PatientKeyRotation? in
                try settle()
                return try keys.beginRotation(token)
            }
            guard let begun else { return nil }
            return try finish(begun, progress: progress)
        }
    }

    /// Finishes rotations and erasures that were cut short. What fails is reported, and tried again with the next start
    /// or purge: meanwhile the old key still opens what it sealed, and what was erased stays unreadable.
    func finishKeyWork() {
        do {
            try keyWork.withLock {
                for rotation in try keys.openRotations() { _ = try finish(rotation) { _, _ in } }
                // The keys of those whose intention stands were not shredded: only a start may go on with them.
                let unfinished = try ErasureTable.load(keys, from: shared.database, sealers: shared.sealers)
                    .filter { $0.erasure.state != .done && !standingIntentions.contains($0.id) }
                if !unfinished.isEmpty { try finish(unfinished) }
            }
        } catch {
            // Closing the store cuts it short on purpose.
            guard isOpen else { return }
            shared.report(
                StoreError(
                    code: .unavailable,
                    detail: "a change of a key or an erasure in tenant \(keys.id) that was cut short could not be "
                        + "finished: the next start tries again",
                    cause: error))
        }
    }

    private func finish(
        _ rotation: PatientKeyRotation, progress: (UInt64, UInt64) -> Void
    ) throws -> PatientKeyReport {
        let blocks = try KeyRotation(tenant: self, rotation: rotation).run(progress: progress)
        // So that the old key's shredding is not taken for that of a patient's whose records are still here.
        var record = Erasure(kind: .rotation, state: .done, at: shared.clock.now())
        record.keys = [rotation.old]
        try shared.sealers.with { sealer in
            try shared.database.write { _ = try ErasureTable.enter(record, keys, sealer: sealer, on: $0) }
        }
        try keys.endRotation(rotation)
        return PatientKeyReport(blocks: blocks)
    }
}
