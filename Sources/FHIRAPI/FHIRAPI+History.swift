internal import Access
internal import Base
internal import HTTP
internal import RecordStore

extension FHIRAPI {
    /// Lists the versions of a resource, newest first.
    @Sendable func serveHistory(_ call: Call, _ reply: Reply) throws {
        _ = try call.type()
        try call.allowOnly(Self.ofHistory)
        hand(call, reply, to: readers) { [self] bench in try history(call, bench) }
    }

    private func history(_ call: Call, _ bench: Workbench) throws -> HTTPResponse {
        let paged = try pageRequest(
            call.request.query.items, place: "\(call.scope.tenant) history \(call.typeName)/\(call.id)")
        let resumed = paged.cursor
        let query = QueryParameters(paged.parameters)
        let count = try pageCount(query)
        var asked = call
        asked.request.query = query
        let subset = try subset(asked)
        let since = try query["_since"].map { try Call.instants("_since", $0).low }
        let at = try query["_at"].map { try Call.instants("_at", $0) }

        var next =
            try resumed.map { try store.entry(call.scope, sequence: $0.after) }
            ?? store.read(call.scope, type: call.typeName, id: call.id)
        guard next != nil else {
            throw FHIRAPIError(.notFound, .notFound, "There is no \(call.typeName)/\(call.id.shortened).")
        }
        let addresses = Addresses(base: call.base)
        var bundle = BundleWriter(type: "history", addresses: addresses)
        var written = 0
        while let version = next {
            if let since, version.lastUpdated < since { next = nil; break }
            let isTooNew = at.map { version.lastUpdated > $0.high } ?? false
            if !isTooNew {
                if written == count || bundle.byteCount > options.pageBytesMax { break }
                try bundle.add(version: version, subset: subset, using: bench)
                written += 1
                // Of what is older than the moment or span asked for, only what then still held counts.
                if let at, version.lastUpdated <= at.low { next = nil; break }
            }
            next = try store.version(call.scope, before: version)
        }
        let url = addresses.resource(type: call.typeName, id: call.id) + "/_history"
        var links = [BundleWriter.Link(relation: "self", url: Self.url(url, call.request.query.items))]
        if let next, count > 0 {
            let cursor = SearchCursor(point: LogPoint(sequence: next.sequence), after: next.sequence)
            links.append(try nextLink(url, after: paged, cursor))
        }
        let isWhole = resumed == nil && next == nil
        bundle.finish(total: isWhole ? written : nil, links: links)
        return .fhir(body: bundle.writer)
    }

    /// The results wanted on a page.
    /// What `_count` asks for, within the limit.
    func pageCount(_ query: QueryParameters) throws(FHIRAPIError) -> Int {
        guard let text = query["_count"] else { return options.pageCount }
        guard let count = Int(text), count > 0 else {
            throw FHIRAPIError(
                .invalid, .value, "_count takes a whole number from 1, not \"\(text.shortened)\".",
                location: "http._count")
        }
        return min(count, options.pageCountMax)
    }
}
