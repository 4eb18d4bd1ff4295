internal import Access
internal import Base
internal import HTTP
internal import RecordStore

extension FHIRAPI {
    static let ofEverything = ["_count", "_page"]

    /// Lists a patient's record and everything in the patient's compartment, oldest entry of the log first.
    ///
    /// All of it comes on one page, unless `_count` asks for less or the page would grow past `pageBytesMax`; what
    /// follows is then linked and shows what held when the first page was made.
    /// - Source: FHIR R4 Patient/$everything, https://hl7.org/fhir/R4/patient-operation-everything.html
    @Sendable func serveEverything(_ call: Call, _ reply: Reply) throws {
        try call.allowOnly(Self.ofEverything)
        hand(call, reply, to: readers) { [self] bench in try everything(call, bench) }
    }

    private func everything(_ call: Call, _ bench: Workbench) throws -> HTTPResponse {
        let place = "\(call.scope.tenant) everything \(call.id)"
        var parameters = call.request.query.items.filter { !["_page", "_format", "_pretty"].contains($0.name) }
        var resumed: SearchCursor?
        if let text = call.request.query["_page"] {
            let token = try pageToken(text, place: place, parameters)
            parameters = token.parameters
            resumed = token.cursor
        } else {
            _ = try present(store.read(call.scope, type: "Patient", id: call.id), call)
        }
        let query = QueryParameters(parameters)
        let count = try query["_count"] == nil ? Int.max : pageCount(query)
        let point = try resumed?.point ?? store.now(call.scope)
        let addresses = Addresses(base: call.base)
        var bundle = BundleWriter(type: "searchset", addresses: addresses, capacity: 1 << 20)
        var written = 0
        var last: UInt64 = 0
        var hasMore = false
        let after = resumed?.after ?? 0
        try store.forEachInCompartment(call.scope, patient: call.id, after: after, at: point) { version in
            guard written < count, bundle.byteCount <= options.pageBytesMax else {
                hasMore = true
                return false
            }
            try bundle.add(version, mode: .match, subset: nil, using: bench)
            written += 1
            last = version.sequence
            return true
        }
        let url = addresses.resource(type: "Patient", id: call.id) + "/$everything"
        var links = [BundleWriter.Link(relation: "self", url: Self.url(url, call.request.query.items))]
        if hasMore {
            let cursor = SearchCursor(point: point, after: last)
            let token = PageToken(
                parameters: parameters, cursor: cursor, began: clock.now(), isLenient: false, total: nil)
            links.append(try nextLink(url, token, place: place))
        }
        bundle.finish(total: resumed == nil && !hasMore ? written : nil, links: links)
        return .fhir(body: bundle.writer)
    }
}
