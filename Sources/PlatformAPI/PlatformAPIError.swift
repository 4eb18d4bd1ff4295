internal import HTTP

/// Why a request is not answered as it asks.
package struct PlatformAPIError: Error, Sendable {
    /// What is wrong; each has one HTTP status.
    package enum Code: Hashable, Sendable {
        /// The body or a parameter is malformed.
        case malformed
        case unsupportedMediaType
        case bodyTooLarge
        /// No session and no token, or none that is accepted.
        case notSignedIn
        /// Another site may have sent it.
        case crossSite
        /// The code of the second factor is due first.
        case codeDue
        /// A second factor must be set up first.
        case enrolmentDue
        /// The role is another.
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
        case .malformed: .badRequest
        case .unsupportedMediaType: .unsupportedMediaType
        case .bodyTooLarge: .contentTooLarge
        case .notSignedIn: .unauthorized
        case .crossSite, .codeDue, .enrolmentDue, .forbidden: .forbidden
        case .notFound: .notFound
        case .unavailable: .serviceUnavailable
        }
    }

    /// A URI that names the kind of problem, where the status does not say it all.
    private var type: String {
        switch code {
        case .crossSite: "urn:martlet:problem:cross-site"
        case .codeDue: "urn:martlet:problem:second-factor-due"
        case .enrolmentDue: "urn:martlet:problem:second-factor-enrolment-due"
        default: "about:blank"
        }
    }

    var response: HTTPResponse {
        var response = ProblemDocument(status: status, detail: detail, type: type).response
        if code == .notSignedIn { response.headers["WWW-Authenticate"] = "Bearer realm=\"martlet\"" }
        if code == .unavailable { response.headers["Retry-After"] = "1" }
        return response
    }
}
