internal import Access
internal import HTTP
internal import OAuth

/// The answers of the token endpoint and its neighbours.
/// - Source: RFC 6749 sections 5.1 and 5.2; SMART App Launch 2.2.
enum TokenAnswer {
    /// What a client gets; the patient's id is part of SMART's launch context.
    static func issued(_ issued: IssuedTokens, identity: String?) -> HTTPResponse {
        var form = JSONWriter()
        form.add("access_token", issued.accessToken)
        form.add("token_type", "Bearer")
        form.add("expires_in", Int64(issued.expiresInSeconds))
        form.add("scope", issued.grant.scopes.text)
        form.add("refresh_token", issued.refreshToken)
        form.add("id_token", identity)
        if let patient = issued.grant.patient {
            form.add("patient", patient)
            form.add("need_patient_banner", true)
        }
        return json(form.finish())
    }

    static func json(_ bytes: [UInt8], status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: [
                "Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache",
            ], body: .bytes(bytes))
    }

    static func status(of code: OAuthError.Code) -> HTTPStatus {
        switch code {
        case .invalidClient, .loginRequired: .unauthorized
        case .accessDenied: .forbidden
        case .notFound: .notFound
        case .unavailable: .serviceUnavailable
        case .storage: .internalServerError
        default: .badRequest
        }
    }

    /// A refusal in the words of the protocol. Who did not prove itself is not told how far it came.
    static func refusal(_ error: OAuthError, _ request: HTTPRequest) -> HTTPResponse {
        var form = JSONWriter()
        form.add("error", error.code.rawValue)
        switch error.code {
        case .invalidClient, .storage: break
        default: form.add("error_description", error.detail)
        }
        var response = json(form.finish(), status: status(of: error.code))
        if error.code == .invalidClient { response.headers["WWW-Authenticate"] = "Basic realm=\"oauth\"" }
        if error.code == .unavailable { response.headers["Retry-After"] = "5" }
        return response
    }

    /// A refusal for people and for the interface of administrators.
    static func problem(_ error: OAuthError) -> HTTPResponse {
        let detail =
            switch error.code {
            case .storage: "The server failed to answer this request."
            case .loginRequired: "Sign in first."
            case .notFound: "Nothing is at this path."
            default: error.detail
            }
        return ProblemDocument(status: status(of: error.code), detail: detail).response
    }
}
