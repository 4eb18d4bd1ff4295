internal import Base
internal import FHIR
internal import HTTP
internal import Search

/// Which part of a record is asked for.
struct EverythingRequest {
    /// What it is a record of.
    enum Focus: String {
        case patient, encounter
        /// All patients' records.
        case everybody
    }

    /// The types that are wanted; `nil` for all.
    private(set) var types: Set<TypeID>?
    /// Only what was changed after this moment.
    private(set) var since: Instant?
    /// The state of this moment is wanted.
    private(set) var at: Instant?
    /// When the care was given; `nil` for whenever.
    private(set) var care: DateRange?
    /// Results on a page; `nil` for as many as fit.
    private(set) var count: Int?

    /// The parameters that are taken.
    static func known(_ focus: Focus) -> [String] {
        ["_since", "_type", "_count", "_at"] + (focus == .encounter ? [] : ["start", "end"])
    }

    /// - Throws: `FHIRAPIError.invalid` that names the parameter.
    init(_ parameters: [QueryParameters.Item], of focus: Focus, api: FHIRAPI) throws {
        let known = Self.known(focus)
        var seen: Set<String> = []
        for item in parameters {
            guard known.contains(item.name) else {
                throw FHIRAPIError(
                    .invalid, .notSupported, "The parameter \"\(item.name.shortened)\" is not known here.",
                    location: "http." + item.name.shortened)
            }
            guard seen.insert(item.name).inserted || item.name == "_type" else {
                throw ExportRequest.error(item.name, "may come only once")
            }
        }
        let query = QueryParameters(parameters)
        for name in query.values("_type").flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            guard let type = api.resourceType(String(name)) else {
                throw ExportRequest.error(
                    "_type", "names \"\(String(name).shortened)\", which is no resource type of R4")
            }
            types = (types ?? []).union([type])
        }
        since = try query["_since"].map { try Call.instants("_since", $0).low }
        at = try query["_at"].map { try Call.instants("_at", $0).high }
        let start = try query["start"].map { try Call.instants("start", $0).low }
        let end = try query["end"].map { try Call.instants("end", $0).high }
        if start != nil || end != nil {
            care = DateRange(low: start?.microseconds ?? .min, high: end?.microseconds ?? .max)
        }
        if query["_count"] != nil { count = try api.pageCount(query) }
    }
}
