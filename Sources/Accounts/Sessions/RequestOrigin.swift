package import HTTP
internal import Vault

/// Whether a request that changes something was meant by the person whose cookie it bears.
/// - Source: OWASP Cross-Site Request Forgery Prevention Cheat Sheet; Fetch Metadata Request Headers.
package struct RequestOrigin: Sendable {
    /// The header field that repeats the token.
    package static let tokenField = "X-CSRF-Token"
    /// The form's field that repeats the token.
    package static let formField = "csrf"

    private let publicOrigin: String

    /// - Parameter publicOrigin: what browsers name as the origin of this server's pages.
    package init(publicOrigin: String) {
        self.publicOrigin = publicOrigin.lowercased()
    }

    /// Whether the method may change something.
    package static func isUnsafe(_ method: HTTPMethod) -> Bool {
        ![.get, .head, .options].contains(method)
    }

    /// Whether no browser says that another site sent the request. The first of `Sec-Fetch-Site` and `Origin` that
    /// is there decides; both are beyond a page's reach.
    package func isOwn(_ request: HTTPRequest) -> Bool {
        if let site = request.headers["sec-fetch-site"] { return site == "same-origin" || site == "none" }
        guard let origin = request.headers["origin"]?.lowercased() else { return true }
        if origin == publicOrigin { return true }
        guard let host = request.headers["host"]?.lowercased() else { return false }
        return origin == "https://" + host || origin == "http://" + host
    }

    /// Whether a request with a session's cookie is accepted: it is safe, or it is our own and repeats the token.
    /// - Parameters:
    ///   - formToken: what a form repeats in its field, where the request has one.
    package func accepts(_ request: HTTPRequest, _ signedIn: SignedIn, formToken: String? = nil) -> Bool {
        guard Self.isUnsafe(request.method), let token = signedIn.csrfToken else { return true }
        guard isOwn(request), let given = request.headers[Self.tokenField] ?? formToken else { return false }
        return SecretBytes.equal(Array(given.utf8), Array(token.utf8))
    }
}
