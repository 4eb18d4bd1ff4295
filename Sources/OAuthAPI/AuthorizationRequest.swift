internal import Access
internal import HTTP
internal import OAuth

/// What a client asks of a person, checked as far as the client alone answers for it.
/// - Source: RFC 6749 section 4.1.1; RFC 7636; SMART App Launch 2.2, obtain authorization code.
struct AuthorizationRequest {
    let client: OAuthClient
    let redirectURI: String
    let state: String?
    /// What the client may have of what it asks for.
    let scopes: SMARTScopes
    let challenge: String
    let nonce: String?
    let launch: String?
    /// Whether the client wants no page shown.
    let isSilent: Bool
    /// Everything again, to be asked once more.
    let fields: [(name: String, value: String)]

    private static let names = [
        "response_type", "client_id", "redirect_uri", "scope", "state", "aud", "code_challenge",
        "code_challenge_method", "nonce", "launch", "prompt",
    ]
    private static let textBytesMax = 2_048

    /// Where the answer may go: settled before anything else, for whatever goes wrong afterwards is told there.
    struct Destination {
        let client: OAuthClient
        let redirectURI: String
        let state: String?

        /// - Throws: `OAuthError.invalidRequest` if the person must not be sent anywhere.
        init(_ form: FormBody, _ server: AuthorizationServer, _ trace: inout Trace) throws {
            guard let id = form["client_id"] else { throw OAuthError(.invalidRequest, "client_id is needed") }
            let found = try server.client(id)
            trace.claim(id, found)
            guard let client = found, !client.isDisabled else {
                throw OAuthError(.invalidRequest, "there is no such client")
            }
            // Byte by byte: whatever is taken for the same address may lead elsewhere.
            guard let asked = form["redirect_uri"],
                let known = client.redirectURIs.first(where: { $0.utf8.elementsEqual(asked.utf8) })
            else { throw OAuthError(.invalidRequest, "the redirect URI is not one of the client's") }
            self.client = client
            redirectURI = known
            state = form["state"].flatMap { $0.utf8.count <= AuthorizationRequest.textBytesMax ? $0 : nil }
        }

        /// Sends the person back to the client.
        /// - Source: RFC 6749 section 4.1.2; RFC 9207.
        func answer(_ items: [(String, String)], issuer: String) -> HTTPResponse {
            let all = items + (state.map { [("state", $0)] } ?? []) + [("iss", issuer)]
            let query = QueryParameters(all.map { QueryParameters.Item($0.0, $0.1) }).encoded
            let location = redirectURI + (redirectURI.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + query
            return HTTPResponse(
                status: .seeOther,
                headers: ["Location": location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"])
        }
    }

    /// - Parameter audiences: the addresses of records that the client's tokens may be used at.
    /// - Throws: `OAuthError` for the client.
    init(
        _ form: FormBody, at destination: Destination, _ server: AuthorizationServer, audiences: [String]
    ) throws(OAuthError) {
        client = destination.client
        redirectURI = destination.redirectURI
        state = destination.state
        guard form["response_type"] == "code" else {
            throw OAuthError(.unsupportedResponseType, "response_type must be code")
        }
        guard form["request"] == nil, form["request_uri"] == nil,
            form["response_mode"].map({ $0 == "query" }) ?? true
        else { throw OAuthError(.invalidRequest, "request objects and other response modes are not taken") }
        guard form["code_challenge_method"] == "S256", let challenge = form["code_challenge"],
            PKCE.isChallenge(challenge)
        else { throw OAuthError(.invalidRequest, "a code_challenge of the method S256 is needed") }
        self.challenge = challenge
        guard Self.names.allSatisfy({ (form[$0]?.utf8.count ?? 0) <= Self.textBytesMax || $0 == "scope" }) else {
            throw OAuthError(.invalidRequest, "a parameter is too long")
        }
        nonce = form["nonce"]
        launch = form["launch"]
        isSilent = form["prompt"] == "none"
        var scopes = try server.scopes(form["scope"], for: client)
        if launch == nil {
            scopes.other.removeAll { $0 == "launch" }
        } else if !scopes.other.contains("launch") {
            throw OAuthError(.invalidScope, "a launch needs the scope launch")
        }
        guard !scopes.isEmpty else { throw OAuthError(.invalidScope, "nothing is asked for") }
        self.scopes = scopes
        // An app that was lured to a counterfeit of this server must not get a token for it to use here.
        if let audience = form["aud"] {
            let isKnown = audiences.contains { audience == $0 || audience == $0 + "/" }
            guard isKnown else { throw OAuthError(.invalidRequest, "aud is not the address of these records") }
        } else if !scopes.clinical.isEmpty {
            throw OAuthError(.invalidRequest, "aud is needed: the address of the records")
        }
        fields = Self.names.compactMap { name in form[name].map { (name, $0) } }
    }

    /// Whether the tokens are about one patient.
    var needsPatient: Bool { Self.needsPatient(scopes) || launch != nil }

    static func needsPatient(_ scopes: SMARTScopes) -> Bool {
        scopes.other.contains("launch/patient") || scopes.clinical.contains { $0.context == .patient }
    }
}
