internal import Base
internal import FHIR
internal import HTTP
internal import RecordStore
internal import Search

/// The criteria of a conditional interaction: a search of one type, without anything about its answer.
/// - Source: FHIR R4 http, https://hl7.org/fhir/R4/http.html#ccreate
struct Criteria {
    /// What a search found, and where it looked.
    struct Found {
        let matches: [StoredResource]
        let point: LogPoint
    }

    let type: TypeID
    let typeName: String
    let query: SearchQuery

    /// What of a request is about its answer, not about what is searched.
    static let ofAnswer: Set<String> = ["_format", "_pretty", "_summary", "_elements"]

    /// - Parameter location: where in the request the criteria stand, for errors.
    /// - Throws: `FHIRAPIError.invalid` for what cannot be searched by, and for criteria that say nothing.
    init(
        _ type: TypeID, _ parameters: [QueryParameters.Item], _ call: Call, location: String? = nil
    ) throws(FHIRAPIError) {
        let store = call.api.store
        self.type = type
        typeName = store.definitions[type].name
        let items = parameters.filter { !Self.ofAnswer.contains($0.name) }
        for item in items where Self.isOfResult(item.name) {
            throw FHIRAPIError(
                .invalid, .notSupported,
                "\"\(item.name.shortened)\" cannot be among the criteria of a conditional interaction.",
                location: location ?? "http." + item.name.shortened)
        }
        // Whether a chain still holds depends on other resources than those that are written.
        for item in items where item.name.contains(".") || item.name.hasPrefix("_has") {
            throw FHIRAPIError(
                .invalid, .notSupported,
                "Chains such as \"\(item.name.shortened)\" cannot be among the criteria of a conditional interaction.",
                location: location ?? "http." + item.name.shortened)
        }
        let plans: SearchPlans
        do {
            plans = try store.plans(call.scope)
        } catch {
            throw .wrapping(error)
        }
        do throws(SearchError) {
            query = try SearchQuery.parse(
                type: type, parameters: items.map { ($0.name, $0.value) }, plans: plans,
                now: call.api.clock.now(), baseURL: call.base + "/")
        } catch {
            var known = FHIRAPIError(error)
            if let location { known.issues[0].location = location }
            throw known
        }
        guard query.conditions.isEmpty else {
            throw FHIRAPIError(
                .invalid, .notSupported, "The criteria of a conditional interaction cannot ask for other resources.",
                location: location)
        }
        guard !query.clauses.isEmpty || !query.ids.isEmpty || !query.lastUpdated.isEmpty else {
            throw FHIRAPIError(
                .invalid, .required, "A conditional interaction needs criteria: it would concern every \(typeName).",
                location: location)
        }
    }

    /// Reads criteria from a query's text, such as `identifier=system|value`, perhaps with `?` or `Type?` before it.
    init(_ type: TypeID, text: String, _ call: Call, location: String) throws(FHIRAPIError) {
        var text = text[...]
        if let mark = text.firstIndex(of: "?") {
            let name = text[..<mark]
            guard name.isEmpty || name == call.api.store.definitions[type].name else {
                throw FHIRAPIError(
                    .invalid, .value, "The criteria are of the type \(String(name).shortened).", location: location)
            }
            text = text[text.index(after: mark)...]
        }
        var query = String(text)
        guard let items = query.withUTF8({ QueryParameters(decoding: $0) }) else {
            throw FHIRAPIError(.invalid, .value, "The criteria have a malformed percent escape.", location: location)
        }
        try self.init(type, items.items, call, location: location)
    }

    private static func isOfResult(_ name: String) -> Bool {
        let base = name.prefix { $0 != ":" }
        return [
            "_count", "_sort", "_total", "_include", "_revinclude", "_contained", "_containedType", "_at", "_page",
            "_explain", "_score", "_list", "_filter", "_query", "_type",
        ].contains(String(base))
    }

    /// Searches now.
    /// - Parameter max: how many matches are of interest; one more is looked for.
    func find(_ call: Call, max: Int = 1) throws -> Found {
        let page = try call.api.store.search(call.scope, query, SearchWindow(count: max + 1))
        return Found(matches: page.matches, point: page.point)
    }
}
