internal import Access
internal import Base
internal import HTTP
internal import OAuth

extension OAuthAPI {
    /// This server's name in tokens and answers.
    var issuer: String { ports.origin() }

    var tokenEndpoint: String { ports.origin() + "/oauth/token" }

    /// The address of a tenant's records, without a slash at the end.
    func fhirBase(_ tenant: TenantName) -> String {
        ports.origin() + (tenant == home ? "/fhir" : "/t/\(tenant)/fhir")
    }

    /// Reads a form and makes sure that the client is who it claims to be.
    private func authenticated(
        _ request: HTTPRequest, _ trace: inout Trace
    ) throws -> (form: FormBody, client: OAuthClient) {
        let form = try FormBody(request)
        if let id = form["client_id"] { trace.claim(id, try server.client(id)) }
        let credentials = try form.credentials(request)
        let id = credentials.claimedID
        trace.claim(id, try server.client(id))
        return (form, try server.authenticate(credentials, tokenEndpoint: tokenEndpoint))
    }

    func serveToken(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let (form, client) = try authenticated(request, &trace)
        let issued: IssuedTokens
        switch form["grant_type"] {
        case "client_credentials": issued = try server.systemToken(for: client, scope: form["scope"])
        case "authorization_code":
            issued = try server.exchange(
                code: form["code"], redirectURI: form["redirect_uri"], verifier: form["code_verifier"],
                client: client)
        case "refresh_token":
            issued = try server.refresh(form["refresh_token"], scope: form["scope"], client: client)
        case nil: throw OAuthError(.invalidRequest, "grant_type is needed")
        default: throw OAuthError(.unsupportedGrantType, "this grant_type is not taken")
        }
        trace.grant(issued.grant)
        trace.undo = { [server] in try server.revokeGrant(issued.grant.id) }
        let identity = try server.identityToken(
            for: issued, issuer: issuer, fhirBase: fhirBase(issued.grant.tenant))
        return TokenAnswer.issued(issued, identity: identity)
    }

    func serveRevoke(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let (form, client) = try authenticated(request, &trace)
        guard let token = form["token"] else { throw OAuthError(.invalidRequest, "token is needed") }
        let grant = try server.revoke(token, client: client)
        trace.done(grant.map { "grant " + $0 } ?? "a token that is not the client's or not alive")
        return HTTPResponse(headers: ["Cache-Control": "no-store"])
    }

    func serveIntrospect(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let (form, client) = try authenticated(request, &trace)
        guard let token = form["token"] else { throw OAuthError(.invalidRequest, "token is needed") }
        let found = try server.introspect(token, client: client)
        trace.done(found.map { "grant " + $0.grant.id } ?? "a token that is not alive", patient: found?.grant.patient)
        var answer = JSONWriter()
        answer.add("active", found != nil)
        if let found {
            answer.add("scope", found.grant.scopes.text)
            answer.add("client_id", found.grant.clientID)
            answer.add("token_type", "Bearer")
            answer.add("iss", issuer)
            answer.add("sub", found.grant.account ?? found.grant.facts.account)
            answer.add("iat", found.issued.microseconds / 1_000_000)
            answer.add("exp", found.expires.microseconds / 1_000_000)
            answer.add("patient", found.grant.patient)
            answer.add("fhirUser", found.grant.fhirUser.map { fhirBase(found.tenant) + "/" + $0 })
        }
        return TokenAnswer.json(answer.finish())
    }
}
