package import Access
internal import FHIR
internal import SQLDatabase
package import Search

extension RecordStore {
    /// What is indexed of each type, for reading queries.
    package var plans: SearchPlans { shared.plans }

    /// One page of a search's matches: newest first, or in the order of the query's `_sort`.
    /// - Throws: `StoreError.limit` if more matches would have to be opened than is allowed.
    package func search(_ scope: AccessScope, _ query: SearchQuery, _ window: SearchWindow) throws -> SearchPage {
        if !query.conditions.isEmpty || window.explains || !query.options.isInOrderOfLog {
            return try search(scope, [query], window)
        }
        let tenant = try tenant(scope.tenant)
        let viewer = try tenant.viewer(scope, .search)
        return try tenant.indexers.with { indexer in
            try SearchRun(tenant: tenant, indexer: indexer, query: query, window: window, viewer: viewer).page()
                .shown(to: scope)
        }
    }

    /// One page of the matches of queries of several types, together: newest first, or in the order of `_sort`, which
    /// must be the same in all of them.
    /// - Throws: `StoreError.limit` if more matches would have to be opened, or joined, than is allowed.
    package func search(
        _ scope: AccessScope, _ queries: [SearchQuery], _ window: SearchWindow
    ) throws -> SearchPage {
        let tenant = try tenant(scope.tenant)
        let viewer = try tenant.viewer(scope, .search)
        let snapshot = tenant.state.current
        let bound = min(window.cursor?.point.sequence ?? window.point?.sequence ?? .max, snapshot.lastSequence)
        return try tenant.indexers.with { indexer in
            try shared.database.readTransaction { connection in
                let search = JoinedSearch(
                    tenant: tenant, indexer: indexer, snapshot: snapshot, bound: bound, explains: window.explains,
                    viewer: viewer, on: connection)
                return try search.page(queries, window).shown(to: scope)
            }
        }
    }

    /// The newest versions of everything in a patient's compartment, the patient's own record included, in the order of
    /// the log.
    /// - Parameters:
    ///   - id: the patient's id.
    ///   - after: an entry of the log behind which to begin; 0 for the beginning.
    ///   - point: the point of the log to look at; `nil` for now.
    ///   - body: takes each version and returns whether to go on; it should not wait for anything.
    /// - Source: FHIR R4 CompartmentDefinition/patient.
    package func forEachInCompartment(
        _ scope: AccessScope, patient id: String, after: UInt64 = 0, at point: LogPoint? = nil,
        _ body: (StoredResource) throws -> Bool
    ) throws {
        let tenant = try tenant(scope.tenant)
        let token = try tenant.indexers.with { $0.compartmentToken(patient: id) }
        let viewer = try tenant.viewer(scope, .read)
        let snapshot = tenant.state.current
        let bound = min(point?.sequence ?? .max, snapshot.lastSequence)
        try shared.database.readTransaction { connection in
            var blocks = BlockCursor(tenant.blocks, on: connection)
            for part in snapshot.parts where part.firstSequence <= bound && part.lastSequence > after {
                let last = UInt32(min(part.lastSequence, bound) - part.firstSequence)
                for offset in try part.evaluate(.tokens([token]), to: last) {
                    let sequence = part.firstSequence + UInt64(offset)
                    guard sequence > after, try snapshot.isLive(sequence, at: bound) else { continue }
                    let entry = try blocks.entry(sequence)
                    if let viewer, try !viewer.sees(entry) { continue }
                    if try !body(entry.shown(to: scope)) { return }
                }
            }
        }
    }

    /// The values that a search parameter's extraction finds in a version, handed to `body`.
    package func withEntries<Result>(
        _ scope: AccessScope, of resource: StoredResource, _ body: (IndexEntryBuffer) throws -> Result
    ) throws -> Result {
        let tenant = try tenant(scope.tenant)
        return try tenant.indexers.with { indexer in try indexer.withEntries(resource, body) }
    }

    /// How many resources of a type there are now that the scope may see.
    package func count(_ scope: AccessScope, type: String) throws -> Int {
        let tenant = try tenant(scope.tenant)
        guard let type = definitions.type(named: type) else { return 0 }
        let viewer = try tenant.viewer(scope, .search)
        let token = try tenant.indexers.with { $0.typeToken(type) }
        return try tenant.count(token, in: tenant.state.current, type: type, viewer: viewer)
    }
}

extension TenantStore {
    /// How many live entries have the token of a type, and are seen.
    func count(_ token: UInt64, in snapshot: Snapshot, type: TypeID, viewer: Viewer?) throws -> Int {
        var count = 0
        for part in snapshot.parts {
            let view = try viewer?.view(of: part, type: type)
            if let view, view.possible.isNone { continue }
            let last = UInt32(part.lastSequence - part.firstSequence)
            let offsets = try part.evaluate(.tokens([token]), within: view?.possible.list, to: last)
            for offset in view?.possible.narrowed(offsets) ?? offsets
            where !snapshot.dead.contains(part.firstSequence + UInt64(offset)) {
                if let view, let viewer, !view.sure.contains(offset), try !viewer.decides(offset, of: part) { continue }
                count += 1
            }
        }
        return count
    }
}
