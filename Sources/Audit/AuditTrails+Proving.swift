package import Access
internal import Base
package import Vault

extension AuditTrails {
    /// Proves that an entry is in the trail, under the oldest head that covers it. If none does yet, one is signed.
    /// - Throws: `AuditError.missing` if there is no such entry or its content was retired; `.damaged` if the hashes do
    ///   not lead to the signed root.
    package func prove(_ number: UInt64, tenant: TenantName) throws(AuditError) -> InclusionProof {
        guard let trail = try existing(tenant) else { throw AuditError(.missing, "there is no entry \(number)") }
        let (entry, nonce) = try reader(trail).entry(number)
        let (file, keys, count) = try heads(trail, covering: number + 1)
        guard let index = try file.firstCovering(number + 1, count: count) else {
            throw AuditError(.damaged, "no head covers entry \(number)")
        }
        let head = try file.head(index)
        let hashes = try HashFile(trail.folder, .read, settings.storage)
        do {
            let path = try MerkleProof.inclusion(of: number, size: head.size, SHA256Hasher()) { p throws(AuditError) in
                try hashes.read(p)
            }
            let proof = InclusionProof(number: number, entry: entry, nonce: nonce, path: path, head: head)
            try proof.check(keys.signing.publicKey)
            return proof
        } catch let error as AuditError where error.code == .unproven {
            throw AuditError(.damaged, "entry \(number) is not what head \(index) signed", cause: error)
        } catch let error as AuditError {
            throw error
        } catch {
            throw AuditError(.keys, "a proof could not be made", cause: error)
        }
    }

    /// Proves that nothing changed between two signed heads.
    /// - Parameters:
    ///   - from: the size of the older head, as `heads` tells it.
    ///   - to: the size of the newer one.
    /// - Throws: `AuditError.missing` if no head has such a size; `.damaged` if the hashes do not lead to the roots.
    package func consistency(
        from old: UInt64, to new: UInt64, tenant: TenantName
    ) throws(AuditError) -> ConsistencyProof {
        guard let trail = try existing(tenant), old <= new else {
            throw AuditError(.missing, "there are no heads of \(old) and \(new) entries in this order")
        }
        let (file, keys, count) = try heads(trail, covering: 0)
        var found: [TreeHead] = []
        for size in [old, new] {
            guard let index = try file.firstCovering(size, count: count) else {
                throw AuditError(.missing, "no head has \(size) entries")
            }
            let head = try file.head(index)
            guard head.size == size else { throw AuditError(.missing, "no head has \(size) entries") }
            found.append(head)
        }
        let hashes = try HashFile(trail.folder, .read, settings.storage)
        do {
            let path = try MerkleProof.consistency(from: old, to: new, SHA256Hasher()) { p throws(AuditError) in
                try hashes.read(p)
            }
            let proof = ConsistencyProof(old: found[0], new: found[1], path: path)
            try proof.check(keys.signing.publicKey)
            return proof
        } catch let error as AuditError where error.code == .unproven {
            throw AuditError(.damaged, "the hashes between the heads do not fit them", cause: error)
        } catch let error as AuditError {
            throw error
        } catch {
            throw AuditError(.keys, "a proof could not be made", cause: error)
        }
    }

    /// The signed heads of a trail, newest first.
    /// - Parameter before: heads from this place on are left out; `nil` for the newest.
    /// - Returns: heads with their places, from 0.
    package func heads(
        tenant: TenantName, before: Int? = nil, count: Int
    ) throws(AuditError) -> [(index: Int, head: TreeHead)] {
        guard let trail = try existing(tenant) else { return [] }
        let (file, _, total) = try heads(trail, covering: 0)
        let end = max(0, min(before ?? total, total))
        let start = max(0, end - min(max(count, 0), Self.pageEntriesMax))
        var found: [(Int, TreeHead)] = []
        for index in stride(from: end - 1, through: start, by: -1) where index >= 0 {
            found.append((index, try file.head(index)))
        }
        return found
    }

    /// What verifies the heads of a trail: to be kept by whoever checks.
    /// - Throws: `AuditError.missing` if there is no trail.
    package func publicKey(tenant: TenantName) throws(AuditError) -> Ed25519PublicKey {
        guard let trail = try existing(tenant) else { throw AuditError(.missing, "\(tenant) has no audit trail") }
        return try trail.reading().keys.signing.publicKey
    }

    private func heads(
        _ trail: AuditTrail, covering size: UInt64
    ) throws(AuditError) -> (file: HeadFile, keys: TrailKeys, count: Int) {
        let (live, keys) = try trail.reading()
        let file = try HeadFile(trail.folder, keys, .read, settings.storage)
        var count = live.snapshot().heads
        let covered = count > 0 ? try file.head(count - 1).size : 0
        if covered < size {
            try signHead(tenant: trail.tenant)
            count = live.snapshot().heads
        }
        return (file, keys, count)
    }
}
