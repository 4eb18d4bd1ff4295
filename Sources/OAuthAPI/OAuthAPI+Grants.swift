internal import Access
internal import Base
internal import HTTP
internal import OAuth

extension OAuthAPI {
    /// Lists what the person who is signed in allowed clients and has not taken back.
    func serveGrants(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let signedIn = try person(request, isChange: false, &trace)
        let grants = try server.grants(ofAccount: signedIn.facts.account, tenant: signedIn.tenant)
        var answer = JSONWriter()
        answer.add(
            "grants",
            json: try grants.map { grant, expires in
                var form = JSONWriter()
                form.add("id", grant.id)
                form.add("client_id", grant.clientID)
                form.add("client_name", try server.client(grant.clientID)?.name)
                form.add("scope", grant.scopes.text)
                form.add("patient", grant.patient)
                form.add("expires_at", expires.microseconds / 1_000_000)
                return form.finish()
            })
        return TokenAnswer.json(answer.finish())
    }

    /// Takes back what the person allowed: every token that came of it ends.
    func serveGoneGrant(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let signedIn = try person(request, isChange: true, &trace)
        let known = try server.grants(ofAccount: signedIn.facts.account, tenant: signedIn.tenant)
        guard let id = request.captures["id"],
            let found = known.first(where: { $0.grant.id.utf8.elementsEqual(id.utf8) })
        else { throw OAuthError(.notFound, "the person gave no such grant") }
        try server.revokeGrant(found.grant.id)
        trace.done("grant \(found.grant.id) to client/\(found.grant.clientID)", patient: found.grant.patient)
        return HTTPResponse(status: .noContent)
    }
}
