internal import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// The keys that sign tokens about people (`id_token`): the newest signs; older ones are shown as long as something that
/// they signed may be in use.
final class SigningKeys: @unchecked Sendable {
    // Safe to share: the list is used under `lock`.
    private let rows: MarkedRows
    private let sealer: RowSealer
    /// The tenant under whose key the private keys are sealed.
    private let home: TenantName
    private let clock: any Clock
    private let options: OAuthOptions
    private let lock = Lock()
    private var held: [Entry]?

    struct Entry: Sendable {
        let id: String
        let created: Instant
        let key: JWSSigningKey
    }

    init(
        _ rows: MarkedRows, sealer: RowSealer, home: TenantName, clock: any Clock,
        options: OAuthOptions
    ) {
        self.rows = rows
        self.sealer = sealer
        self.home = home
        self.clock = clock
        self.options = options
    }

    /// The key that signs now, made if there is none or the last one is too old.
    func current() throws -> Entry {
        try lock.withLock { try refreshed()[0] }
    }

    /// Has another key sign from now on.
    func rotate() throws {
        try lock.withLock { held = try [make()] + refreshed() }
    }

    /// The public keys, newest first, as a JSON Web Key Set.
    func publicSet() throws -> [UInt8] {
        let keys = try lock.withLock { try refreshed() }.map { entry in
            var form = JSONWriter()
            form.add("kty", "EC")
            form.add("crv", "P-384")
            form.add("use", "sig")
            form.add("alg", JWSAlgorithm.es384.rawValue)
            form.add("kid", entry.id)
            form.add("x", entry.key.x.withUnsafeBytes { Base64URL.encode($0) })
            form.add("y", entry.key.y.withUnsafeBytes { Base64URL.encode($0) })
            return form.finish()
        }
        var set = JSONWriter()
        set.add("keys", json: keys)
        return set.finish()
    }

    /// Those that are to be shown, with one that may sign in front. Under `lock`.
    private func refreshed() throws -> [Entry] {
        var keys = try held ?? load()
        let now = clock.now()
        // What was signed last by an old key is good for as long as a user's token.
        let shownSeconds = Double(options.signingKeySeconds + options.userTokenSeconds) + 86_400
        let gone = keys.filter { $0.created.advanced(bySeconds: shownSeconds) <= now }
        if !gone.isEmpty {
            try rows.write { connection in
                for entry in gone {
                    try connection.delete(OAuthTable.signingKeys, where: "key_id = $1", [.text(entry.id)])
                }
            }
            keys.removeAll { entry in gone.contains { $0.id == entry.id } }
        }
        if keys.first.map({ $0.created.advanced(bySeconds: Double(options.signingKeySeconds)) <= now })
            ?? true
        {
            keys.insert(try make(), at: 0)
        }
        held = keys
        return keys
    }

    private func load() throws -> [Entry] {
        var found: [Entry] = []
        try rows.database.read { connection in
            let sql = "SELECT \(OAuthTable.signingKeys.selection) FROM oauth_signing_keys ORDER BY created DESC"
            try connection.query(sql, []) { row in
                guard try rows.isAuthentic(row, OAuthTable.signingKeys) else { return true }
                let id = row.text(0)
                let key = try sealer.open(Array(row.blob(2)), tenant: home, context: "signing key " + id) {
                    try JWSSigningKey(encoded: $0)
                }
                found.append(Entry(id: id, created: Instant(microseconds: row.integer(1)), key: key))
                return true
            }
        }
        return found
    }

    private func make() throws -> Entry {
        let entry = Entry(
            id: try randomText(byteCount: 16), created: clock.now(), key: try JWSSigningKey())
        let sealed = try entry.key.withEncoded {
            try sealer.seal($0, tenant: home, context: "signing key " + entry.id)
        }
        try rows.write { connection in
            try connection.insert(
                OAuthTable.signingKeys,
                [.text(entry.id), .integer(entry.created.microseconds), .blob(sealed)])
        }
        return entry
    }
}
