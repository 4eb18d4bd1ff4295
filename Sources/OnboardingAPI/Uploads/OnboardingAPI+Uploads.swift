internal import Base
internal import Access
internal import Audit
internal import HTTP
internal import Uploads

/// Files of any size that come in parts.
extension OnboardingAPI {
    /// Bytes of the longest body of a part; a store may take less.
    private static let partBytesMax = 5 << 30
    /// How long completing an upload waits for its digest before it answers that it is being made.
    private static let completionMilliseconds = 2_000

    static let uploadRoutes = [
        OnboardingRoute(
            .post, "/uploads", "Begin an upload", needs: .write, event: .init(.change, .create, "upload-create")
        ) { try $0.beginUpload($1) },
        OnboardingRoute(
            .get, "/uploads", "The uploads, newest first", needs: .write, event: .init(.access, .read, "upload-list")
        ) { try $0.listUploads($1) },
        OnboardingRoute(
            .get, "/uploads/{upload}", "An upload", needs: .write, event: .init(.access, .read, "upload-read")
        ) { try $0.readUpload($1) },
        OnboardingRoute(
            .delete, "/uploads/{upload}", "Cancel an upload", needs: .write,
            event: .init(.change, .delete, "upload-cancel")
        ) { try $0.cancelUpload($1) },
        OnboardingRoute(
            .get, "/uploads/{upload}/parts", "The parts that are there, or are missing", needs: .write,
            event: .init(.access, .read, "upload-parts")
        ) { try $0.listParts($1) },
        OnboardingRoute(
            .put, "/uploads/{upload}/parts/{part}", "Send a part", needs: .write,
            event: .init(.change, .update, "upload-part"), streaming: partBytesMax
        ) { try $0.putPart($1) },
        OnboardingRoute(
            .post, "/uploads/{upload}/complete", "Complete an upload", needs: .write,
            event: .init(.change, .execute, "upload-complete")
        ) { try $0.completeUpload($1) },
        OnboardingRoute(
            .put, "/uploads/files/{fileName}", "Send a small file in one go", needs: .write,
            event: .init(.change, .create, "upload-file"), streaming: partBytesMax
        ) { try $0.putFile($1) },
    ]

    func beginUpload(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let body = try call.body("fileName", "contentType", "size", "partCount", "partSize", "sha256")
        var facts = NewUpload(fileName: try body.required("fileName"))
        facts.contentType = try body.text("contentType")
        facts.size = try body.count("size")
        facts.partCount = try body.count("partCount").map { Int(clamping: $0) }
        facts.partSize = try body.count("partSize")
        if let text = try body.text("sha256") {
            guard let digest = Hexadecimal.bytes(text), digest.count == 32 else {
                throw OnboardingAPIError(.malformed, "sha256 has 64 hexadecimal digits.")
            }
            facts.sha256 = digest
        }
        let upload = try uploads.begin(facts, tenant: call.tenant, owner: call.owner)
        return answer(.created, upload)
    }

    func listUploads(_ call: OnboardingCall) throws -> OnboardingAnswer {
        var states = Set(Upload.State.allCases)
        if let text = call.request.query["state"] {
            states = []
            for name in text.split(separator: ",") {
                guard let state = Upload.State.allCases.first(where: { $0.name == name }) else {
                    let names = Upload.State.allCases.map(\.name).joined(separator: ", ")
                    throw OnboardingAPIError(.malformed, "state is one of \(names), or several with commas.")
                }
                states.insert(state)
            }
        }
        let after = try call.request.query["after"].map { text throws(OnboardingAPIError) in
            guard let id = UploadID(text) else { throw OnboardingAPIError(.malformed, "after is the id of an upload.") }
            return id
        }
        let limit = try call.limit()
        var found = try uploads.uploads(tenant: call.tenant, states: states, after: after, count: limit + 1)
        let hasMore = found.count > limit
        if hasMore { found.removeLast() }
        let object = JSONObject()
        object.add("items", found.map { UploadJSON.object($0) })
        object.add("next", hasMore ? found.last?.id.description : nil)
        return OnboardingAnswer(.ok, object)
    }

    func readUpload(_ call: OnboardingCall) throws -> OnboardingAnswer {
        guard let upload = try uploads.upload(try call.uploadID(), tenant: call.tenant) else {
            throw OnboardingCall.noUpload
        }
        return answer(.ok, upload)
    }

    func cancelUpload(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let id = try call.uploadID()
        try uploads.cancel(id, tenant: call.tenant)
        var answer = OnboardingAnswer.nothing
        answer.resources = ["upload/\(id)"]
        return answer
    }

