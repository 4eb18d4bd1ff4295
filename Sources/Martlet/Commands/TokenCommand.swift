internal import Access
internal import Audit
internal import Base
internal import OAuth

/// `martlet token`: gives the operator of this machine an access token.
enum TokenCommand {
    static let command = Command(
        name: "token", summary: "print an access token for scripts at this machine",
        options: [
            OptionFacts("tenant", "T", "whose records it opens (default)"),
            OptionFacts("scope", "SCOPES", "what it allows, such as 'system/*.rs' (system/*.cruds)"),
            OptionFacts("minutes", "N", "how long it lasts, at most 60 (60)"),
            CommandTable.jsonOption,
        ],
        notes: """
            The token is good for requests with the header Authorization: Bearer TOKEN. That it was given, and what
            is done with it, stands in the audit trail. Programs of others are let in as clients of their own:
            martlet client add.
            """,
        onStore: run)

    @Sendable
    private static func run(
        _ installation: Installation, _ arguments: Arguments, _ console: Console
    ) throws -> ExitCode {
        let tenant = try arguments.tenant()
        guard try installation.store.tenantNames().contains(tenant.description) else {
            throw MartletError(.input, "there is no tenant '\(tenant)'; martlet tenant list names them")
        }
        let text = arguments.text("scope") ?? "system/*.cruds"
        guard let scopes = SMARTScopes(text) else { throw MartletError(.usage, "--scope has too many scopes") }
        let minutes = try arguments.integer("minutes", in: 1...60) ?? 60
        let made: (client: OAuthClient, tokens: IssuedTokens)
        do {
            made = try installation.authorization.operatorToken(tenant: tenant, scopes: scopes, seconds: minutes * 60)
        } catch let error as OAuthError where error.code == .invalidScope {
            throw MartletError(.usage, error.detail)
        }
        var entry = AuditEntry(
            .authentication, .execute, "token", time: SystemClock().now(), agent: "martlet operator")
        entry.onBehalfOf = made.client.account
        entry.detail = "given at the command line for \(minutes) min: \(scopes.text)"
        _ = try installation.store.trails.record(entry, tenant: tenant)
        if arguments.flag("json") {
            let object = JSONObject()
            object.add("access_token", made.tokens.accessToken)
            object.add("token_type", "Bearer")
            object.add("expires_in", made.tokens.expiresInSeconds)
            object.add("scope", scopes.text)
            try console.say(object.text)
        } else {
            try console.say(made.tokens.accessToken)
        }
        return .done
    }
}
