internal import Access
internal import Base
internal import FHIR
internal import Search

/// Decides about the writes of a subject's batch: on what is there, and on what is to be there.
///
/// It decides over the newest durable versions. The sequencer takes the batch only if they still are the newest then, so
/// that nobody comes between decision and write.
struct WriteAuthorization {
    private let batch: WriteBatch
    private let tenant: TenantStore
    private let viewer: Viewer
    private let subject: Subject.Facts

    /// - Returns: `nil` for a scope with the whole authority.
    init?(_ batch: WriteBatch, in tenant: TenantStore) throws {
        guard case .subject(let subject) = batch.scope.authority,
            let viewer = try tenant.viewer(batch.scope, .update)
        else { return nil }
        self.batch = batch
        self.tenant = tenant
        self.viewer = viewer
        self.subject = subject.facts
    }

    /// What a write is about.
    private struct Target {
        var type: String
        var id: String
        /// Of a put the resource.
        var facts: RecordFacts?
        var head: Head?
    }

    /// - Returns: of each write the version that was decided on, 0 for none.
    /// - Throws: `StoreError.denied` or `.hidden` with the place of the write.
    func authorize() throws -> [UInt64] {
        var targets: [Target] = []
        targets.reserveCapacity(batch.writes.count)
        for write in batch.writes { targets.append(try target(write)) }
        let made = Set(
            targets.lazy.filter { $0.type == "Patient" && $0.head == nil && $0.facts != nil }.map(\.id))
        // What an earlier write of the batch makes of a resource.
        var earlier: [IdentityToken: RecordFacts] = [:]
        for (place, target) in targets.enumerated() {
            let write = batch.writes[place]
            do throws(StoreError) {
                try authorize(target, place: place, over: earlier[write.identity], made: made)
            } catch {
                var error = error
                error.write = place
                throw error
            }
            earlier[write.identity] = target.facts ?? earlier[write.identity]
        }
        return targets.map { $0.head?.sequence ?? 0 }
    }

    private func target(_ write: PreparedWrite) throws -> Target {
        let body = UnsafeRawBufferPointer(rebasing: batch.bytes.bytes[write.body])
        var reader = ByteReader(body)
        guard reader.readByte() != nil, let type = reader.readText(), let id = reader.readText() else {
            throw StoreError(code: .invalid, detail: "a write of the batch is malformed")
        }
        var made = Target(
            type: String(decoding: type, as: UTF8.self), id: String(decoding: id, as: UTF8.self),
            head: try tenant.durableHead(write.identity))
        if write.operation == .put {
            made.facts = try batch.indexer.withResource(body: body) { resource, type, _ in
                batch.indexer.facts(of: resource, type: type, id: made.id)
            }
            made.facts?.writer = batch.scope.actor
        }
        return made
    }

    private func authorize(
        _ target: Target, place: Int, over earlier: RecordFacts?, made: Set<String>
    ) throws(StoreError) {
        do {
            var action = target.facts == nil ? AccessAction.delete : .create
            if let earlier {
                if target.facts != nil { action = .update }
                try demand(
                    viewer.decision(action, earlier, nil, made: made) { try matches($0, at: place) }, isSeen: true)
            } else if let head = target.head {
                let stored = try tenant.entry(head.sequence, type: target.type, id: target.id)
                if target.facts != nil, !head.isDeleted { action = .update }
                if target.facts == nil, head.isDeleted { return }
                // Who makes again what was deleted could have changed it before.
                let onStored = try viewer.decision(action == .create ? .update : action, on: stored)
                try demand(onStored, isSeen: try viewer.decision(.read, on: stored).isAllowed)
            }
            guard let facts = target.facts else { return }
            try demand(viewer.decision(action, facts, nil, made: made) { try matches($0, at: place) }, isSeen: true)
            if action == .create, facts.type == "Patient" { try checkNew(facts.id) }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(code: .damaged, detail: "what is to be written over cannot be read", cause: error)
        }
    }

    private func demand(_ decision: Decision, isSeen: Bool) throws {
        guard case .deny(let refusal) = decision else { return }
        guard isSeen else { throw StoreError(code: .hidden, detail: "there is no such resource") }
        throw StoreError(code: .denied, detail: "this may not be written (\(refusal.rawValue))")
    }

    /// Whoever makes a Patient has it in care: not one about whom others wrote before. A client that sees all patients
    /// gains nothing by it, and may bring the Patient after what is about it.
    private func checkNew(_ patient: String) throws {
        let seesAll =
            subject.role == .system
            && subject.scopes?.scopes(for: "Patient", .create).contains { $0.context == .system } == true
        guard subject.role == .clinician || subject.role == .system, !seesAll else { return }
        let token = batch.indexer.compartmentToken(patient: patient)
        for part in tenant.state.current.parts where try part.estimate(.tokens([token])) > 0 {
            throw StoreError(code: .denied, detail: "this may not be written (relation)")
        }
    }

    private func matches(_ query: SearchQuery, at place: Int) throws -> Bool {
        let body = UnsafeRawBufferPointer(rebasing: batch.bytes.bytes[batch.writes[place].body])
        guard batch.writes[place].operation == .put else { return false }
        return try batch.indexer.withResource(body: body) { resource, type, _ in
            query.type == type && batch.indexer.withEntries(of: resource, type: type) { query.matches($0) }
        }
    }
}

extension WriteBatch {
    /// Decides about all writes of the batch as a commit would now; a commit does so in any case.
    /// - Throws: `StoreError.denied`, or `.hidden` where the scope may not even see what is there, with the place of the
    ///   write.
    package func authorize() throws {
        _ = try WriteAuthorization(self, in: tenant)?.authorize()
    }
}
