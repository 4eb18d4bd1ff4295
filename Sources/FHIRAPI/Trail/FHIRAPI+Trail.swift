internal import Access
internal import Audit
internal import Base
internal import HTTP
internal import RecordStore

/// Martlet's own audit trail as AuditEvents, beside those that other systems have stored.
extension FHIRAPI {
    /// Answers a read of one of the trail's entries.
    /// - Returns: whether the request is for one; else it is for a stored resource.
    func readsTrail(_ call: Call, _ reply: Reply) throws -> Bool {
        guard let trails, call.typeName == TrailNumber.type, let number = TrailNumber(call.id)?.value else {
            return false
        }
        try call.allowOnly([])
        hand(call, reply, to: readers) { [self] _ in
            guard let sight = TrailSight(call.scope, .read),
                let entry = try TrailPage.entry(number, trails, call.scope.tenant, sight),
                call.request.captures["version"] ?? "1" == "1"
            else { throw FHIRAPIError(.notFound, .notFound, "There is no \(call.typeName)/\(call.id.shortened).") }
            let writer = ByteWriter(capacity: 4096)
            write(NumberedEntry(number: number, entry: entry), call, to: writer)
            var response = HTTPResponse.fhir(body: writer)
            response.headers["ETag"] = VersionHeaders.entityTag(1)
            response.headers["Last-Modified"] = VersionHeaders.lastModified(entry.time)
            return response
        }
        return true
    }

    private func write(_ numbered: NumberedEntry, _ call: Call, to writer: ByteWriter) {
        call.trace.told(numbered)
        AuditEventJSON(observer: String(call.base.dropLast("/fhir".count)), idPrefix: TrailNumber.prefix)
            .write(numbered, tenant: call.scope.tenant, to: writer)
    }

    /// What a page of a search begins with, of the trail.
    struct TrailPart {
        /// The search as it was first asked for: what is stored is searched by it.
        var call: Call
        var page: TrailPage
        var warnings: [Issue] = []
        /// What the page's own address has as its query.
        var ownItems: [QueryParameters.Item]
        /// Whether what is stored is on this page too: there is room, and no more in the trail.
        var takesStored: Bool
        /// Links to what follows in the trail.
        var place: String
        var parameters: [QueryParameters.Item]

        /// Writes the entries until the page is as large as it may be, at least one.
        mutating func write(_ api: FHIRAPI, to bundle: inout BundleWriter) {
            for (place, entry) in page.entries.enumerated() {
                if place > 0, bundle.byteCount > api.options.pageBytesMax {
                    page.cut(to: place)
                    takesStored = false
                    return
                }
                let url = call.base + "/\(TrailNumber.type)/\(TrailNumber.prefix)\(entry.number)"
                bundle.add(fullUrl: url) { api.write(entry, call, to: $0) }
            }
        }
    }

    /// Looks a search up in the trail, if it is one for AuditEvents by somebody who may see them.
    /// - Parameter call: decoded.
    /// - Returns: `nil` if the trail has no part in it.
    func trailPart(_ call: Call) throws -> TrailPart? {
        guard let trails, call.typeName == TrailNumber.type, call.request.captures["inner"] == nil,
            let sight = TrailSight(call.scope, .search)
        else { return nil }
        let own = call.request.query.items
        var items = own
        if call.request.method == .post { items += try SearchRequest.form(call.request) }
        let place = "\(call.scope.tenant) audit trail"
        var before: UInt64?
        if let text = items.first(where: { $0.name == "_page" })?.value {
            // Links into what is stored are that search's own.
            guard let token = PageToken(text, for: place, key: pageKey) else { return nil }
            _ = try pageToken(text, place: place, items.filter { !["_page", "_format", "_pretty"].contains($0.name) })
            items = token.parameters
            before = token.cursor.after
        } else {
            items.removeAll { $0.name == "_format" || $0.name == "_pretty" }
        }
        var call = call
        call.request.query = QueryParameters(items)
        call.request.body = []
        let query = try TrailQuery(items, base: call.base)
        guard query.unknown.isEmpty else { return Self.untold(query.unknown, call, own, place) }
        let count = min(query.count ?? options.pageCount, options.pageCountMax)
        let page = try TrailPage(trails, call.scope.tenant, query, sight, before: before, count: count)
        return TrailPart(
            call: call, page: page, ownItems: own,
            takesStored: page.next == nil && page.entries.count < count && !query.isOfTrailAlone, place: place,
            parameters: items)
    }

    /// A search that the trail cannot answer.
    private static func untold(
        _ names: [String], _ call: Call, _ own: [QueryParameters.Item], _ place: String
    ) -> TrailPart {
        let list = names.map { "\"\($0.shortened)\"" }.joined(separator: ", ")
        let warning = Issue(
            severity: .warning, kind: .notSupported,
            diagnostics: "Only AuditEvents that other systems stored are here: this server's own audit trail is not "
                + "searched by \(list) as given.")
        return TrailPart(
            call: call, page: TrailPage(), warnings: [warning], ownItems: own, takesStored: true, place: place,
            parameters: call.request.query.items)
    }

    /// The answer of a search that found as much in the trail as fits on the page, or that what is stored is not asked
    /// for.
    func answer(_ part: TrailPart, _ begun: BundleWriter) throws -> HTTPResponse {
        var bundle = begun
        let url = part.call.base + "/" + TrailNumber.type
        var links = [BundleWriter.Link(relation: "self", url: Self.url(url, part.ownItems))]
        if let before = part.page.next {
            let token = PageToken(
                parameters: part.parameters,
                cursor: SearchCursor(point: LogPoint(sequence: 0), after: before, offset: 0), began: clock.now(),
                isLenient: false, total: nil)
            links.append(try nextLink(url, token, place: part.place))
        }
        bundle.finish(total: nil, links: links)
        return .fhir(body: bundle.writer)
    }

    /// Refuses to write under an id of the trail.
    func checkIsNoTrail(_ type: String, _ id: String) throws(FHIRAPIError) {
        guard trails != nil, type == TrailNumber.type, TrailNumber(id) != nil else { return }
        var error = FHIRAPIError(
            .methodNotAllowed, .notSupported, "\(type)/\(id) is of the audit trail, which nobody changes.")
        error.headers = ["Allow": "GET, HEAD"]
        throw error
    }
}
