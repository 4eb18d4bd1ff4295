internal import Access
internal import Base
internal import SQLDatabase

extension Accounts {
    func insert(
        _ entry: SessionEntry, _ hash: SecretHash, _ tenant: TenantRecord, _ connection: any SQLConnection
    ) throws {
        let origin = try tenant.seal.seal(
            TextFields.encode([entry.address, entry.agent]), place: "sessions \(entry.id)")
        try connection.execute(
            """
            INSERT INTO sessions (secret_hash, tenant_id, user_id, session_id, created_at, seen_at, due, origin)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
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
            try connection.execute(
                "UPDATE sessions SET secret_hash = $1, due = $2 WHERE secret_hash = $3",
                [.blob(fresh.hash.bytes), .integer(due.rawValue), .blob(secret.hash.bytes)])
        } then: { _ in
            signedIn = sessions.replace(secret.hash, by: fresh.hash, due: due, csrfToken: csrfToken)
        }
        return signedIn.map { Admission(secret: fresh, signedIn: $0, device: nil) }
    }

    func delete(_ hashes: [SecretHash]) throws {
        try change { connection in
            for hash in hashes {
                try connection.execute("DELETE FROM sessions WHERE secret_hash = $1", [.blob(hash.bytes)])
            }
        } then: { _ in
            sessions.remove(hashes)
        }
    }

    /// Deletes the rows of all sessions of a user, but perhaps one.
    func deleteSessions(
        of user: UserID, except kept: SecretHash? = nil, _ tenant: TenantRecord, _ connection: any SQLConnection
    ) throws {
        try connection.execute(
            "DELETE FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND secret_hash <> $3",
            [.integer(tenant.id), .text(user.description), .blob(kept?.bytes ?? [])])
    }

    /// Writes when sessions were last used, and deletes those that are over.
    func saveSessions() throws {
        let now = clock.now()
        let changes = sessions.takeChanges(at: now)
        try change { connection in
            for (hash, seen) in changes.seen {
                try connection.execute(
                    "UPDATE sessions SET seen_at = $1 WHERE secret_hash = $2",
                    [.integer(seen.microseconds), .blob(hash.bytes)])
            }
            try connection.execute(
                "DELETE FROM sessions WHERE seen_at < $1 OR created_at < $2",
                [
                    .integer(now.advanced(bySeconds: -options.idleSeconds).microseconds),
                    .integer(now.advanced(bySeconds: -options.absoluteSeconds).microseconds),
                ])
            try connection.execute("DELETE FROM links WHERE expires_at < $1", [.integer(now.microseconds)])
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
            let sql = """
                SELECT secret_hash, tenant_id, user_id, session_id, created_at, seen_at, due, origin FROM sessions
                """
            try connection.query(sql, []) { row in
                guard let tenant = record(row.integer(1)), let user = UserID(row.text(2)),
                    let due = SignedIn.Due(rawValue: row.integer(6)), !tenant.tenant.isDisabled,
                    let owner = try UserRow.find(user, tenant, connection)?.user, owner.state == .active
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
