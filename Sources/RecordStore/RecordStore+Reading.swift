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
    /// The newest version of a resource, which may be its deletion; `nil` if it never existed, or the scope may not see it.
    package func read(_ scope: AccessScope, type: String, id: String) throws -> StoredResource? {
        let tenant = try tenant(scope.tenant)
        return try tenant.visible(tenant.newest(type: type, id: id), scope, .read)
    }

    /// The version of a resource that held at a point of the log, which may be its deletion; `nil` if there is none that
    /// the scope may see.
    package func read(
        _ scope: AccessScope, type: String, id: String, at point: LogPoint
    ) throws -> StoredResource? {
        let tenant = try tenant(scope.tenant)
        guard let head = try tenant.newest(type: type, id: id) else { return nil }
        let version = try tenant.version(of: head, at: point.sequence, in: tenant.state.current)
        return try tenant.visible(version, scope, .read)
    }

    /// One version of a resource; `nil` if the resource has none of that number that the scope may see.
    package func readVersion(
        _ scope: AccessScope, type: String, id: String, version: UInt64
    ) throws -> StoredResource? {
        let tenant = try tenant(scope.tenant)
        let snapshot = tenant.state.current
        guard version > 0, version <= snapshot.lastSequence, !snapshot.erased.contains(version) else { return nil }
        let entry = try tenant.blocks.entry(version)
        return entry.isVersion(ofType: type, id: id) ? try tenant.visible(entry, scope, .history) : nil
    }

    /// All versions of a resource that the scope may see, newest first; empty if there are none.
    package func history(_ scope: AccessScope, type: String, id: String) throws -> [StoredResource] {
        let tenant = try tenant(scope.tenant)
        let viewer = try tenant.viewer(scope, .history)
        var versions: [StoredResource] = []
        var next = try tenant.newest(type: type, id: id)
        while let version = next {
            if try viewer?.sees(version) ?? true { versions.append(version.shown(to: scope)) }
            next = try tenant.version(before: version, in: tenant.state.current)
        }
        return versions
    }

    /// The newest version of a resource before another of its versions that was not erased and that the scope may see;
    /// `nil` if there is none.
    package func version(_ scope: AccessScope, before version: StoredResource) throws -> StoredResource? {
        let tenant = try tenant(scope.tenant)
        let viewer = try tenant.viewer(scope, .history)
        var next = try tenant.version(before: version, in: tenant.state.current)
        while let present = next, let viewer, try !viewer.sees(present) {
            next = try tenant.version(before: present, in: tenant.state.current)
        }
        return next?.shown(to: scope)
    }

    /// The version with a sequence number, as receipts and searches give them.
    /// - Throws: `StoreError.hidden` if the scope may not see it; `.shredded` if it was erased.
    package func entry(_ scope: AccessScope, sequence: UInt64) throws -> StoredResource {
        let tenant = try tenant(scope.tenant)
        guard !tenant.state.current.erased.contains(sequence) else {
            throw StoreError(code: .shredded, detail: "the entry \(sequence) was erased")
        }
        guard let entry = try tenant.visible(tenant.blocks.entry(sequence), scope, .read) else {
            throw StoreError(code: .hidden, detail: "there is no such version")
        }
        return entry
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

    /// Entries whose references could not be resolved yet, in the order of the log; none for a subject.
    package func awaiting(_ scope: AccessScope) throws -> [UInt64] {
        scope.authority == .whole ? try tenant(scope.tenant).awaited.sequences : []
    }
}

extension TenantStore {
    /// The newest durable version of a resource, whoever may see it.
    func newest(type: String, id: String) throws -> StoredResource? {
        guard let head = try durableHead(IdentityToken(type: type, id: id, key: keys.identityKey)) else { return nil }
        return try entry(head.sequence, type: type, id: id)
    }

    /// An entry of the log that must be a version of a resource.
    func entry(_ sequence: UInt64, type: String, id: String) throws -> StoredResource {
        let entry = try blocks.entry(sequence)
        guard entry.isVersion(ofType: type, id: id) else {
            throw StoreError(code: .damaged, detail: "the index leads to entry \(sequence), which is another resource")
        }
        return entry
    }
}
