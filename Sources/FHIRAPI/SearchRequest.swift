internal import Access
internal import Base
internal import FHIR
internal import HTTP
internal import RecordStore
internal import Search

/// A search as it was asked for, or as a paging link says.
struct SearchRequest {
    let type: TypeID
    let parameters: [QueryParameters.Item]
    let query: SearchQuery
    let began: Instant
    let isLenient: Bool
    /// Where to go on; `nil` on the first page.
    var cursor: SearchCursor?
    /// The total that an earlier page told.
    var total: Int?
    /// The tenant and address for which paging links hold.
    let place: String

    private static let ofAnswer: Set<String> = ["_page", "_format", "_pretty"]

    /// - Throws: `FHIRAPIError`, `SearchError`.
    init(_ call: Call) throws {
        let api = call.api
        type = try call.type()
        place = "\(call.scope.tenant) search \(call.typeName)"
        var items = call.request.query.items
        if call.request.method == .post { items += try Self.form(call.request) }
        let page = items.first { $0.name == "_page" }?.value
        items.removeAll { Self.ofAnswer.contains($0.name) }
        if let page {
            let token = try api.pageToken(page, place: place, items)
            parameters = token.parameters
            began = token.began
            isLenient = token.isLenient
            cursor = token.cursor
            total = token.total
        } else {
            parameters = items
            began = api.clock.now()
            isLenient = Preferences(call.request.headers).isLenient
        }
        query = try SearchQuery.parse(
            type: type, parameters: parameters.map { ($0.name, $0.value) }, plans: api.store.plans, now: began,
            baseURL: call.base + "/", isLenient: isLenient)
        try checkOptions(definitions: api.store.definitions)
    }

    private static func form(_ request: HTTPRequest) throws -> [QueryParameters.Item] {
        if request.body.isEmpty { return [] }
        guard request.contentType?.essence == MediaType.form.essence else {
            throw FHIRAPIError(
                .unsupportedMediaType, .notSupported,
                "A search by POST takes a form: send Content-Type application/x-www-form-urlencoded.",
                location: "http.Content-Type")
        }
        return try QueryParameters(form: request.body).items
    }

    /// Refuses what the query's reader takes and this interface cannot serve.
    private func checkOptions(definitions: Definitions) throws(FHIRAPIError) {
        let options = query.options
        if let unknown = ResourceSubset.unknownElement(options.elements, of: type, definitions: definitions) {
            throw FHIRAPIError(
                .invalid, .value, "\(definitions[type].name) has no element \"\(unknown.shortened)\".",
                location: "http._elements")
        }
        if options.revincludes.contains(where: { $0.source == nil }) {
            throw FHIRAPIError(
                .invalid, .notSupported, "_revinclude=* is not served: name the types, as in Observation:subject.",
                location: "http._revinclude")
        }
    }

    /// Whether only the number of matches is wanted.
    var isCount: Bool { query.options.summary == .count || query.options.count == 0 }

    /// How many matches a page has.
    func pageCount(_ options: FHIRAPIOptions) -> Int {
        isCount ? 0 : min(query.options.count ?? options.pageCount, options.pageCountMax)
    }

    /// What was understood, with the count that was used.
    func understood(_ options: FHIRAPIOptions) -> [QueryParameters.Item] {
        parameters.compactMap { item in
            let isIgnored = query.ignored.contains { error in
                error.parameter == item.name && (error.value == nil || error.value == item.value)
            }
            if isIgnored { return nil }
            guard item.name == "_count", let asked = query.options.count else { return item }
            return QueryParameters.Item("_count", String(min(asked, options.pageCountMax)))
        }
    }
}
