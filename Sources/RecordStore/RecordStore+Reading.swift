package import Access
package import Base
internal import SQLDatabase
internal import Vault

/// A moment of the log: reads and searches that name the same one see the same.
package struct LogPoint: Hashable, Sendable {
    /// The last entry of the log that is seen.
    package let sequence: UInt64

    package init(sequence: UInt64) {
        self.sequence = sequence
    }
}

extension RecordStore {
    /// The newest version of a resource, which may be its deletion; `nil` if it never existed.
    package func read(_ scope: AccessScope, type: String, id: String) throws -> StoredResource? {
        let tenant = try tenant(scope.tenant)
        let token = IdentityToken(type: type, id: id, key: tenant.keys.identityKey)
        guard let head = try tenant.durableHead(token) else { return nil }
        return try tenant.entry(head.sequence, type: type, id: id)
    }

    /// The version of a resource that held at a point of the log, which may be its deletion.
    package func read(
        _ scope: AccessScope, type: String, id: String, at point: LogPoint
    ) throws -> StoredResource? {
        let tenant = try tenant(scope.tenant)
        guard let head = try read(scope, type: type, id: id) else { return nil }
        return try tenant.version(of: head, at: point.sequence, in: tenant.state.current)
    }

    /// One version of a resource; `nil` if the resource has none of that number.
    package func readVersion(
        _ scope: AccessScope, type: String, id: String, version: UInt64
    ) throws -> StoredResource? {
        let tenant = try tenant(scope.tenant)
        let snapshot = tenant.state.current
        guard version > 0, version <= snapshot.lastSequence, !snapshot.erased.contains(version) else { return nil }
        let entry = try tenant.blocks.entry(version)
        return entry.isVersion(ofType: type, id: id) ? entry : nil
    }

    /// All versions of a resource, newest first; empty if it never existed.
    package func history(_ scope: AccessScope, type: String, id: String) throws -> [StoredResource] {
        let tenant = try tenant(scope.tenant)
        var versions: [StoredResource] = []
        var next = try read(scope, type: type, id: id)
        while let version = next {
            versions.append(version)
            next = try tenant.version(before: version, in: tenant.state.current)
        }
        return versions
    }

    /// The newest version of a resource before another of its versions, as far as it was not erased; `nil` if there is
    /// none.
    package func version(_ scope: AccessScope, before version: StoredResource) throws -> StoredResource? {
        let tenant = try tenant(scope.tenant)
        return try tenant.version(before: version, in: tenant.state.current)
    }

    /// The version with a sequence number, as receipts and searches give them.
    /// - Throws: `StoreError.shredded` if it was erased.
    package func entry(_ scope: AccessScope, sequence: UInt64) throws -> StoredResource {
        let tenant = try tenant(scope.tenant)
        guard !tenant.state.current.erased.contains(sequence) else {
            throw StoreError(code: .shredded, detail: "the entry \(sequence) was erased")
        }
        return try tenant.blocks.entry(sequence)
    }

    /// The present end of the log.
    package func now(_ scope: AccessScope) throws -> LogPoint {
        LogPoint(sequence: try tenant(scope.tenant).state.current.lastSequence)
    }

    /// The end of the log as it was at an instant.
    package func point(_ scope: AccessScope, at instant: Instant) throws -> LogPoint {
        let tenant = try tenant(scope.tenant)
        let last = tenant.state.current.lastSequence
        return LogPoint(sequence: try tenant.blocks.lastSequence(at: instant, upTo: last))
    }

    /// Bytes that the data store takes on disk.
    package func bytesOnDisk() throws -> Int {
        try shared.database.bytesOnDisk()
    }

    /// Entries whose references could not be resolved yet, in the order of the log.
    package func awaiting(_ scope: AccessScope) throws -> [UInt64] {
        try tenant(scope.tenant).awaited.sequences
    }
}

extension TenantStore {
    /// An entry of the log that must be a version of a resource.
    func entry(_ sequence: UInt64, type: String, id: String) throws -> StoredResource {
        let entry = try blocks.entry(sequence)
        guard entry.isVersion(ofType: type, id: id) else {
            throw StoreError(code: .damaged, detail: "the index leads to entry \(sequence), which is another resource")
        }
        return entry
    }
}
