internal import HTTP
internal import Uploads

/// Errors as answers.
enum Problems {
    /// The answer to an error; what is not for the client's eyes becomes a 500 that says nothing.
    static func response(of error: any Error) -> HTTPResponse {
        if let error = error as? OnboardingAPIError { return error.response }
        if let error = error as? UploadError { return UploadProblem(error).response }
        let known = HTTPError.wrapping(error)
        var response = ProblemDocument(status: known.status, detail: known.detail).response
        response.headers.merge(known.headers)
        return response
    }

    /// What the audit trail is told of an error: nothing of its cause.
    static func detail(of error: any Error) -> String? {
        (error as? OnboardingAPIError)?.detail ?? (error as? UploadError)?.detail
    }

    /// Whether the error is a fault of the server, which its operator must hear of.
    static func isFault(_ response: HTTPResponse) -> Bool {
        response.status.code >= 500 && response.status != .serviceUnavailable
            && response.status != .insufficientStorage
    }
}
