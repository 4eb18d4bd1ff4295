package import Access
internal import Base
internal import SQLDatabase
internal import Vault

extension AuthorizationServer {
    /// How the operator's client is called in the list of clients.
    package static let operatorName = "operator at the command line"

    /// How long a token for the operator may last, in seconds.
    package static let operatorSecondsMax = 3_600

    /// Gives a token to whoever runs the program on this machine, as the client of a tenant that stands for the operator.
    /// That client has a key whose private half nobody keeps: no token comes to it in another way.
    /// - Parameters:
    ///   - scopes: for the client itself: `system/…`.
    ///   - seconds: how long it lasts, at most `operatorSecondsMax`.
    /// - Throws: `OAuthError.invalidScope`, `.unavailable`.
    package func operatorToken(
        tenant: TenantName, scopes: SMARTScopes, seconds: Int
    ) throws -> (client: OAuthClient, tokens: IssuedTokens) {
        let granted = SMARTScopes(clinical: scopes.clinical.filter { $0.context == .system })
        guard !granted.clinical.isEmpty, granted.clinical.count == scopes.clinical.count, scopes.other.isEmpty else {
            throw OAuthError(.invalidScope, "the operator's tokens have system scopes alone, such as system/*.rs")
        }
        let client = try operatorClient(of: tenant)
        let grant = Grant(
            id: try randomText(byteCount: 16), tenant: tenant, clientID: client.id, account: nil, role: .system,
            fhirUser: nil, organizations: [], scopes: granted, patient: nil)
        let seconds = min(max(seconds, 1), Self.operatorSecondsMax)
        let end = clock.now().advanced(bySeconds: Double(seconds))
        let made = try grants.write { connection in
            try grants.tidy(in: connection)
            try grants.insert(grant, until: end, in: connection)
            return try grants.issueAccessToken(grant, seconds: seconds, until: end, in: connection)
        }
        return (client, IssuedTokens(accessToken: made.token, expiresInSeconds: made.seconds, grant: grant))
    }

    private func operatorClient(of tenant: TenantName) throws -> OAuthClient {
        let known = try clients(of: tenant).first { $0.name == Self.operatorName && !$0.isDisabled }
        if let known { return known }
        let key = try JWSSigningKey()
        let (x, y) = (key.x.withUnsafeBytes(Base64URL.encode), key.y.withUnsafeBytes(Base64URL.encode))
        let set = #"{"keys":[{"kty":"EC","crv":"P-384","alg":"ES384","kid":"1","x":"\#(x)","y":"\#(y)"}]}"#
        var draft = ClientDraft(name: Self.operatorName, authentication: .privateKey)
        draft.keys = .set(Array(set.utf8))
        draft.scopes = SMARTScopes(clinical: [SMARTScope(.system)])
        return try register(draft, tenant: tenant).client
    }
}
