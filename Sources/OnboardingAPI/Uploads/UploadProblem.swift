internal import HTTP
internal import Uploads

/// Why an upload does not go on, as an answer: a type of its own for each reason, with the figures that it is about.
struct UploadProblem {
    private let error: UploadError

    init(_ error: UploadError) {
        self.error = error
    }

    var response: HTTPResponse {
        guard let kind else {
            return ProblemDocument(
                status: .internalServerError, detail: "The server failed to answer this request."
            ).response
        }
        var document = ProblemDocument(
            status: status, detail: error.detail, type: "urn:martlet:problem:" + kind.name, title: kind.title)
        document.jsonExtensions = members
        var response = document.response
        switch error.code {
        case .diskFull: response.headers["Retry-After"] = "60"
        case .stopping: response.headers["Retry-After"] = "1"
        default: break
        }
        return response
    }

    private var status: HTTPStatus {
        switch error.code {
        case .invalid: .unprocessableContent
        case .notFound: .notFound
        case .cancelled, .expired: .gone
        case .closed, .partDiffers, .incomplete, .totalMismatch, .wholeMismatch, .tooMany: .conflict
        case .numberOutOfRange, .sizeMismatch, .digestMismatch: .badRequest
        case .partTooLarge, .quota: .contentTooLarge
        case .diskFull: .insufficientStorage
        case .damaged, .storage: .internalServerError
        case .stopping: .serviceUnavailable
        }
    }

    /// `nil` for what is not for the client's eyes.
    private var kind: (name: String, title: String)? {
        switch error.code {
        case .invalid: ("upload-invalid", "The upload cannot be as it is stated")
        case .notFound: ("upload-not-found", "No such upload")
        case .cancelled: ("upload-cancelled", "The upload was cancelled")
        case .expired: ("upload-expired", "The upload has expired")
        case .closed: ("upload-closed", "The upload takes no more")
        case .numberOutOfRange: ("part-out-of-range", "No such part")
        case .sizeMismatch: ("size-mismatch", "Not the bytes that were stated")
        case .partTooLarge: ("part-too-large", "The part is too large")
        case .digestMismatch: ("digest-mismatch", "Not what the digest says")
        case .wholeMismatch: ("upload-digest-mismatch", "The whole is not what its digest says")
        case .partDiffers: ("part-differs", "Other bytes are there")
        case .incomplete: ("parts-missing", "Parts are missing")
        case .totalMismatch: ("upload-size-mismatch", "The whole has not the stated size")
        case .quota: ("upload-quota", "No room left for this tenant")
        case .tooMany: ("too-many-uploads", "Too many uploads are open")
        case .diskFull: ("disk-full", "The disk is full")
        case .stopping: ("stopping", "The server is starting or stopping")
        case .damaged, .storage: nil
        }
    }

    private var members: [(name: String, json: String)] {
        switch error.code {
        case .numberOutOfRange(let max), .tooMany(let max): [("max", String(max))]
        case .sizeMismatch(let stated, let received), .totalMismatch(let stated, let received):
            [("stated", String(stated)), ("received", String(received))]
        case .partTooLarge(let max): [("max", String(max))]
        case .incomplete(let missing): [("missing", UploadJSON.ranges(missing))]
        case .quota(let left): [("bytesLeft", String(left))]
        default: []
        }
    }
}
