package import Access
internal import Base
internal import SQLDatabase
internal import Vault

extension Accounts {
    /// Sets a user's password, as the operator does, and makes an invited user an active one. All sessions end. Hashes.
    /// - Throws: `AccountsError.weakPassword`, `.notFound`.
    package func setPassword(_ password: String, of user: UserID, tenant: TenantName) throws {
        let tenant = try record(tenant)
        let name = try database.read { try present(user, tenant, $0).user.profile.name }
        try store(hashed(password, of: name, tenant), of: user, tenant, keeping: nil)
    }

    /// Changes a password by the present one. All other sessions end; the one given gets a new secret. Hashes.
    /// - Throws: `AccountsError.wrongSecret`, `.weakPassword`, `.tooManyAttempts`, `.notFound`.
    package func changePassword(
        of user: UserID, tenant name: TenantName, present given: String, new: String, session: SecretToken
    ) throws -> Admission? {
        let tenant = try record(name)
        let row = try verify(given, of: user, tenant)
        guard given != new else { throw AccountsError(.weakPassword, "The new password is the old one.") }
        try store(hashed(new, of: row.user.profile.name, tenant), of: user, tenant, keeping: session.hash)
        return try rotate(session, due: sessions.find(session, at: clock.now())?.due ?? .nothing)
    }

    /// Whether a user's own password was given, for what must not be done by a session alone. Hashes.
    /// - Throws: `AccountsError.wrongSecret`, `.tooManyAttempts`, `.notFound`.
    package func requirePassword(_ password: String, of user: UserID, tenant: TenantName) throws {
        _ = try verify(password, of: user, record(tenant))
    }

    /// The hash of a password that is to be set.
    func hashed(_ password: String, of name: LoginName, _ tenant: TenantRecord) throws -> String {
        var words = [name.text, tenant.tenant.displayName]
        if tenant.tenant.name != .standard { words.append(tenant.tenant.name.description) }
        var bytes = try PasswordPolicy.check(password, words: words)
        defer { SecretBytes.erase(&bytes) }
        return try PasswordHash.make(bytes, cost: options.passwordCost)
    }

    private func verify(_ given: String, of user: UserID, _ tenant: TenantRecord) throws -> UserRow {
        let now = clock.now()
        let subject = try subject(.pair, "own password\u{0}\(tenant.tenant.name)\u{0}\(user)")
        if case .wait(let seconds) = withThrottle({ $0.admit([subject], at: now) }) { throw Self.tooMany(seconds) }
        let row = try database.read { try present(user, tenant, $0) }
        var bytes = PasswordPolicy.normalized(given) ?? []
        defer { SecretBytes.erase(&bytes) }
        let matches = try PasswordHash.matches(bytes, row.passwordHash ?? decoyPasswordHash)
        guard matches, row.passwordHash != nil else {
            try saveFailures([subject])
            throw AccountsError(.wrongSecret, "The present password is wrong.")
        }
        try forgive([subject], at: now)
        return row
    }

    /// Sets the hash of a password, if `check` does not throw.
    func store(
        _ hash: String, of user: UserID, _ tenant: TenantRecord, keeping kept: SecretHash?,
        check: (any SQLConnection) throws -> Void = { _ in }
    ) throws {
        let now = clock.now()
        try change { connection in
            try check(connection)
            var row = try present(user, tenant, connection)
            row.passwordHash = hash
            if row.user.state == .invited { row.user.state = .active }
            row.user.changed = now
            try row.update(tenant, connection)
            try deleteLinks(of: user, tenant, connection)
            try deleteSessions(of: user, except: kept, tenant, connection)
        } then: { _ in
            sessions.removeAll(of: tenant.key(user), except: kept)
            endAuthority(of: user, tenant)
        }
    }
}
