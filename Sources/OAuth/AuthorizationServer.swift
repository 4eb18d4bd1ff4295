package import Access
package import Base
package import SQLDatabase
package import Vault

/// Lets client systems in: knows the clients of all tenants, gives them tokens for what they and people allow, and says
/// at each request what a token stands for.
///
/// Its rows lie in a database that it shares with others. All calls but `admit` wait for the disk: they are for threads
/// of their own.
/// - Source: RFC 6749 (OAuth 2.0), RFC 9700 (its best practices), SMART App Launch 2.2.
package final class AuthorizationServer: Sendable {
    /// What is known of an account (`user/ID`) right now; `nil` if it is closed.
    package typealias CurrentFacts = @Sendable (TenantName, String) throws -> Subject.Facts?

    package let options: OAuthOptions
    let clients: ClientStore
    let grants: GrantStore
    let keys: SigningKeys
    let clock: any Clock
    let currentFacts: CurrentFacts

    /// Opens the tables, which are made if they are missing, and reads the tokens that are alive.
    /// - Parameters:
    ///   - database: where the rows lie; no other process may write to them.
    ///   - home: the tenant under whose key the keys that sign are sealed.
    ///   - anchor: the file that remembers how far the rows had come, apart from the database; a missing one has what is
    ///     there accepted. Without it an older copy of the whole database is not told from the newest.
    ///   - fetchKeySet: fetches the key set at an https address and guards against addresses of the own network;
    ///     `nil` if that cannot be done, and clients with such addresses are then refused.
    ///   - report: told of rows that are not what the program wrote, and of what goes wrong where the client is told no
    ///     more than that it is refused; no secret is in it.
    ///   - currentFacts: what is known of a person when tokens are given on their behalf.
    /// - Throws: `SQLError`, `OAuthError.storage`, `VaultError`; `.damaged` if rows are missing or older than they must be.
    package init(
        database: any SQLDatabase, vault: Vault, clock: any Clock,
        options: OAuthOptions = OAuthOptions(),
        home: TenantName = .standard, anchor: String? = nil, fetchKeySet: (@Sendable (String) throws -> [UInt8])? = nil,
        report: @escaping @Sendable (any Error) -> Void = { _ in },
        currentFacts: @escaping CurrentFacts
    ) throws {
        let own = try vault.keysOfFirstTenant(orNew: TenantName.platform.description)
        let rows = try MarkedRows(
            "clients", database: database, root: own.indexKey.derived("martlet clients rows"), tables: OAuthTable.all,
            anchor: anchor.map { RowAnchor(path: $0) }, report: report
        ) { try Schema.prepare($0, database.dialect) }
        let sealer = RowSealer(vault: vault)
        self.options = options
        self.clock = clock
        self.currentFacts = currentFacts
        clients = ClientStore(
            rows, sealer: sealer, clock: clock, options: options,
            fetched: fetchKeySet.map { FetchedKeySets($0, clock: clock, options: options, report: report) })
        grants = try GrantStore(rows, sealer: sealer, clock: clock, options: options, report: report)
        keys = SigningKeys(rows, sealer: sealer, home: home, clock: clock, options: options)
    }

    /// What an access token stands for; `nil` if it is none that is alive. It asks no disk and makes no object, and may be
    /// called on any thread.
    package func admit(_ token: String) -> Admission? {
        grants.tokens.admission(token, at: clock.now())
    }

    /// The moment, by the clock that tokens live by.
    package func now() -> Instant {
        clock.now()
    }

    /// Sets a new client down.
    /// - Returns: it, and its secret if it has one: the only time that it can be had.
    /// - Throws: `OAuthError.invalidRequest` with words for the administrator.
    package func register(
        _ draft: ClientDraft, tenant: TenantName
    ) throws -> (client: OAuthClient, secret: String?) {
        try clients.register(draft, tenant: tenant)
    }

    /// The client with an id, of whatever tenant; `nil` if there is none.
    package func client(_ id: String) throws -> OAuthClient? {
        try clients.client(id)
    }

    /// The clients of a tenant, oldest first.
    package func clients(of tenant: TenantName) throws -> [OAuthClient] {
        try clients.clients(of: tenant)
    }

    /// Sets down what was changed about a client, except how it proves who it is. What it was given before ends.
    /// - Throws: `OAuthError.invalidRequest` with words for the administrator.
    package func update(_ client: OAuthClient) throws {
        var draft = ClientDraft(name: client.name, authentication: client.authentication)
        draft.redirectURIs = client.redirectURIs
        draft.keys = client.keys
        draft.scopes = client.scopes
        draft.organization = client.organization
        draft.mayIntrospect = client.mayIntrospect
        try clients.check(draft)
        try clients.update(client) { try grants.revokeAll(ofClient: client.id, in: $0) }
    }

    /// Removes a client with all that was given to it.
    package func delete(_ client: OAuthClient) throws {
        try clients.delete(client.id) { try grants.revokeAll(ofClient: client.id, in: $0) }
    }

    /// Ends all that a person allowed: for accounts that are closed or get another role or password. It is a transaction of
    /// its own, and so never to be called within one of the same database; after the account was changed, for a code
    /// that is exchanged in between shows the account as it was. If this throws, access tokens of the account are good no
    /// more even so; the rest ends before anything is given for a code or refresh token again.
    /// - Parameter account: `user/ID`.
    package func revokeAll(ofAccount account: String, tenant: TenantName) throws {
        try grants.revokeAll(ofAccount: account, tenant: tenant)
    }

    /// What a person allowed clients and has not taken back, with when it ends.
    /// - Parameter account: `user/ID`.
    package func grants(
        ofAccount account: String, tenant: TenantName
    ) throws -> [(grant: Grant, expires: Instant)] {
        try grants.grants(ofAccount: account, tenant: tenant)
    }

    /// Ends a grant with all that was made of it; nothing where there is none.
    package func revokeGrant(_ id: String) throws {
        try grants.write { try grants.revoke(id, in: $0) }
    }

    /// The public keys for tokens about people, as a JSON Web Key Set.
    package func publicKeySet() throws -> [UInt8] {
        try keys.publicSet()
    }

    /// Has another key sign tokens about people from now on.
    package func rotateSigningKey() throws {
        try keys.rotate()
    }
}
