internal import Access
internal import Base
internal import JSONTape
internal import SQLDatabase
internal import Synchronization
internal import Vault

/// Grants with their codes, refresh tokens and access tokens, as rows.
final class GrantStore: Sendable {
    let rows: MarkedRows
    let sealer: RowSealer
    let clock: any Clock
    let options: OAuthOptions
    let tokens: AccessTokens
    private let nextTidying = Mutex<Int64>(0)
    private let nextCheck: Mutex<Int64>
    private let report: @Sendable (any Error) -> Void
    /// Accounts whose grants were to end when the disk did not take it.
    private let unfinished = Mutex<Set<Owner>>([])

    private struct Owner: Hashable {
        var tenant: TenantName
        var account: String
    }

    private static let tidyingMicroseconds: Int64 = 60_000_000

    /// Reads the access tokens that are alive into memory.
    init(
        _ rows: MarkedRows, sealer: RowSealer, clock: any Clock, options: OAuthOptions,
        report: @escaping @Sendable (any Error) -> Void
    ) throws {
        self.rows = rows
        self.report = report
        nextCheck = Mutex(clock.now().microseconds + Self.tidyingMicroseconds)
        self.sealer = sealer
        self.clock = clock
        self.options = options
        tokens = AccessTokens(countMax: options.accessTokensMax)
        try loadAccessTokens()
    }

    var database: any SQLDatabase { rows.database }

    /// Changes rows; now and then all of them are looked at before.
    func write<Result>(_ body: (RowChange) throws -> Result) throws -> Result {
        let now = clock.now().microseconds
        let isDue = nextCheck.withLock { next in
            guard now >= next else { return false }
            next = now + Self.tidyingMicroseconds
            return true
        }
        if isDue { rows.recheck() }
        return try rows.write(body)
    }

    private func loadAccessTokens() throws {
        let sql = "SELECT \(OAuthTable.accessTokens.selection) FROM oauth_access_tokens WHERE expires > $1"
        try database.readTransaction { connection in
            try connection.query(sql, [.integer(clock.now().microseconds)]) { row in
                guard try rows.isAuthentic(row, OAuthTable.accessTokens), let hash = TokenHash(row.blob(0)),
                    let of = try authenticGrant(row.text(1), in: connection)
                else { return true }
                let document = try JSONDocument(
                    sealer.open(Array(row.blob(3)), tenant: of.tenant, context: "access token of " + of.id))
                let admission = try document.withRoot { form in
                    let grant = try Grant(id: of.id, tenant: of.tenant, clientID: of.clientID, form: form)
                    return Admission(
                        grant: grant, issued: Instant(microseconds: form.member("issued")?.integer ?? 0),
                        expires: Instant(microseconds: row.integer(2)))
                }
                try tokens.add(hash, admission)
                return true
            }
        }
    }

    /// A grant, for what goes on with others where the row was altered; that is reported.
    private func authenticGrant(_ id: String, in connection: any SQLConnection) throws -> Grant? {
        do {
            return try grant(id, in: connection)?.grant
        } catch let error as VaultError {
            guard error.code == .notAuthentic else { throw error }
            report(error)
            return nil
        }
    }

    func hash(_ token: String) throws -> TokenHash {
        guard let hash = TokenHash(of: token) else {
            throw OAuthError(.storage, "the cryptographic library failed at a digest")
        }
        return hash
    }

    /// Sets down a grant; what is made from it follows in the same transaction.
    /// - Throws: `OAuthError.invalidClient` if the client is gone or disabled by now.
    func insert(_ grant: Grant, until expires: Instant, in connection: RowChange) throws {
        var isOpen = false
        let asking = "SELECT \(OAuthTable.clients.selection) FROM oauth_clients WHERE client_id = $1"
        try connection.query(asking, [.text(grant.clientID)]) { row in
            try rows.verify(row, OAuthTable.clients)
            isOpen = row.integer(3) == 0
            return false
        }
        guard isOpen else { throw OAuthError(.invalidClient, "the client is disabled") }
        let sealed = try sealer.seal(
            grant.sealedForm(), tenant: grant.tenant, context: "grant " + grant.id)
        let tag = try grant.account.map { try sealer.accountTag($0, tenant: grant.tenant) }
        try connection.insert(
            OAuthTable.grants,
            [
                .text(grant.id), .text(grant.tenant.description), .text(grant.clientID),
                tag.map { .blob($0) } ?? .null, .integer(expires.microseconds), .blob(sealed),
            ])
    }

    /// The grant with an id and until when it holds.
    func grant(_ id: String, in connection: any SQLConnection) throws -> (
        grant: Grant, expires: Instant
    )? {
        var found: (Grant, Instant)?
        let sql = "SELECT \(OAuthTable.grants.selection) FROM oauth_grants WHERE grant_id = $1"
        try connection.query(sql, [.text(id)]) { row in
            try rows.verify(row, OAuthTable.grants)
            guard let tenant = TenantName(row.text(1)) else { return false }
            let form = try sealer.open(Array(row.blob(5)), tenant: tenant, context: "grant " + id)
            let grant = try JSONDocument(form).withRoot {
                try Grant(id: id, tenant: tenant, clientID: row.text(2), form: $0)
            }
            found = (grant, Instant(microseconds: row.integer(4)))
            return false
        }
        return found
    }

