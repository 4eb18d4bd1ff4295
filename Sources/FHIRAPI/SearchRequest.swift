internal import Access
internal import Base
internal import FHIR
internal import HTTP
internal import RecordStore
internal import Search

/// A search as it was asked for, or as a paging link says.
struct SearchRequest {
    /// Where it looks.
    let searched: SearchPlace
    let parameters: [QueryParameters.Item]
    /// Of each type that is searched its query; all have the same options.
    let queries: [SearchQuery]
    let options: ResultOptions
    /// By what the queries were read.
    let plans: SearchPlans
    /// What was not understood and left out.
    let ignored: [SearchError]
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
        let searched = try SearchPlace.of(call)
        self.searched = searched
        place = "\(call.scope.tenant) search \(searched.path)"
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
        plans = try api.store.plans(call.scope)
        (queries, ignored) = try Self.queries(
            searched, parameters, call, plans, now: began, isLenient: isLenient)
        guard let first = queries.first else {
            throw FHIRAPIError(.invalid, .value, "No type that is searched can be in the compartment.")
        }
        options = first.options
        try checkOptions(definitions: api.store.definitions)
    }

    /// The queries of the types that are searched. A parameter must be known to all of them.
    private static func queries(
        _ searched: SearchPlace, _ items: [QueryParameters.Item], _ call: Call, _ plans: SearchPlans, now: Instant,
        isLenient: Bool
    ) throws -> (queries: [SearchQuery], ignored: [SearchError]) {
        let store = call.api.store
        let ofType = searched.isOfType ? items : items.filter { $0.name != "_type" }
        let parameters = ofType.map { (name: $0.name, value: $0.value) }
        let types = try searched.types(items.filter { $0.name == "_type" }.map(\.value), store.definitions)
        var queries: [SearchQuery] = []
        var ignored: [SearchError] = []
        for type in types {
            var query: SearchQuery
            do throws(SearchError) {
                query = try SearchQuery.parse(
                    type: type, parameters: parameters, plans: plans, now: now, baseURL: call.base + "/",
                    terminology: call.terms, isLenient: isLenient)
            } catch {
                var named = error
                if !searched.isOfType, error.code == .unknownParameter {
                    named.detail += ": a search of several types takes what all of them have; name the types in _type"
                }
                throw named
            }
            ignored += query.ignored.filter { !ignored.contains($0) }
            if let compartment = searched.compartment {
                let isPossible = query.restrict(
                    toCompartment: compartment.name, id: compartment.id, plans: plans)
                guard isPossible else {
                    if searched.isOfType {
                        throw FHIRAPIError(
                            .notFound, .notSupported,
                            "\(store.definitions[type].name) is in no \(compartment.name) compartment.")
                    }
                    continue
                }
            }
            queries.append(query)
        }
        return (queries, ignored)
    }

    static func form(_ request: HTTPRequest) throws -> [QueryParameters.Item] {
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
        guard let type = searched.type else { return }
        if let unknown = ResourceSubset.unknownElement(options.elements, of: type, definitions: definitions) {
            throw FHIRAPIError(
                .invalid, .value, "\(definitions[type].name) has no element \"\(unknown.shortened)\".",
                location: "http._elements")
        }
    }

    /// Whether only the number of matches is wanted.
    var isCount: Bool { options.summary == .count || options.count == 0 }

    /// How many matches a page has.
    func pageCount(_ limits: FHIRAPIOptions) -> Int {
        isCount ? 0 : min(options.count ?? limits.pageCount, limits.pageCountMax)
    }

    /// What was understood, with the count that was used.
    func understood(_ limits: FHIRAPIOptions) -> [QueryParameters.Item] {
        parameters.compactMap { item in
            let isIgnored = ignored.contains { error in
                error.parameter == item.name && (error.value == nil || error.value == item.value)
            }
            if isIgnored { return nil }
            guard item.name == "_count", let asked = options.count else { return item }
            return QueryParameters.Item("_count", String(min(asked, limits.pageCountMax)))
        }
    }
}
