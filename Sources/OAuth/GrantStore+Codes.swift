internal import Access
internal import Base
internal import JSONTape
internal import SQLDatabase
internal import Vault

/// What an authorization code is bound to.
struct CodeBinding: Sendable {
    var redirectURI: String
    /// The challenge of PKCE, base64url of the SHA-256 of the verifier.
    var challenge: String
    var nonce: String?
}

extension GrantStore {
    /// Tables of more rows are not looked at before each exchange, but once a minute or at start.
    private static let lookedAtMax: UInt64 = 2_000

    /// What presenting a code came to, within a transaction that is kept either way.
    enum Exchange {
        case issued(IssuedTokens)
        case refused(OAuthError)
    }

    /// Sets down what a person allowed, and makes the code for it.
    /// - Parameter grantSeconds: how long after now the grant can be used, by refreshing too.
    func issueCode(_ grant: Grant, _ binding: CodeBinding, grantSeconds: Int) throws -> String {
        let code = try randomText(byteCount: 32)
        let now = clock.now()
        var form = JSONWriter()
        form.add("redirectURI", binding.redirectURI)
        form.add("challenge", binding.challenge)
        form.add("nonce", binding.nonce)
        let sealed = try sealer.seal(
            form.finish(), tenant: grant.tenant, context: "code of " + grant.id)
        try write { connection in
            try tidy(in: connection)
            try insert(grant, until: now.advanced(bySeconds: Double(grantSeconds)), in: connection)
            try connection.insert(
                OAuthTable.codes,
                [
                    .blob(try hash(code).bytes), .text(grant.id),
                    .integer(now.advanced(bySeconds: Double(options.codeSeconds)).microseconds),
                    .integer(0), .blob(sealed),
                ])
        }
        return code
    }

    private struct CodeRow {
        var grantID: String
        var expires: Instant
        var isUsed: Bool
        var sealed: [UInt8]
    }

    private func codeRow(_ hash: TokenHash, in connection: any SQLConnection) throws -> CodeRow? {
        var found: CodeRow?
        let sql = "SELECT \(OAuthTable.codes.selection) FROM oauth_codes WHERE code_hash = $1"
        try connection.query(sql, [.blob(hash.bytes)]) { row in
            try rows.verify(row, OAuthTable.codes)
            found = CodeRow(
                grantID: row.text(1), expires: Instant(microseconds: row.integer(2)),
                isUsed: row.integer(3) != 0,
                sealed: Array(row.blob(4)))
            return false
        }
        return found
    }

    /// The grant that a refresh token is of, and whether it was used; `nil` if there is none.
    func refreshRow(_ hash: TokenHash, in connection: any SQLConnection) throws -> (id: String, isUsed: Bool)? {
        var found: (id: String, isUsed: Bool)?
        let sql = "SELECT \(OAuthTable.refreshTokens.selection) FROM oauth_refresh_tokens WHERE token_hash = $1"
        try connection.query(sql, [.blob(hash.bytes)]) { row in
            try rows.verify(row, OAuthTable.refreshTokens)
            found = (row.text(1), row.integer(2) != 0)
            return false
        }
        return found
    }

    /// Makes sure, as far as that takes no time to speak of, that a code or refresh token that is about to be taken is not
    /// one that was put back.
    func look() throws {
        try rows.look(at: [OAuthTable.grants, OAuthTable.codes, OAuthTable.refreshTokens], rowsMax: Self.lookedAtMax)
    }

    /// The grant that a code was made for, or with `isRefresh` that a refresh token is of; `nil` if there is none.
    func grant(of secret: String, isRefresh: Bool) throws -> Grant? {
        let hash = try hash(secret)
        return try database.read { connection in
            let id =
                isRefresh ? try refreshRow(hash, in: connection)?.id : try codeRow(hash, in: connection)?.grantID
            return try id.flatMap { try grant($0, in: connection)?.grant }
        }
    }

