package import Access
internal import Base
internal import JSONTape
internal import Vault

/// What a person allowed a client at the consent page.
package struct Consent: Sendable {
    /// Who allowed it; the account is `user/ID`.
    package var person: Subject.Facts
    package var scopes: SMARTScopes
    /// The id of the patient that it is about.
    package var patient: String?
    package var redirectURI: String
    /// PKCE's, of the method S256.
    package var challenge: String
    package var nonce: String?

    package init(
        person: Subject.Facts, scopes: SMARTScopes, patient: String?, redirectURI: String,
        challenge: String,
        nonce: String?
    ) {
        self.person = person
        self.scopes = scopes
        self.patient = patient
        self.redirectURI = redirectURI
        self.challenge = challenge
        self.nonce = nonce
    }
}

extension AuthorizationServer {
    /// What a client that acts for people may have of what it asks for; scopes that are about clients alone are left out.
    /// - Throws: `OAuthError.invalidScope` if that is nothing.
    package func scopes(_ scope: String?, for client: OAuthClient) throws(OAuthError) -> SMARTScopes {
        guard let scope, var asked = SMARTScopes(scope) else {
            throw OAuthError(.invalidScope, "the scope is missing or malformed")
        }
        asked.clinical.removeAll { $0.context == .system }
        guard let granted = asked.narrowed(to: client.scopes), !granted.isEmpty else {
            throw OAuthError(.invalidScope, "nothing of the scope is allowed to the client")
        }
        return granted
    }

    /// Sets down what a person allowed, and makes the code that the client may exchange for tokens.
    /// - Returns: the code, and the name of the grant for the audit trail.
    package func makeCode(_ consent: Consent, client: OAuthClient) throws -> (
        code: String, grant: String
    ) {
        let grant = Grant(
            id: try randomText(byteCount: 16), tenant: client.tenant, clientID: client.id,
            account: consent.person.account, role: consent.person.role, fhirUser: consent.person.fhirUser,
            organizations: consent.person.organizations, scopes: consent.scopes, patient: consent.patient)
        var seconds = options.userTokenSeconds
        if consent.scopes.other.contains("online_access") { seconds = options.onlineSeconds }
        if consent.scopes.other.contains("offline_access") { seconds = options.offlineSeconds }
        let binding = CodeBinding(
            redirectURI: consent.redirectURI, challenge: consent.challenge, nonce: consent.nonce)
        let code = try grants.issueCode(grant, binding, grantSeconds: seconds + options.codeSeconds)
        return (code, grant.id)
    }

    /// Makes a launch: an opaque name that brings an app to a patient, for one person and a few minutes.
    /// - Parameters:
    ///   - account: whose launch it is: `user/ID`.
    ///   - clientID: the client that it is for; `nil` for any.
    package func makeLaunch(
        account: String, patient: String, clientID: String?, tenant: TenantName
    ) throws -> String {
        try grants.makeLaunch(
            Launch(account: account, patient: patient, clientID: clientID), tenant: tenant)
    }

    /// The patient of a launch.
    /// - Returns: `nil` if there is no such launch of this person for this client, or it has expired.
    package func patient(ofLaunch name: String, account: String, client: OAuthClient) throws
        -> String?
    {
        guard name.utf8.count <= 512, let launch = try grants.launch(name, tenant: client.tenant),
            launch.account == account, launch.clientID.map({ sameBytes($0, client.id) }) ?? true
        else { return nil }
        return launch.patient
    }

    /// Uses a launch up.
    /// - Returns: whether it was still there.
    package func useLaunch(_ name: String, client: OAuthClient) throws -> Bool {
        try grants.useLaunch(name, tenant: client.tenant)
    }

    /// The signed token about the person (`id_token`).
    /// - Parameters:
    ///   - issuer: this server's name.
    ///   - fhirBase: the FHIR address that the person's own resource lies under, without a slash at the end.
    /// - Returns: `nil` if it was not asked for.
    /// - Source: OpenID Connect Core 1.0 section 2; SMART App Launch 2.2, scopes for requesting identity data.
    package func identityToken(for issued: IssuedTokens, issuer: String, fhirBase: String) throws
        -> String?
    {
        let grant = issued.grant
        guard grant.scopes.other.contains("openid"), let account = grant.account else { return nil }
        let key = try keys.current()
        let now = clock.now().microseconds / 1_000_000
        var header = JSONWriter()
        header.add("alg", JWSAlgorithm.es384.rawValue)
        header.add("kid", key.id)
        header.add("typ", "JWT")
        var claims = JSONWriter()
        claims.add("iss", issuer)
        claims.add("sub", account)
        claims.add("aud", grant.clientID)
        claims.add("iat", now)
        claims.add("exp", now + Int64(issued.expiresInSeconds))
        claims.add("nonce", issued.nonce)
        if grant.scopes.other.contains("fhirUser"), let user = grant.fhirUser {
            claims.add("fhirUser", fhirBase + "/" + user)
        }
        let half = try SHA2.sha384(Array(issued.accessToken.utf8)).prefix(24)
        claims.add("at_hash", Array(half).withUnsafeBytes { Base64URL.encode($0) })
        let text =
            header.finish().withUnsafeBytes { Base64URL.encode($0) } + "."
            + claims.finish().withUnsafeBytes { Base64URL.encode($0) }
        let signature = try key.key.signature(of: Array(text.utf8))
        return text + "." + signature.withUnsafeBytes { Base64URL.encode($0) }
    }
}
