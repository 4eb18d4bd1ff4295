internal import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// The clients of all tenants, and their keys made ready.
final class ClientStore: @unchecked Sendable {
    // Safe to share: what is kept in memory is used under `lock`.
    private let rows: MarkedRows
    private let sealer: RowSealer
    private let clock: any Clock
    private let options: OAuthOptions
    private let fetched: FetchedKeySets?
    private let lock = Lock()
    private var known: [String: OAuthClient] = [:]
    /// Those that were given by value, made ready, with what they were made from.
    private var keySets: [String: (bytes: [UInt8], set: KeySet)] = [:]

    private static let knownMax = 10_000
    private static let idBytes = 16
    private static let selection = "SELECT \(OAuthTable.clients.selection) FROM oauth_clients "
    static let secretBytes = 32

    init(
        _ rows: MarkedRows, sealer: RowSealer, clock: any Clock, options: OAuthOptions, fetched: FetchedKeySets?
    ) {
        self.rows = rows
        self.sealer = sealer
        self.clock = clock
        self.options = options
        self.fetched = fetched
    }

    /// - Throws: `OAuthError.invalidRequest` with words for the administrator.
    func check(_ draft: ClientDraft) throws(OAuthError) {
        try draft.check(mayFetchKeys: fetched != nil)
    }

    /// Sets a new client down.
    /// - Returns: it, and its secret if it has one: the only time that it can be had.
    /// - Throws: `OAuthError.invalidRequest`.
    func register(_ draft: ClientDraft, tenant: TenantName) throws -> (
        client: OAuthClient, secret: String?
    ) {
        try check(draft)
        var client = OAuthClient(
            id: try randomText(byteCount: Self.idBytes), tenant: tenant, created: clock.now(),
            authentication: draft.authentication, name: draft.name, redirectURIs: draft.redirectURIs,
            keys: draft.keys,
            scopes: draft.scopes, organization: draft.organization, mayIntrospect: draft.mayIntrospect)
        var secret: String?
        if draft.authentication == .secret {
            let made = try randomText(byteCount: Self.secretBytes)
            client.secretHash = try SHA2.sha256(Array(made.utf8))
            secret = made
        }
        let sealed = try sealer.seal(
            client.sealedForm(), tenant: tenant, context: "client " + client.id)
        try rows.write { connection in
            var count: Int64 = 0
            let counting = "SELECT count(*) FROM oauth_clients WHERE tenant = $1"
            try connection.query(counting, [.text(tenant.description)]) { row in
                count = row.integer(0)
                return false
            }
            guard count < Int64(options.clientsMax) else {
                throw OAuthError(.unavailable, "a tenant has at most \(options.clientsMax) clients")
            }
            try connection.insert(
                OAuthTable.clients,
                [
                    .text(client.id), .text(tenant.description), .integer(client.created.microseconds), .integer(0),
                    .blob(sealed),
                ])
        }
        return (client, secret)
    }

    /// The client with an id, whatever its tenant; `nil` if there is none.
    func client(_ id: String) throws -> OAuthClient? {
        guard isBase64URL(id, count: 22...22) else { return nil }
        if let found = lock.withLock({ known[id] }) { return found }
        try rows.checkTrust()
        var found: OAuthClient?
        // What is read and kept under one lock cannot be older than a change that was kept before.
        try lock.withLock {
            try rows.database.read { connection in
                try connection.query(Self.selection + "WHERE client_id = $1", [.text(id)]) { row in
                    try rows.verify(row, OAuthTable.clients)
                    found = try client(row)
                    return false
                }
            }
            if known.count >= Self.knownMax { known.removeAll() }
            known[id] = found
        }
        return found
    }

    /// The clients of a tenant in the order in which they came.
    func clients(of tenant: TenantName) throws -> [OAuthClient] {
        try rows.checkTrust()
        var found: [OAuthClient] = []
        try rows.database.read { connection in
            let sql = Self.selection + "WHERE tenant = $1 ORDER BY created, client_id"
            try connection.query(sql, [.text(tenant.description)]) { row in
                if try rows.isAuthentic(row, OAuthTable.clients) { found.append(try client(row)) }
                return true
            }
        }
        return found
    }

    /// Sets down what was changed.
    /// - Parameter alsoWrites: done in the same transaction, so that nothing comes between.
    func update(_ client: OAuthClient, alsoWrites: (RowChange) throws -> Void) throws {
        let sealed = try sealer.seal(
            client.sealedForm(), tenant: client.tenant, context: "client " + client.id)
        try lock.withLock {
            try rows.write { connection in
                try connection.update(OAuthTable.clients, where: "client_id = $1", [.text(client.id)]) {
                    $0["sealed"] = .blob(sealed)
                    $0["is_disabled"] = .integer(client.isDisabled ? 1 : 0)
                }
                try alsoWrites(connection)
            }
            known[client.id] = nil
            keySets[client.id] = nil
        }
        fetched?.forget(client.id)
    }

    /// Removes a client with all that was given to it.
    /// - Parameter alsoWrites: done in the same transaction, so that nothing comes between.
    func delete(_ id: String, alsoWrites: (RowChange) throws -> Void) throws {
        try lock.withLock {
            try rows.write { connection in
                try alsoWrites(connection)
                try connection.delete(OAuthTable.assertions, where: "client_id = $1", [.text(id)])
                try connection.delete(OAuthTable.clients, where: "client_id = $1", [.text(id)])
            }
            known[id] = nil
            keySets[id] = nil
        }
        fetched?.forget(id)
    }

    /// - Parameter row: one that was verified.
    private func client(_ row: any SQLRow) throws -> OAuthClient {
        let id = row.text(0)
        guard let tenant = TenantName(row.text(1)) else {
            throw OAuthError(.storage, "a client's row is malformed")
        }
        let form = try sealer.open(Array(row.blob(4)), tenant: tenant, context: "client " + id)
        return try OAuthClient(
            id: id, tenant: tenant, created: Instant(microseconds: row.integer(2)),
            isDisabled: row.integer(3) != 0,
            sealedForm: form)
    }

    /// The keys of a client made ready; those at an address are asked for when they are old.
    /// - Parameter wanted: the key that is looked for; if it is not there, they are asked for once more.
    /// - Throws: `OAuthError.invalidClient` if there are none to be had.
    func keySet(of client: OAuthClient, wanted: String) throws -> KeySet {
        switch client.keys {
        case .set(let bytes):
            if let held = lock.withLock({ keySets[client.id] }), held.bytes == bytes { return held.set }
            let set = try KeySet(bytes, passesOverOthers: false)
            lock.withLock {
                if keySets.count >= Self.knownMax { keySets.removeAll() }
                keySets[client.id] = (bytes, set)
            }
            return set
        case .address(let address):
            if let fetched { return try fetched.set(of: client.id, at: address, wanted: wanted) }
        case nil: break
        }
        throw OAuthError(.invalidClient, "the client's key set cannot be had")
    }
}