    /// Gives tokens for a code. Whoever presents a code uses it up, rightly or not: it was a secret until then. One that
    /// comes a second time ends all that was made of it.
    /// - Parameter person: what is known of the person by now; `nil` if the account is closed.
    /// - Throws: `OAuthError.invalidGrant`.
    func exchange(
        code: String, client: OAuthClient, redirectURI: String, verifier: String?,
        person: Subject.Facts?
    ) throws -> IssuedTokens {
        try finishRevocations()
        let hash = try hash(code)
        let challenge = try verifier.map { text in
            try SHA2.sha256(Array(text.utf8)).withUnsafeBytes { Base64URL.encode($0) }
        }
        let outcome: Exchange = try write { connection in
            try tidy(in: connection)
            guard let row = try codeRow(hash, in: connection),
                let (grant, end) = try self.grant(row.grantID, in: connection)
            else { return .refused(OAuthError(.invalidGrant, "the code is unknown")) }
            func refuse(_ why: String) throws -> Exchange {
                try revoke(grant.id, in: connection)
                return .refused(OAuthError(.invalidGrant, why))
            }
            if row.isUsed {
                return try refuse("the code was used before: all that was given for it is revoked")
            }
            guard sameBytes(grant.clientID, client.id) else {
                return try refuse("the code is another client's")
            }
            guard row.expires > clock.now() else { return try refuse("the code has expired") }
            let form = try sealer.open(row.sealed, tenant: grant.tenant, context: "code of " + grant.id)
            let binding = try JSONDocument(form).withRoot { form in
                CodeBinding(
                    redirectURI: form.member("redirectURI")?.string ?? "",
                    challenge: form.member("challenge")?.string ?? "", nonce: form.member("nonce")?.string)
            }
            guard sameBytes(binding.redirectURI, redirectURI) else {
                return try refuse("the redirect URI is not the one that the code was sent to")
            }
            guard let challenge, sameBytes(binding.challenge, challenge) else {
                return try refuse("the verifier is not that of the code's challenge")
            }
            guard let grant = grant.current(person) else {
                return try refuse("the person's account is closed")
            }
            try connection.update(OAuthTable.codes, where: "code_hash = $1", [.blob(hash.bytes)]) {
                $0["is_used"] = .integer(1)
            }
            return .issued(try issue(grant, until: end, nonce: binding.nonce, in: connection))
        }
        switch outcome {
        case .issued(let tokens): return tokens
        case .refused(let error): throw error
        }
    }

    /// Makes the tokens of a grant that a person gave.
    private func issue(
        _ grant: Grant, until end: Instant, nonce: String? = nil, in connection: RowChange
    ) throws -> IssuedTokens {
        let made = try issueAccessToken(
            grant, seconds: options.userTokenSeconds, until: end, in: connection)
        var issued = IssuedTokens(accessToken: made.token, expiresInSeconds: made.seconds, grant: grant)
        if grant.mayBeRefreshed { issued.refreshToken = try issueRefreshToken(grant, in: connection) }
        issued.nonce = nonce
        return issued
    }

    /// Gives new tokens for a refresh token, which is used up. One that comes a second time was stolen, or its successor
    /// was: all that was made of the same consent ends.
    /// - Parameters:
    ///   - narrowing: what the client asks for this time; `nil` for all that it was allowed.
    ///   - person: what is known of the person by now; `nil` if the account is closed.
    /// - Throws: `OAuthError.invalidGrant`, `.invalidScope`.
    func refresh(
        _ token: String, client: OAuthClient, narrowing: SMARTScopes?, person: Subject.Facts?
    ) throws -> IssuedTokens {
        try finishRevocations()
        let hash = try hash(token)
        let outcome: Exchange = try write { connection in
            try tidy(in: connection)
            guard let found = try refreshRow(hash, in: connection),
                let (grant, end) = try self.grant(found.id, in: connection),
                end > clock.now()
            else {
                return .refused(OAuthError(.invalidGrant, "the refresh token is unknown or has expired"))
            }
            func refuse(_ why: String) throws -> Exchange {
                try revoke(grant.id, in: connection)
                return .refused(OAuthError(.invalidGrant, why))
            }
            guard sameBytes(grant.clientID, client.id) else {
                return try refuse("the token is another client's")
            }
            if found.isUsed {
                return try refuse("the token was used before: all of the same consent is revoked")
            }
            guard var current = grant.current(person) else {
                return try refuse("the person's account is closed")
            }
            if let narrowing {
                guard let narrowed = narrowing.narrowed(to: current.scopes), !narrowed.isEmpty else {
                    return .refused(OAuthError(.invalidScope, "nothing of the scope was allowed"))
                }
                current.scopes = narrowed
            }
            try connection.update(OAuthTable.refreshTokens, where: "token_hash = $1", [.blob(hash.bytes)]) {
                $0["is_used"] = .integer(1)
            }
            let made = try issueAccessToken(
                current, seconds: options.userTokenSeconds, until: end, in: connection)
            var issued = IssuedTokens(
                accessToken: made.token, expiresInSeconds: made.seconds, grant: current)
            issued.refreshToken = try issueRefreshToken(grant, in: connection)
            return .issued(issued)
        }
        switch outcome {
        case .issued(let tokens): return tokens
        case .refused(let error): throw error
        }
    }
}

extension Grant {
    /// Whether refresh tokens go with it.
    var mayBeRefreshed: Bool { scopes.other.contains { $0 == "offline_access" || $0 == "online_access" } }

    /// The grant with what is known of the person by now; `nil` if that is nothing.
    fileprivate func current(_ person: Subject.Facts?) -> Grant? {
        guard let person, account == person.account else { return nil }
        var current = self
        current.role = person.role
        current.fhirUser = person.fhirUser
        current.organizations = person.organizations
        return current
    }
}
