package import Access
internal import Base
package import FHIR
package import JSONTape
package import Search
internal import Vault

/// A write of a batch, ready but for its sequence number.
struct PreparedWrite {
    var operation: LogOperation
    var identity: IdentityToken
    var contentHash: UInt64
    var patient: PatientToken
    /// Equal for resources of a type that tell of the same kind of thing; see `TenantStore.logOrder`.
    var kind: UInt64
    /// The entry's body in the batch's bytes.
    var body: Range<Int>
    /// The entry's tokens in the batch's tokens.
    var tokens: Range<Int>
    /// The tokens of identifiers that references of the entry still wait for.
    var awaited: [UInt64]
    var precondition: Precondition
}

/// A search that will not find a resource, because the expression of its parameter failed on it.
package struct IndexFailure: Sendable, Hashable {
    /// `Type/id`.
    package var resource: String
    package var reason: String
}

/// Writes that are committed together: all of them or none.
///
/// Adding a resource does all that needs no lock: it is written out, hashed and indexed. Not thread-safe; reused after
/// `removeAll`.
package final class WriteBatch {
    /// Who writes, and for which tenant.
    package let scope: AccessScope
    let keys: TenantKeys
    let bytes = ByteWriter(capacity: 1 << 20)
    private(set) var tokens: [UInt64] = []
    private(set) var writes: [PreparedWrite] = []
    /// What must still be so when the batch is committed.
    private(set) var guards: [SearchGuard] = []
    /// Which searches will not find which resource, because an expression failed on it; the resources themselves are
    /// stored. Empty nearly always.
    package private(set) var indexFailures: [IndexFailure] = []
    private(set) var indexer: ResourceIndexer
    let tenant: TenantStore
    /// Of the scheme that the writes are indexed by.
    private(set) var generation: Int
    /// The places of writes of SearchParameters.
    private(set) var parameterWrites: [Int] = []
    /// The parameters that those define.
    var parameters: [CustomParameter] = []
    private let meta = ByteWriter(capacity: 1024)
    private let identity = ByteWriter(capacity: 128)

    init(scope: AccessScope, tenant: TenantStore) throws {
        self.scope = scope
        self.tenant = tenant
        keys = tenant.keys
        let scheme = tenant.scheme
        generation = scheme.generation
        indexer = try ResourceIndexer(plans: scheme.plans, keys: tenant.keys)
    }

    /// Indexes the writes by a scheme if they were by another. All of them or, where this throws, none: what is there
    /// then still belongs together.
    func adopt(_ scheme: IndexScheme) throws {
        guard scheme.generation != generation else { return }
        let indexer = try ResourceIndexer(plans: scheme.plans, keys: keys)
        var tokens: [UInt64] = []
        var places: [Range<Int>] = []
        places.reserveCapacity(writes.count)
        for write in writes {
            let first = tokens.count
            if write.operation == .put {
                try indexer.reindex(
                    body: UnsafeRawBufferPointer(rebasing: bytes.bytes[write.body]), writer: scope.actor,
                    tokens: &tokens)
            } else {
                tokens += self.tokens[write.tokens]
            }
            places.append(first..<tokens.count)
        }
        for (place, range) in places.enumerated() { writes[place].tokens = range }
        self.tokens = tokens
        self.indexer = indexer
        generation = scheme.generation
    }

    /// Says whom what a deletion deletes belongs to, which is known at the commit.
    func setPatient(_ patient: PatientToken, ofWrite place: Int) {
        writes[place].patient = patient
    }

    /// How many writes there are.
    package var count: Int { writes.count }

    /// How many bytes of content there are.
    package var byteCount: Int { bytes.count }

    /// Forgets all writes and keeps the memory.
    package func removeAll() {
        bytes.removeAll()
        tokens.removeAll(keepingCapacity: true)
        writes.removeAll(keepingCapacity: true)
        if !guards.isEmpty { guards.removeAll() }
        if !parameterWrites.isEmpty { parameterWrites.removeAll() }
        if !parameters.isEmpty { parameters.removeAll() }
        if !indexFailures.isEmpty { indexFailures.removeAll() }
    }

    /// Adds a resource in a new version, or as a new resource. `meta.versionId` and `meta.lastUpdated` are the store's to
    /// give and are not taken from the resource.
    /// - Parameters:
    ///   - resource: an object of `type`, its structure checked, read with the definitions' names.
    ///   - type: the resource's type.
    ///   - id: the id under which it is stored, whatever its own `id` says.
    ///   - precondition: what must hold at the commit.
    ///   - awaited: tokens (see `awaitedToken`) of conditional references that could not be resolved.
    package func put(
        _ resource: JSONValue, type: TypeID, id: UnsafeRawBufferPointer, precondition: Precondition = .none,
        awaited: [UInt64] = []
    ) {
        let names = indexer.names
        let body = startBody(.put, type: type, id: id)
        meta.removeAll()
        resource.member(numbered: names.meta)?.writeMembers(to: meta) { member in
            member.number == names.versionID || member.number == names.lastUpdated
        }
        bytes.writeVarint(UInt64(meta.count))
        bytes.write(meta.bytes)
        resource.writeMembers(to: bytes) { member in
            member.number == names.resourceType || member.number == names.id || member.number == names.meta
        }
        let firstToken = tokens.count
        let patient = indexer.index(resource, type: type, id: id, writer: scope.actor, tokens: &tokens)
        let kind = indexer.kind(type)
        if !indexer.failures.isEmpty { note(indexer.failures, of: type, id: id) }
        if type == indexer.parameterType { notePut(resource, id: id) }
        finish(
            .put, body: body..<bytes.count, tokens: firstToken..<tokens.count, patient: patient, kind: kind,
            awaited: awaited, precondition: precondition)
    }

    /// Adds the deletion of a resource.
    package func delete(type: TypeID, id: UnsafeRawBufferPointer, precondition: Precondition = .none) {
        let body = startBody(.delete, type: type, id: id)
        bytes.writeVarint(0)
        let firstToken = tokens.count
        tokens.append(indexer.deletionToken(type))
        if type == indexer.parameterType { parameterWrites.append(writes.count) }
        finish(
            .delete, body: body..<bytes.count, tokens: firstToken..<tokens.count, patient: PatientToken.common,
            kind: 0, awaited: [], precondition: precondition)
    }

    /// Makes the commit happen only if a search would still find what it found; else it fails with
    /// `StoreError.changed`. What it found may have got new versions that it finds as well.
    /// - Parameters:
    ///   - query: without chains: one that looks at each resource alone.
    ///   - point: where the search looked.
    ///   - found: what it found, all of it.
    ///   - write: the place of the write that is made because of it.
    /// - Throws: what keeps the batch from being indexed as the query was read.
    package func expect(
        _ query: SearchQuery, at point: LogPoint, finds found: [StoredResource], for write: Int? = nil
    ) throws {
        try adopt(tenant.scheme)
        let cover = indexer.cover(query)
        var ids: Set<String>?
        for some in query.ids { ids = ids?.intersection(some) ?? Set(some) }
        let type = indexer.name(of: query.type)
        let key = keys.identityKey
        guards.append(
            SearchGuard(
                point: point.sequence, candidates: cover.candidates,
                // When a resource was written is not in its tokens.
                certain: query.lastUpdated.isEmpty ? cover.certain : .none,
                ids: ids.map { $0.map { IdentityToken(type: type, id: $0, key: key) } },
                expected: Set(found.map { IdentityToken(type: $0.type, id: $0.id, key: key) }), write: write))
    }

    /// A write of this batch that a search would find which another of its writes is made because of: the search knows
    /// nothing of the batch, so that the two would contradict each other.
    package var contradiction: (write: Int, because: Int)? {
        let index = GuardIndex(
            guards.enumerated().filter { $0.element.write != nil }.map { ($0.offset, $0.element.certain) })
        guard !index.isEmpty else { return nil }
        for (place, write) in writes.enumerated() where write.operation == .put {
            let tokens = tokens[write.tokens]
            for one in index.guards(of: tokens).map({ guards[$0] }) {
                guard let cause = one.write, cause != place, !one.expected.contains(write.identity),
                    one.ids.map({ $0.contains(write.identity) }) ?? true, one.certain.holds(tokens)
                else { continue }
                return (place, cause)
            }
        }
        return nil
    }

    /// Whether a query finds a resource, looked at alone. Neither `_id` nor `_lastUpdated` are looked at.
    /// - Throws: what keeps the batch from being indexed as the query was read.
    package func matches(_ query: SearchQuery, _ resource: JSONValue, type: TypeID) throws -> Bool {
        guard query.type == type else { return false }
        try adopt(tenant.scheme)
        return indexer.withEntries(of: resource, type: type) { query.matches($0) }
    }

    /// One token that whatever a query can find has, for `put(awaited:)`.
    /// - Throws: what keeps the batch from being indexed as the query was read.
    package func awaitedToken(_ query: SearchQuery) throws -> UInt64 {
        try adopt(tenant.scheme)
        return indexer.commonToken(query)
    }

    private func notePut(_ resource: JSONValue, id: UnsafeRawBufferPointer) {
        parameterWrites.append(writes.count)
        var findings: [CustomParameterFinding] = []
        let parameter = CustomParameterReader.read(
            resource, id: String(decoding: id, as: UTF8.self), definitions: indexer.plans.definitions,
            findings: &findings)
        if let parameter { parameters.append(parameter) }
    }

    private func note(_ failures: [SearchError], of type: TypeID, id: UnsafeRawBufferPointer) {
        let resource = indexer.name(of: type) + "/" + String(decoding: id, as: UTF8.self)
        indexFailures += failures.map { IndexFailure(resource: resource, reason: $0.detail) }
    }

    private func startBody(_ operation: LogOperation, type: TypeID, id: UnsafeRawBufferPointer) -> Int {
        let start = bytes.count
        let name = indexer.name(of: type)
        bytes.write(operation.rawValue)
        bytes.writeVarint(UInt64(name.utf8.count))
        bytes.write(name)
        bytes.writeVarint(UInt64(id.count))
        bytes.write(id)
        identity.removeAll()
        identity.write(name)
        identity.write(UInt8(ascii: "/"))
        identity.write(id)
        return start
    }

    private func finish(
        _ operation: LogOperation, body: Range<Int>, tokens: Range<Int>, patient: PatientToken, kind: UInt64,
        awaited: [UInt64], precondition: Precondition
    ) {
        let content = UnsafeRawBufferPointer(rebasing: bytes.bytes[body])
        let hash = SipHash.hash128(identity.bytes, key: keys.identityKey)
        writes.append(
            PreparedWrite(
                operation: operation, identity: IdentityToken(high: hash.high, low: hash.low),
                contentHash: SipHash.hash64(content, key: keys.contentKey), patient: patient, kind: kind, body: body,
                tokens: tokens, awaited: awaited, precondition: precondition))
    }
}
