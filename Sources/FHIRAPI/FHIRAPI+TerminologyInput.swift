internal import Base
internal import HTTP
internal import JSONTape
internal import RecordStore
internal import Terminology

/// What the operations on codes are about: definitions by address, by id or in the body, and the codes in question.
extension FHIRAPI {
    static let expandParameters: Set = [
        "url", "valueSet", "valueSetVersion", "filter", "offset", "count", "includeDesignations", "designation",
        "includeDefinition", "activeOnly", "excludeNested", "excludeNotForUI", "excludePostCoordinated",
        "displayLanguage", "exclude-system", "system-version", "check-system-version", "force-system-version",
    ]

    private static let validateParameters: Set = [
        "code", "systemVersion", "display", "coding", "codeableConcept", "abstract", "displayLanguage",
    ]
    static let validateSetParameters = validateParameters.union([
        "url", "valueSet", "valueSetVersion", "system", "inferSystem",
    ])
    static let validateSystemParameters = validateParameters.union(["url", "codeSystem", "version"])
    static let lookupParameters: Set = ["code", "system", "version", "coding", "displayLanguage", "property"]
    static let subsumesParameters: Set = ["codeA", "codeB", "system", "version", "codingA", "codingB"]
    /// What has a type of many members, which only a body can hold.
    static let bodyParameters: Set = ["valueSet", "codeSystem", "coding", "codeableConcept", "codingA", "codingB"]

    /// This moment as a FHIR dateTime.
    var timestamp: String {
        let writer = ByteWriter(capacity: 32)
        writeInstant(clock.now(), to: writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The value set of the address's id, in the body, or named by `url`: exactly one of these.
    func valueSet(_ call: Call, _ given: TerminologyParameters) throws -> ValueSetQuestion {
        let inBody = try given.resource("valueSet")
        let url = try given.text("url")
        if call.request.captures["id"] != nil {
            guard inBody == nil, url == nil else {
                throw TerminologyParameters.error("url", "and \"valueSet\" have no place beside an id")
            }
            let stored = try storedDefinition("ValueSet", call)
            return .given(try stored.withRoot { root in try ValueSetModel(root) })
        }
        guard (inBody == nil) != (url == nil) else {
            throw TerminologyParameters.error("url", "or \"valueSet\" must say which value set is meant")
        }
        if let inBody { return .given(try ValueSetModel(inBody)) }
        let version = try given.text("valueSetVersion")
        let canonical = url ?? ""
        return .address(version.map { "\(canonical)|\($0)" } ?? canonical)
    }

    /// The code system of the address's id or in the body; `nil` where the codes name theirs.
    func codeSystem(_ call: Call, _ given: TerminologyParameters) throws -> CodeSystemModel? {
        let inBody = try given.resource("codeSystem")
        if call.request.captures["id"] != nil {
            guard inBody == nil, !given.has("url") else {
                throw TerminologyParameters.error("url", "and \"codeSystem\" have no place beside an id")
            }
            return try storedCodeSystem(call)
        }
        return try inBody.map { try CodeSystemModel($0) }
    }

    func storedCodeSystem(_ call: Call) throws -> CodeSystemModel {
        try storedDefinition("CodeSystem", call).withRoot { root in try CodeSystemModel(root) }
    }

    private func storedDefinition(_ type: String, _ call: Call) throws -> JSONDocument {
        guard let found = try store.read(call.scope, type: type, id: call.id) else {
            throw FHIRAPIError(.notFound, .notFound, "There is no \(type)/\(call.id.shortened).")
        }
        guard !found.isDeleted else {
            throw FHIRAPIError(.gone, .deleted, "\(type)/\(call.id) was deleted.")
        }
        return try JSONDocument(found.json, depthMax: 256)
    }

    /// The codes in question: by `code`, `coding` or `codeableConcept`.
    /// - Parameter system: of `code`.
    func codings(_ given: TerminologyParameters, system: String?) throws -> [CodedValue] {
        let ways = ["code", "coding", "codeableConcept"].filter { given.has($0) }
        guard ways.count == 1 else {
            throw TerminologyParameters.error(
                "code", "or \"coding\" or \"codeableConcept\" must say which code is meant")
        }
        if let coding = try given.coding("coding") { return [coding] }
        if let codings = try given.codings("codeableConcept") { return codings }
        return [
            CodedValue(
                system: system, version: try given.text("systemVersion") ?? given.text("version"),
                code: try given.text("code") ?? "", display: try given.text("display"))
        ]
    }
}
