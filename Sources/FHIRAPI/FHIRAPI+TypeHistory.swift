internal import Access
internal import Base
internal import FHIR
internal import HTTP
internal import RecordStore

extension FHIRAPI {
    /// Lists the versions of a type's resources, newest first.
    @Sendable func serveTypeHistory(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        try call.allowOnly(Self.ofHistory)
        hand(call, reply, to: readers) { [self] bench in try history(call, of: type, bench) }
    }

    /// Lists the versions of all resources, newest first.
    @Sendable func serveSystemHistory(_ call: Call, _ reply: Reply) throws {
        try call.allowOnly(Self.ofHistory)
        hand(call, reply, to: readers) { [self] bench in try history(call, of: nil, bench) }
    }

    /// Parameters of histories.
    static let ofHistory = ["_count", "_since", "_at", "_page"] + ofAnswer

    /// A page. All pages show what was there when the first was made.
    private func history(_ call: Call, of type: TypeID?, _ bench: Workbench) throws -> HTTPResponse {
        let paged = try pageRequest(
            call.request.query.items, place: "\(call.scope.tenant) history \(call.typeName)")
        let resumed = paged.cursor
        var asked = call
        asked.request.query = QueryParameters(paged.parameters)
        let query = asked.request.query
        let count = try pageCount(query)
        let subset = try subset(asked)
        let point = try resumed?.point ?? store.now(call.scope)
        var window = HistoryWindow(type: type, point: point)
        window.before = resumed?.after ?? .max
        if let since = try query["_since"].map({ try Call.instants("_since", $0).low }) {
            window.after = try store.point(call.scope, at: Instant(microseconds: since.microseconds - 1)).sequence
        }
        if let at = try query["_at"].map({ try Call.instants("_at", $0) }) {
            window.heldAfter = try store.point(call.scope, at: at.low)
            window.point = LogPoint(
                sequence: min(point.sequence, try store.point(call.scope, at: at.high).sequence))
        }

        let addresses = Addresses(base: call.base)
        var bundle = BundleWriter(type: "history", addresses: addresses)
        var written = 0
        var last: UInt64 = 0
        var hasMore = false
        try store.forEachVersion(call.scope, window) { version in
            guard written < count, bundle.byteCount <= options.pageBytesMax else {
                hasMore = true
                return false
            }
            try bundle.add(version: version, subset: subset, using: bench)
            written += 1
            last = version.sequence
            return true
        }
        let url = call.base + (type == nil ? "" : "/" + call.typeName) + "/_history"
        var links = [BundleWriter.Link(relation: "self", url: Self.url(url, call.request.query.items))]
        if hasMore {
            links.append(try nextLink(url, after: paged, SearchCursor(point: point, after: last)))
        }
        bundle.finish(total: resumed == nil && !hasMore ? written : nil, links: links)
        return .fhir(body: bundle.writer)
    }
}
