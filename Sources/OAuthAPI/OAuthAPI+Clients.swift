internal import Access
internal import Base
internal import HTTP
internal import JSONTape
internal import OAuth

extension OAuthAPI {
    private func administrator(
        _ request: HTTPRequest, isChange: Bool, _ trace: inout Trace
    ) throws(OAuthError) -> SignedIn {
        let signedIn = try person(request, isChange: isChange, &trace)
        guard signedIn.facts.role == .admin else { throw OAuthError(.accessDenied, "only administrators may") }
        return signedIn
    }

    private func client(_ request: HTTPRequest, of signedIn: SignedIn) throws -> OAuthClient {
        guard let id = request.captures["id"], let found = try server.client(id), found.tenant == signedIn.tenant
        else { throw OAuthError(.notFound, "the tenant has no such client") }
        return found
    }

    func serveClients(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let signedIn = try administrator(request, isChange: false, &trace)
        var answer = JSONWriter()
        answer.add("clients", json: try server.clients(of: signedIn.tenant).map { ClientForm.json($0) })
        return TokenAnswer.json(answer.finish())
    }

    func serveClient(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let signedIn = try administrator(request, isChange: false, &trace)
        return TokenAnswer.json(ClientForm.json(try client(request, of: signedIn)))
    }

    func serveNewClient(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let signedIn = try administrator(request, isChange: true, &trace)
        let form = try ClientForm(Self.document(request))
        var draft = ClientDraft(name: form.name, authentication: form.authentication ?? .secret)
        draft.redirectURIs = form.redirectURIs
        draft.keys = form.keys
        draft.scopes = form.scopes
        draft.organization = form.organization
        draft.mayIntrospect = form.mayIntrospect
        let (client, secret) = try server.register(draft, tenant: signedIn.tenant)
        trace.done("client/" + client.id)
        trace.undo = { [server] in try server.delete(client) }
        var response = TokenAnswer.json(ClientForm.json(client, secret: secret), status: .created)
        response.headers["Location"] = "/api/v1/clients/" + client.id
        return response
    }

    func serveChangedClient(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let signedIn = try administrator(request, isChange: true, &trace)
        var client = try client(request, of: signedIn)
        let form = try ClientForm(Self.document(request))
        guard form.authentication ?? client.authentication == client.authentication else {
            throw OAuthError(.invalidRequest, "how a client proves who it is cannot change: make another one")
        }
        let before = client
        client.name = form.name
        client.redirectURIs = form.redirectURIs
        client.keys = form.keys
        client.scopes = form.scopes
        client.organization = form.organization
        client.mayIntrospect = form.mayIntrospect
        client.isDisabled = form.isDisabled
        try server.update(client)
        trace.undo = { [server] in try server.update(before) }
        trace.done("client/" + client.id + (client.isDisabled ? " is disabled" : ""))
        return TokenAnswer.json(ClientForm.json(client))
    }

    func serveGoneClient(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let signedIn = try administrator(request, isChange: true, &trace)
        let client = try client(request, of: signedIn)
        try server.delete(client)
        trace.done("client/" + client.id)
        return HTTPResponse(status: .noContent)
    }
}

/// A client as JSON, with the names of dynamic registration where it has one.
/// - Source: RFC 7591 section 2.
struct ClientForm {
    let name: String
    let authentication: OAuthClient.Authentication?
    let redirectURIs: [String]
    let keys: OAuthClient.Keys?
    let scopes: SMARTScopes
    let organization: String?
    let mayIntrospect: Bool
    let isDisabled: Bool

    /// - Throws: `OAuthError.invalidRequest` for members of the wrong kind.
    init(_ document: JSONDocument) throws(OAuthError) {
        self = try document.withRoot { (root) throws(OAuthError) in try ClientForm(root) }
    }

    private init(_ root: JSONValue) throws(OAuthError) {
        func text(_ name: String) throws(OAuthError) -> String? {
            guard let value = root.member(named: name), value.kind != .null else { return nil }
            guard let text = value.string else { throw Self.wrong("\(name) must be a text") }
            return text
        }
        func flag(_ name: String) throws(OAuthError) -> Bool {
            guard let value = root.member(named: name), value.kind != .null else { return false }
            guard let flag = value.bool else { throw Self.wrong("\(name) must be true or false") }
            return flag
        }
        guard let name = try text("client_name") else { throw Self.wrong("client_name is needed") }
        self.name = name
        authentication = try text("token_endpoint_auth_method").map { (method) throws(OAuthError) in
            guard let known = OAuthClient.Authentication(rawValue: method) else {
                throw Self.wrong("token_endpoint_auth_method must be none, private_key_jwt or client_secret_basic")
            }
            return known
        }
        var addresses: [String] = []
        if let list = root.member("redirect_uris"), list.kind != .null {
            guard list.isArray else { throw Self.wrong("redirect_uris must be a list") }
            for element in list.elements {
                guard let address = element.string else { throw Self.wrong("redirect_uris must be a list of texts") }
                addresses.append(address)
            }
        }
        redirectURIs = addresses
        let address = try text("jwks_uri")
        if let set = root.member("jwks"), set.kind != .null {
            guard set.isObject, address == nil else { throw Self.wrong("jwks must be an object, without jwks_uri") }
            let writer = ByteWriter()
            set.write(to: writer)
            keys = .set(writer.copy())
        } else {
            keys = address.map { .address($0) }
        }
        guard let scopes = SMARTScopes(try text("scope") ?? "") else { throw Self.wrong("scope is malformed") }
        self.scopes = scopes
        organization = try text("organization")
        mayIntrospect = try flag("may_introspect")
        isDisabled = try flag("disabled")
    }

    /// - Parameter secret: the secret, the only time that it is told.
    static func json(_ client: OAuthClient, secret: String? = nil) -> [UInt8] {
        var form = JSONWriter()
        form.add("client_id", client.id)
        form.add("client_secret", secret)
        form.add("client_id_issued_at", client.created.microseconds / 1_000_000)
        form.add("client_name", client.name)
        form.add("token_endpoint_auth_method", client.authentication.rawValue)
        form.add("redirect_uris", client.redirectURIs)
        switch client.keys {
        case .set(let bytes): form.add("jwks", json: bytes)
        case .address(let address): form.add("jwks_uri", address)
        case nil: break
        }
        form.add("scope", client.scopes.text)
        form.add("organization", client.organization)
        form.add("may_introspect", client.mayIntrospect)
        form.add("disabled", client.isDisabled)
        return form.finish()
    }

    private static func wrong(_ what: String) -> OAuthError {
        OAuthError(.invalidRequest, what)
    }
}