    /// Makes an access token of a grant that is set down. It is good from here on; if the transaction fails nobody is told
    /// it. Within the transaction, for what revokes the grant is in one too: neither can slip between the other's halves.
    func issueAccessToken(
        _ grant: Grant, seconds: Int, until end: Instant, in connection: RowChange
    ) throws -> (token: String, seconds: Int) {
        let now = clock.now()
        let expires = min(now.advanced(bySeconds: Double(seconds)), end)
        let token = try randomText(byteCount: 32)
        let hash = try hash(token)
        var form = JSONWriter()
        grant.write(to: &form)
        form.add("issued", now.microseconds)
        let sealed = try sealer.seal(
            form.finish(), tenant: grant.tenant, context: "access token of " + grant.id)
        try connection.insert(
            OAuthTable.accessTokens,
            [.blob(hash.bytes), .text(grant.id), .integer(expires.microseconds), .blob(sealed)])
        try tokens.add(hash, Admission(grant: grant, issued: now, expires: expires))
        return (token, Int((expires.microseconds - now.microseconds) / 1_000_000))
    }

    func issueRefreshToken(_ grant: Grant, in connection: RowChange) throws -> String {
        let token = try randomText(byteCount: 32)
        try connection.insert(
            OAuthTable.refreshTokens, [.blob(try hash(token).bytes), .text(grant.id), .integer(0)])
        return token
    }

    /// Ends a grant with all that was made of it.
    func revoke(_ id: String, in connection: RowChange) throws {
        tokens.remove { sameBytes($0.grant.id, id) }
        try deleteGrants(where: "grant_id = $1", [.text(id)], in: connection)
        connection.anchor()
    }

    /// Ends all grants of a client.
    func revokeAll(ofClient id: String, in connection: RowChange) throws {
        tokens.remove { sameBytes($0.grant.clientID, id) }
        try deleteGrants(where: "client_id = $1", [.text(id)], in: connection)
        connection.anchor()
    }

    /// Deletes grants with all that was made of them.
    /// - Parameter condition: of the table of grants alone.
    private func deleteGrants(where condition: String, _ values: [SQLValue], in connection: RowChange) throws {
        for table in OAuthTable.ofGrant {
            try connection.delete(
                table, where: "grant_id IN (SELECT grant_id FROM oauth_grants WHERE \(condition))", values)
        }
        try connection.delete(OAuthTable.grants, where: condition, values)
    }

    /// The grants that a person gave and that hold, those that end first in front.
    func grants(ofAccount account: String, tenant: TenantName) throws -> [(grant: Grant, expires: Instant)] {
        let tag = try sealer.accountTag(account, tenant: tenant)
        let now = clock.now()
        return try database.read { connection in
            var ids: [String] = []
            let sql = "SELECT grant_id FROM oauth_grants WHERE account_tag = $1 AND expires > $2 ORDER BY expires"
            try connection.query(sql, [.blob(tag), .integer(now.microseconds)]) { row in
                ids.append(row.text(0))
                return true
            }
            return try ids.compactMap { try grant($0, in: connection) }
        }
    }

    /// Ends all grants that a person gave. If the disk does not take it their access tokens are gone all the same, and
    /// nothing is given for a code or refresh token of anybody until it does.
    func revokeAll(ofAccount account: String, tenant: TenantName) throws {
        let owner = Owner(tenant: tenant, account: account)
        unfinished.withLock { _ = $0.insert(owner) }
        removeTokens(of: owner)
        try finishRevocations()
    }

    /// Ends what was to end before and could not be deleted.
    func finishRevocations() throws {
        for owner in unfinished.withLock({ $0 }) {
            let tag = try sealer.accountTag(owner.account, tenant: owner.tenant)
            try write { connection in
                // Once more, for a token that was given after the first time and before this transaction.
                removeTokens(of: owner)
                try deleteGrants(where: "account_tag = $1", [.blob(tag)], in: connection)
                connection.anchor()
            }
            unfinished.withLock { _ = $0.remove(owner) }
        }
    }

    private func removeTokens(of owner: Owner) {
        tokens.remove { $0.tenant == owner.tenant && $0.grant.account == owner.account }
    }

    /// Removes what has expired, now and then.
    func tidy(in connection: RowChange) throws {
        let now = clock.now()
        let isDue = nextTidying.withLock { next in
            guard now.microseconds >= next else { return false }
            next = now.microseconds + Self.tidyingMicroseconds
            return true
        }
        guard isDue else { return }
        tokens.remove { $0.expires <= now }
        // What was never fetched with its code is no grant.
        var left: [String] = []
        let end = [SQLValue.integer(now.microseconds)]
        try connection.query("SELECT grant_id FROM oauth_codes WHERE is_used = 0 AND expires <= $1", end) { row in
            left.append(row.text(0))
            return true
        }
        for id in left { try deleteGrants(where: "grant_id = $1", [.text(id)], in: connection) }
        try deleteGrants(where: "expires <= $1", end, in: connection)
        for table in [OAuthTable.accessTokens, OAuthTable.assertions, OAuthTable.launches] {
            try connection.delete(table, where: "expires <= $1", end)
        }
    }
}
