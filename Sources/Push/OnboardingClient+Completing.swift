internal import HTTP
internal import JSONTape

extension OnboardingClient {
    /// What the server says to the end of an upload.
    enum Completion {
        case accepted(RemoteUpload)
        case missing([ClosedRange<Int>])
        case gone
    }

    /// Completes an upload. It may be completed again, and by several at once.
    /// - Throws: `PushError`.
    func complete(_ id: String) throws(PushError) -> Completion {
        let answer = try answer(Call(.post, "/uploads/\(id)/complete"))
        switch answer.status {
        case 200, 202: return .accepted(try Self.read(answer) { RemoteUpload($0) })
        case 404, 410:
            guard answer.problem.kind != "upload-cancelled" else { throw Self.refusal(answer) }
            return .gone
        case 409:
            let missing = answer.problem.missing
            guard !missing.isEmpty else { throw Self.refusal(answer) }
            return .missing(missing)
        default: throw Self.refusal(answer)
        }
    }

    /// An ingest.
    /// - Returns: `nil` if the server knows none by this name.
    /// - Throws: `PushError`.
    package func ingest(_ id: String) throws(PushError) -> RemoteIngest? {
        guard RemoteName.isPlain(id) else { throw PushError(.answer, "the name of an ingest is none") }
        let answer = try answer(Call(.get, "/ingests/\(id)"))
        if answer.status == 404 { return nil }
        guard answer.status == 200 else { throw Self.refusal(answer) }
        return try Self.read(answer) { RemoteIngest($0) }
    }
}
