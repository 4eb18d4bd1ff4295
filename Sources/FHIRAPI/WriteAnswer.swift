internal import Base
internal import HTTP
internal import RecordStore

/// How a write is answered.
struct WriteAnswer: Sendable {
    let id: String
    let warnings: [Issue]
    let returns: Preferences.Return

    func response(
        _ outcome: WriteOutcome, _ sequence: UInt64, lastUpdated: Instant, stored: StoredResource?, _ call: Call
    ) -> HTTPResponse {
        let address = Addresses(base: call.base).version(type: call.typeName, id: id, sequence: sequence)
        var response: HTTPResponse
        switch returns {
        case .minimal: response = HTTPResponse()
        case .outcome: response = OperationOutcome(issues: [summary(outcome, call)] + warnings).response(status: .ok)
        case .representation:
            let writer = ByteWriter(capacity: 4096)
            stored?.writeJSON(to: writer)
            response = .fhir(body: writer)
            response.headers["Content-Location"] = address
        }
        response.headers["ETag"] = VersionHeaders.entityTag(sequence)
        response.headers["Last-Modified"] = VersionHeaders.lastModified(lastUpdated)
        response.headers["Location"] = address
        if case .created = outcome { response.status = .created }
        return response
    }

    private func summary(_ outcome: WriteOutcome, _ call: Call) -> Issue {
        let done =
            switch outcome {
            case .created: "created"
            case .unchanged: "left as it was: the content is the same"
            case .updated, .deleted, .absent: "updated"
            }
        return Issue(
            severity: .information, kind: .informational, diagnostics: "\(call.typeName)/\(id) was \(done).")
    }
}
