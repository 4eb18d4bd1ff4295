internal import Access
internal import Base
internal import HTTP
internal import RecordStore

/// How the write of one resource is answered.
struct WriteAnswer: Sendable {
    let typeName: String
    let id: String
    let warnings: [Issue]
    let returns: Preferences.Return
    let subset: ResourceSubset?

    /// The answer with the stored version.
    func response(
        _ outcome: WriteOutcome, _ stored: StoredResource, _ call: Call, _ bench: Workbench
    ) throws -> HTTPResponse {
        guard returns == .representation else { return response(outcome, lastUpdated: stored.lastUpdated, call) }
        let writer = ByteWriter(capacity: 4096)
        if let subset {
            try subset.write(stored, using: bench, to: writer)
        } else {
            stored.writeJSON(to: writer)
        }
        var response = HTTPResponse.fhir(body: writer)
        response.headers["Content-Location"] = Addresses(base: call.base)
            .version(type: typeName, id: id, sequence: stored.sequence)
        return complete(response, outcome, lastUpdated: stored.lastUpdated, call)
    }

    /// The answer without the resource.
    func response(_ outcome: WriteOutcome, lastUpdated: Instant, _ call: Call) -> HTTPResponse {
        let response =
            returns == .outcome ? OperationOutcome(issues: issues(outcome)).response(status: .ok) : HTTPResponse()
        return complete(response, outcome, lastUpdated: lastUpdated, call)
    }

    private func complete(
        _ response: HTTPResponse, _ outcome: WriteOutcome, lastUpdated: Instant, _ call: Call
    ) -> HTTPResponse {
        guard let sequence = outcome.sequence else { return response }
        var response = response
        response.headers["ETag"] = VersionHeaders.entityTag(sequence)
        response.headers["Last-Modified"] = VersionHeaders.lastModified(lastUpdated)
        response.headers["Location"] = Addresses(base: call.base)
            .version(type: typeName, id: id, sequence: sequence)
        if case .created = outcome { response.status = .created }
        return response
    }

    /// What was done, and what was noticed on the way.
    func issues(_ outcome: WriteOutcome) -> [Issue] {
        let done =
            switch outcome {
            case .created: "created"
            case .unchanged: "left as it was: nothing had to be written"
            case .updated: "updated"
            case .deleted, .absent: "deleted"
            }
        return [
            Issue(severity: .information, kind: .informational, diagnostics: "\(typeName)/\(id) was \(done).")
        ] + warnings
    }
}

extension RecordStore {
    /// The version that a write has made, for its answer.
    /// - Returns: `nil` if the writer may not see it by now. A consent that withholds works from its own commit on, and
    ///   may leave out of sight what came with it; it is done all the same, and is told so without the resource.
    func written(_ sequence: UInt64, _ scope: AccessScope) throws -> StoredResource? {
        do {
            return try entry(scope, sequence: sequence)
        } catch {
            guard (error as? StoreError)?.code == .hidden else { throw error }
            return nil
        }
    }
}
