internal import Accounts
internal import HTTP

/// Errors as answers.
enum Problems {
    /// The answer to an error; what is not for the client's eyes becomes a 500 that says nothing.
    static func response(of error: any Error) -> HTTPResponse {
        switch error {
        case let error as PlatformAPIError: return error.response
        case let error as AccountsError: return response(of: error)
        default:
            let known = HTTPError.wrapping(error)
            return ProblemDocument(status: known.status, detail: known.detail).response
        }
    }

    /// Whether the error is a fault of the server, which its operator must hear of.
    static func isFault(_ error: any Error) -> Bool {
        response(of: error).status.code >= 500
    }

    private static func response(of error: AccountsError) -> HTTPResponse {
        switch error.code {
        case .invalid: problem(.unprocessableContent, error.detail)
        case .weakPassword:
            problem(.unprocessableContent, error.detail, type: "urn:martlet:problem:weak-password")
        case .nameTaken, .refused: problem(.conflict, error.detail)
        case .notFound: problem(.notFound, error.detail)
        case .wrongSecret: problem(.forbidden, error.detail, type: "urn:martlet:problem:wrong-secret")
        case .tooManyAttempts(let seconds): tooMany(seconds, error.detail)
        case .busy: problem(.serviceUnavailable, error.detail)
        case .damaged: problem(.internalServerError, "The server failed to answer this request.")
        }
    }

    private static func tooMany(_ seconds: Int, _ detail: String) -> HTTPResponse {
        var response = problem(.tooManyRequests, detail)
        response.headers["Retry-After"] = String(seconds)
        return response
    }

    private static func problem(_ status: HTTPStatus, _ detail: String, type: String = "about:blank") -> HTTPResponse {
        ProblemDocument(status: status, detail: detail, type: type).response
    }
}
