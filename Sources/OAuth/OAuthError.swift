/// Why a client was refused, or why the server could not do what it asked.
package struct OAuthError: Error, CustomStringConvertible {
    /// The closed set of causes; most have a name in the protocol.
    /// - Source: RFC 6749 sections 4.1.2.1 and 5.2; OpenID Connect Core 1.0 section 3.1.2.6.
    package enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        /// The client is unknown, disabled, or did not prove who it is.
        case invalidClient = "invalid_client"
        /// The code, refresh token or launch is unknown, used, expired or another client's.
        case invalidGrant = "invalid_grant"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case unsupportedResponseType = "unsupported_response_type"
        case invalidScope = "invalid_scope"
        case accessDenied = "access_denied"
        case loginRequired = "login_required"
        case consentRequired = "consent_required"
        /// What was asked about is not there.
        case notFound = "not_found"
        /// Too many at once, or something else is not there for a while.
        case unavailable = "temporarily_unavailable"
        /// The store or the cryptographic library failed.
        case storage = "server_error"
    }

    package var code: Code
    /// For the audit trail and the log. It tells no secret, no token and no patient; clients see it only where the
    /// interface says so.
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String { detail }

    /// An error as one of this target.
    package static func wrapping(_ error: any Error) -> OAuthError {
        if let known = error as? OAuthError { return known }
        return OAuthError(.storage, "the store of clients and tokens failed", cause: error)
    }
}
