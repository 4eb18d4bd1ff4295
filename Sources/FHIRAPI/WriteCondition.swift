internal import HTTP
internal import RecordStore

/// What `If-Match` and `If-None-Match` of a write ask for.
/// - Source: FHIR R4 http, managing resource contention, https://hl7.org/fhir/R4/http.html#concurrency
enum WriteCondition {
    /// The precondition of a write.
    /// - Parameter current: the version that holds now; asked for only if several are named.
    /// - Throws: `FHIRAPIError.preconditionFailed` where it cannot hold, `.invalid` where it is malformed.
    static func precondition(_ headers: HTTPHeaders, current: () throws -> UInt64?) throws -> Precondition {
        if let text = headers.list("if-none-match") {
            guard EntityTagCondition(text) == .any else {
                throw FHIRAPIError(
                    .invalid, .notSupported, "If-None-Match of a write takes * only: the resource must not exist yet.",
                    location: "http.If-None-Match")
            }
            guard headers["if-match"] == nil else {
                throw FHIRAPIError(.invalid, .invalid, "If-Match and If-None-Match exclude each other.")
            }
            return .absent
        }
        guard let text = headers.list("if-match") else { return .none }
        switch EntityTagCondition(text) {
        case .any: return .present
        case .tags(let tags):
            let versions = tags.compactMap { UInt64($0.value) }
            if versions.count == 1, let version = versions.first { return .version(version) }
            guard let present = try current(), versions.contains(present) else {
                throw FHIRAPIError(StoreError(code: .conflict, detail: ""), hasCondition: true)
            }
            return .version(present)
        case nil:
            throw FHIRAPIError(
                .invalid, .invalid, "If-Match takes a version such as W/\"17\".", location: "http.If-Match")
        }
    }
}
