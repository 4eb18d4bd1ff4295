internal import Access
internal import Base
internal import SQLDatabase
internal import Vault

extension Accounts {
    func insert(
        _ entry: SessionEntry, _ hash: SecretHash, _ tenant: TenantRecord, _ connection: RowChange
    ) throws {
        let origin = try tenant.seal.seal(
            TextFields.encode([entry.address, entry.agent]), place: "sessions \(entry.id)")
        try connection.insert(
            AccountsTable.sessions,
            [
                .blob(hash.bytes), .integer(tenant.id), .text(entry.owner.user.description), .text(entry.id),
                .integer(entry.created.microseconds), .integer(entry.seen.microseconds),
                .integer(entry.due.rawValue), .blob(origin),
            ])
    }

    /// Gives a session another secret; the old one opens nothing any more.
    /// - Returns: `nil` if the session is over.
    func rotate(_ secret: SecretToken, due: SignedIn.Due) throws -> Admission? {
        let fresh = try SecretToken.random()
        let csrfToken = try fresh.csrfToken()
        var signedIn: SignedIn?
        try change { connection in
            try connection.update(AccountsTable.sessions, where: "secret_hash = $1", [.blob(secret.hash.bytes)]) {
                $0["secret_hash"] = .blob(fresh.hash.bytes)
                $0["due"] = .integer(due.rawValue)
            }
        } then: { _ in
            signedIn = sessions.replace(secret.hash, by: fresh.hash, due: due, csrfToken: csrfToken)
        }
        return signedIn.map { Admission(secret: fresh, signedIn: $0, device: nil) }
    }

    func delete(_ hashes: [SecretHash]) throws {
        guard !hashes.isEmpty else { return }
        try change { connection in
            for hash in hashes {
                try connection.delete(AccountsTable.sessions, where: "secret_hash = $1", [.blob(hash.bytes)])
            }
            connection.anchor()
        } then: { _ in
            sessions.remove(hashes)
        }
    }

    /// Deletes the rows of all sessions of a user, but perhaps one.
    func deleteSessions(
        of user: UserID, except kept: SecretHash? = nil, _ tenant: TenantRecord, _ connection: RowChange
    ) throws {
        try connection.delete(
            AccountsTable.sessions, where: "tenant_id = $1 AND user_id = $2 AND secret_hash <> $3",
            [.integer(tenant.id), .text(user.description), .blob(kept?.bytes ?? [])])
        connection.anchor()
    }

    /// Writes when sessions were last used, and deletes those that are over.
    func saveSessions() throws {
        let now = clock.now()
        let changes = sessions.takeChanges(at: now)
        try change { connection in
            for (hash, seen) in changes.seen {
                try connection.update(
                    AccountsTable.sessions, where: "secret_hash = $1", [.blob(hash.bytes)], passesOverAltered: true
                ) { $0["seen_at"] = .integer(seen.microseconds) }
            }
            try connection.delete(
                AccountsTable.sessions, where: "seen_at < $1 OR created_at < $2",
                [
                    .integer(now.advanced(bySeconds: -options.idleSeconds).microseconds),
                    .integer(now.advanced(bySeconds: -options.absoluteSeconds).microseconds),
                ])
            try connection.delete(AccountsTable.links, where: "expires_at < $1", [.integer(now.microseconds)])
            try deleteOldFailures(connection, at: now)
        } then: { _ in
        }
    }

    /// Takes the sessions that were open when the program ended.
    func loadSessions() throws {
        try saveSessions()
        let now = clock.now()
        var found: [(hash: SecretHash, entry: SessionEntry)] = []
        try database.readTransaction { connection in
            try connection.query("SELECT \(AccountsTable.sessions.selection) FROM sessions", []) { row in
                guard try rows.isAuthentic(row, AccountsTable.sessions) else { return true }
                guard let tenant = record(row.integer(1)), let user = UserID(row.text(2)),
                    let due = SignedIn.Due(rawValue: row.integer(6)), !tenant.tenant.isDisabled,
                    let owner = try authentic(user, tenant, connection), owner.state == .active
                else { return true }
                let id = row.text(3)
                let origin = try TextFields.decode(tenant.seal.open(row.blob(7), place: "sessions \(id)"))
                let seen = Instant(microseconds: row.integer(5))
                let signedIn = SignedIn(
                    tenant: tenant.tenant.name, user: user,
                    subject: Subject(facts(of: owner, tenant, session: id, at: now)),
                    displayName: owner.profile.displayName, session: id, csrfToken: nil, due: due)
                found.append(
                    (
                        SecretHash(Array(row.blob(0))),
                        SessionEntry(
                            id: id, owner: tenant.key(user), tenant: tenant.tenant.name,
                            created: Instant(microseconds: row.integer(4)), seen: seen, savedSeen: seen, due: due,
                            address: origin.first ?? "", agent: origin.last ?? "", signedIn: signedIn)
                    ))
                return true
            }
        }
        for (hash, entry) in found { sessions.insert(hash, entry) }
    }
}
