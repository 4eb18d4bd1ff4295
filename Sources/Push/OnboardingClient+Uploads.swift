internal import HTTP
internal import JSONTape
internal import WebClient

extension OnboardingClient {
    private static let pageCount = 200
    /// Uploads that are looked through for one of the same content.
    private static let pagesMax = 500

    /// The uploads of a content that are under way or done, the oldest first.
    /// - Throws: `PushError`.
    func uploads(sha256: String, size: UInt64) throws(PushError) -> [RemoteUpload] {
        var found: [RemoteUpload] = []
        var after: String?
        for _ in 0..<Self.pagesMax {
            let query = "?state=open,failed,verifying,complete,ingested&limit=\(Self.pageCount)"
            let call = Call(.get, "/uploads" + query + (after.map { "&after=" + $0 } ?? ""))
            let (page, next) = try object(call) { root -> ([RemoteUpload], String?)? in
                guard let items = root.member("items"), items.isArray else { return nil }
                return (items.elements.compactMap { RemoteUpload($0) }, root.member("next")?.string)
            }
            found += page.filter { $0.sha256 == sha256 && $0.size == size }
            guard let next, RemoteName.isPlain(next), next != after else { break }
            after = next
        }
        // The newest come first.
        return found.reversed()
    }

    /// Begins an upload.
    /// - Throws: `PushError`.
    func begin(_ file: PushFile, sha256: String, partSize: UInt64) throws(PushError) -> RemoteUpload {
        var call = Call(.post, "/uploads")
        call.headers["Content-Type"] = "application/json"
        let bytes = Texts.json([
            ("fileName", .text(file.name)), ("size", .number(file.byteCount)), ("partSize", .number(partSize)),
            ("sha256", .text(sha256)),
        ])
        call.body = { .bytes(bytes) }
        return try object(call) { RemoteUpload($0) }
    }

    func upload(_ id: String) throws(PushError) -> RemoteUpload {
        try object(Call(.get, "/uploads/\(id)")) { RemoteUpload($0) }
    }

    /// The parts that the server lacks.
    /// - Throws: `PushError`.
    func missing(_ id: String) throws(PushError) -> [ClosedRange<Int>] {
        try object(Call(.get, "/uploads/\(id)/parts?state=missing")) { PartRanges.read($0.member("missing")) }
    }

    /// Cancels an upload that nobody needs; that it cannot be, is of no matter.
    func cancel(_ id: String) {
        _ = try? answer(Call(.delete, "/uploads/\(id)"))
    }
}
