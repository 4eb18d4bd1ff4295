internal import HTTP

/// Why a request is not answered as it asks.
package struct OnboardingAPIError: Error, Sendable {
    /// What is wrong; each has one HTTP status.
    package enum Code: Hashable, Sendable {
        /// The body or a parameter is malformed.
        case malformed
        /// A part without a digest.
        case digestRequired
        case unsupportedMediaType
        case lengthRequired
        case bodyTooLarge
        /// No session and no token.
        case notSignedIn
        /// A token that is not accepted, or not any more.
        case tokenInvalid
        /// Neither role nor scopes allow it.
        case forbidden
        case notFound
        /// It could not be written in the audit trail, or too much is under way.
        case unavailable
    }

    package var code: Code
    /// One sentence for the client.
    package var detail: String
    package var cause: (any Error)?

    init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    var status: HTTPStatus {
        switch code {
        case .malformed, .digestRequired: .badRequest
        case .unsupportedMediaType: .unsupportedMediaType
        case .lengthRequired: .lengthRequired
        case .bodyTooLarge: .contentTooLarge
        case .notSignedIn, .tokenInvalid: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .unavailable: .serviceUnavailable
        }
    }

    var response: HTTPResponse {
        let type = code == .digestRequired ? "urn:martlet:problem:digest-required" : "about:blank"
        var response = ProblemDocument(status: status, detail: detail, type: type).response
        switch code {
        case .notSignedIn: response.headers["WWW-Authenticate"] = "Bearer realm=\"martlet\""
        case .tokenInvalid:
            response.headers["WWW-Authenticate"] = "Bearer realm=\"martlet\", error=\"invalid_token\""
        case .forbidden:
            response.headers["WWW-Authenticate"] = "Bearer realm=\"martlet\", error=\"insufficient_scope\""
        case .unavailable: response.headers["Retry-After"] = "1"
        default: break
        }
        return response
    }
}