    func listParts(_ call: OnboardingCall) throws -> OnboardingAnswer {
        let id = try call.uploadID()
        let object = JSONObject()
        switch call.request.query["state"] ?? "received" {
        case "missing":
            object.add("missing", json: UploadJSON.ranges(try uploads.missing(id, tenant: call.tenant)))
        case "received":
            let after = try call.request.query["after"].map { text throws(OnboardingAPIError) in
                guard let number = Int(text), number >= 0 else {
                    throw OnboardingAPIError(.malformed, "after is the number of a part.")
                }
                return number
            }
            let limit = try call.limit(standard: 1_000, max: 10_000)
            var found = try uploads.parts(id, tenant: call.tenant, after: after ?? 0, count: limit + 1)
            let hasMore = found.count > limit
            if hasMore { found.removeLast() }
            object.add("parts", found.map { UploadJSON.object($0) })
            object.add("next", hasMore ? found.last.map { String($0.number) } : nil)
        default: throw OnboardingAPIError(.malformed, "state is missing or received.")
        }
        var answer = OnboardingAnswer(.ok, object)
        answer.resources = ["upload/\(id)"]
        return answer
    }

    func putPart(_ call: OnboardingCall) throws -> SinkOpening {
        let id = try call.uploadID()
        let text = try call.captured("part")
        guard let number = Int(text), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw OnboardingAPIError(.malformed, "A part is named by its number, from 1 on.")
        }
        let replaces = try call.flag("replace")
        let digests = try PartDigests(call.request.headers)
        guard !digests.isEmpty else {
            throw OnboardingAPIError(
                .digestRequired, "A part comes with Content-Digest: sha-256=:…: or with Content-MD5.")
        }
        let opening = try uploads.beginPart(
            id, number: number, statedBytes: try call.contentLength(), digests: digests, replaces: replaces,
            tenant: call.tenant)
        switch opening {
        case .present(let part): return .answered(PartSink.answer(part, of: id, isNew: false))
        case .writer(let writer): return .sink(PartSink(writer, of: id))
        }
    }

    func completeUpload(_ call: OnboardingCall) throws -> OnboardingAnswer {
        _ = try call.body()
        let upload = try uploads.complete(
            try call.uploadID(), tenant: call.tenant, waitMilliseconds: Self.completionMilliseconds)
        return answer(upload.state == .verifying ? .accepted : .ok, upload)
    }

    func putFile(_ call: OnboardingCall) throws -> SinkOpening {
        let size = try call.contentLength()
        let digests = try PartDigests(call.request.headers)
        var facts = NewUpload(fileName: try call.captured("fileName"))
        facts.contentType = call.request.headers["content-type"]
        facts.size = size
        facts.partCount = 1
        let upload = try uploads.begin(facts, tenant: call.tenant, owner: call.owner)
        do {
            let opening = try uploads.beginPart(
                upload.id, number: 1, statedBytes: size, digests: digests, replaces: false, tenant: call.tenant)
            guard case .writer(let writer) = opening else { throw OnboardingCall.noUpload }
            return .sink(FileSink(writer, upload, uploads))
        } catch {
            try? uploads.cancel(upload.id, tenant: call.tenant)
            throw error
        }
    }

    private func answer(_ status: HTTPStatus, _ upload: Upload) -> OnboardingAnswer { .upload(status, upload) }
}

extension OnboardingAnswer {
    /// An upload, with its address where it is new.
    static func upload(_ status: HTTPStatus, _ upload: Upload) -> OnboardingAnswer {
        var answer = OnboardingAnswer(status, UploadJSON.object(upload))
        if status == .created {
            answer.response.headers["Location"] = "\(OnboardingAPI.root)/uploads/\(upload.id)"
        }
        answer.resources = ["upload/\(upload.id)"]
        return answer
    }
}

extension OnboardingCall {
    static var noUpload: UploadError { UploadError(.notFound, "There is no such upload.") }

    /// The upload that the path names.
    /// - Throws: `UploadError.notFound` where that can be none.
    func uploadID() throws -> UploadID {
        guard let id = UploadID(try captured("upload")) else { throw Self.noUpload }
        return id
    }

    /// Who begins something, as it is told later.
    var owner: String {
        guard case .subject(let subject) = scope.authority else { return scope.actor }
        return subject.facts.account
    }

    /// - Throws: `OnboardingAPIError.lengthRequired`.
    func contentLength() throws(OnboardingAPIError) -> UInt64 {
        guard let length = request.headers["content-length"].flatMap({ UInt64($0) }) else {
            throw OnboardingAPIError(.lengthRequired, "The request states its Content-Length.")
        }
        return length
    }

    /// - Throws: `OnboardingAPIError.malformed`.
    func flag(_ name: String) throws(OnboardingAPIError) -> Bool {
        switch request.query[name] {
        case nil, "false": return false
        case "true": return true
        default: throw OnboardingAPIError(.malformed, "\(name) is true or false.")
        }
    }
}
