internal import Access
internal import Base
internal import SQLDatabase
internal import Vault

extension AuthorizationServer {
    /// Makes sure that a client is who it claims to be.
    /// - Parameter tokenEndpoint: this server's, which assertions must be meant for.
    /// - Throws: `OAuthError.invalidClient`.
    package func authenticate(_ credentials: Credentials, tokenEndpoint: String) throws -> OAuthClient {
        guard let client = try clients.client(credentials.claimedID) else {
            throw OAuthError(.invalidClient, "there is no such client")
        }
        guard !client.isDisabled else { throw OAuthError(.invalidClient, "the client is disabled") }
        switch (client.authentication, credentials) {
        case (.none, .name): break
        case (.secret, .secret(_, let secret)):
            let hash = try SHA2.sha256(Array(secret.utf8))
            guard let known = client.secretHash, SecretBytes.equal(hash, known) else {
                throw OAuthError(.invalidClient, "the secret is not the client's")
            }
        case (.privateKey, .assertion(let assertion)):
            let set = try clients.keySet(of: client, wanted: assertion.keyID)
            var address: String?
            if case .address(let text) = client.keys { address = text }
            let proof = try assertion.check(
                set, keySetAddress: address, audience: tokenEndpoint, at: clock.now(), options)
            try grants.take(proof, client: client)
        default: throw OAuthError(.invalidClient, "the client proves who it is in another way")
        }
        return client
    }

    /// Gives a token to a client that acts for itself.
    /// - Parameter scope: what it asks for.
    /// - Throws: `OAuthError.unauthorizedClient`, `.invalidScope`, `.unavailable`.
    package func systemToken(for client: OAuthClient, scope: String?) throws -> IssuedTokens {
        guard client.authentication == .privateKey else {
            throw OAuthError(.unauthorizedClient, "only clients with private_key_jwt act for themselves")
        }
        guard let scope, var asked = SMARTScopes(scope) else {
            throw OAuthError(.invalidScope, "the scope is missing or malformed")
        }
        asked.other = []
        asked.clinical.removeAll { $0.context != .system }
        guard let granted = asked.narrowed(to: client.scopes), !granted.clinical.isEmpty else {
            throw OAuthError(.invalidScope, "nothing of the scope is allowed to the client")
        }
        let grant = Grant(
            id: try randomText(byteCount: 16), tenant: client.tenant, clientID: client.id, account: nil,
            role: .system,
            fhirUser: nil, organizations: client.organization.map { [$0] } ?? [], scopes: granted,
            patient: nil)
        let seconds = min(options.systemTokenSeconds, 300)
        let end = clock.now().advanced(bySeconds: Double(seconds))
        let made = try grants.write { connection in
            try grants.tidy(in: connection)
            try grants.insert(grant, until: end, in: connection)
            return try grants.issueAccessToken(grant, seconds: seconds, until: end, in: connection)
        }
        return IssuedTokens(accessToken: made.token, expiresInSeconds: made.seconds, grant: grant)
    }

    /// Gives tokens for an authorization code, which is used up however this ends.
    /// - Throws: `OAuthError.invalidRequest`, `.invalidGrant`, `.unauthorizedClient`.
    package func exchange(
        code: String?, redirectURI: String?, verifier: String?, client: OAuthClient
    ) throws -> IssuedTokens {
        guard let code, let redirectURI, let verifier else {
            throw OAuthError(.invalidRequest, "code, redirect_uri and code_verifier are needed")
        }
        guard code.utf8.count <= 512 else { throw OAuthError(.invalidGrant, "the code is unknown") }
        try grants.look()
        return try grants.exchange(
            code: code, client: client, redirectURI: redirectURI,
            // A verifier that is too short or long is as wrong as any other: the code is used up all the same.
            verifier: PKCE.isVerifier(verifier) ? verifier : nil,
            person: try person(of: grants.grant(of: code, isRefresh: false)))
    }

    /// Gives new tokens for a refresh token, which is used up.
    /// - Parameter scope: what is asked for; `nil` for all that was allowed.
    /// - Throws: `OAuthError.invalidRequest`, `.invalidGrant`, `.invalidScope`.
    package func refresh(_ token: String?, scope: String?, client: OAuthClient) throws -> IssuedTokens {
        guard let token else { throw OAuthError(.invalidRequest, "refresh_token is needed") }
        guard token.utf8.count <= 512 else {
            throw OAuthError(.invalidGrant, "the refresh token is unknown")
        }
        var narrowing: SMARTScopes?
        if let scope {
            guard let asked = SMARTScopes(scope) else {
                throw OAuthError(.invalidScope, "the scope is malformed")
            }
            narrowing = asked
        }
        try grants.look()
        return try grants.refresh(
            token, client: client, narrowing: narrowing,
            person: try person(of: grants.grant(of: token, isRefresh: true)))
    }

    /// What is known of the person behind a grant by now; `nil` if the account is closed. Asked for before a transaction
    /// begins: whoever answers may hold a lock under which they write to the same database.
    private func person(of grant: Grant?) throws -> Subject.Facts? {
        guard let grant, let account = grant.account else { return nil }
        return try currentFacts(grant.tenant, account)
    }

    /// Ends a token of a client, and with a refresh token all that was made of the same consent. A token that is
    /// unknown or another client's is passed over.
    /// - Returns: the grant that it was of; `nil` where nothing was ended.
    /// - Source: RFC 7009.
    package func revoke(_ token: String, client: OAuthClient) throws -> String? {
        guard token.utf8.count <= 512 else { return nil }
        let hash = try grants.hash(token)
        return try grants.write { connection in
            if let admission = grants.tokens.admission(token, at: clock.now()) {
                guard sameBytes(admission.grant.clientID, client.id) else { return nil }
                grants.tokens.remove(hash)
                try connection.delete(OAuthTable.accessTokens, where: "token_hash = $1", [.blob(hash.bytes)])
                connection.anchor()
                return admission.grant.id
            }
            guard let found = try grants.refreshRow(hash, in: connection)?.id,
                let grant = try grants.grant(found, in: connection)?.grant, sameBytes(grant.clientID, client.id)
            else { return nil }
            try grants.revoke(found, in: connection)
            return found
        }
    }

    /// What an access token of the client's own tenant stands for; `nil` if it is none that is alive.
    /// - Throws: `OAuthError.unauthorizedClient` if the client may not ask.
    /// - Source: RFC 7662.
    package func introspect(_ token: String, client: OAuthClient) throws -> Admission? {
        guard client.mayIntrospect else {
            throw OAuthError(.unauthorizedClient, "the client may not ask what tokens stand for")
        }
        guard let found = admit(token), found.tenant == client.tenant else { return nil }
        return found
    }
}

/// Proof key for code exchange: who asked for a code is who brings it.
/// - Source: RFC 7636; S256 alone.
package enum PKCE {
    /// Whether a text can be a verifier: 43 to 128 unreserved characters.
    package static func isVerifier(_ text: String) -> Bool {
        (43...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || "-._~".utf8.contains(byte)
            }
    }

    /// Whether a text can be a challenge of the method S256.
    package static func isChallenge(_ text: String) -> Bool {
        isBase64URL(text, count: 43...43)
    }
}
