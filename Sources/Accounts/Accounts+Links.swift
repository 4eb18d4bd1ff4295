package import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// What a link that was not used yet is for.
package struct LinkFacts: Sendable {
    package var kind: Link.Kind
    package var tenant: TenantName
    /// `nil` for the setup of a tenant, which has no user yet.
    package var user: User?
}

extension Accounts {
    /// Adds a user who sets a password by a link, and mails it where that can be done.
    /// - Returns: the user, the link, and whether it was mailed.
    /// - Throws: `AccountsError.nameTaken`, `.invalid`.
    package func invite(
        _ profile: User.Profile, tenant name: TenantName
    ) throws -> (user: User, link: Link, isMailed: Bool) {
        let tenant = try record(name)
        let link = try newLink(.invite)
        let user = try add(profile, state: .invited, passwordHash: nil, tenant) { id, connection in
            try insert(link, of: id, tenant, connection)
        }
        return (user, link, mail(link, to: user, tenant))
    }

    /// A link by which a user sets a password: an invite for one who has none yet. Earlier links of the user end.
    /// - Throws: `AccountsError.notFound`, `.refused` for a user who is disabled.
    package func resetLink(of user: UserID, tenant name: TenantName) throws -> (link: Link, isMailed: Bool) {
        let tenant = try record(name)
        let (user, link) = try change { connection in
            let user = try present(user, tenant, connection).user
            guard user.state != .disabled else { throw AccountsError(.refused, "This user is disabled.") }
            let link = try newLink(user.state == .invited ? .invite : .reset)
            try insert(link, of: user.id, tenant, connection)
            return (user, link)
        } then: { _ in
        }
        return (link, mail(link, to: user, tenant))
    }

    /// Mails a reset link to whoever asks, if the user exists. The answer must be the same in any case, and be given
    /// before this is called: how long this takes tells whether there is such a user.
    /// - Returns: the user, for the audit trail.
    package func requestReset(tenant text: String, name: String, address: String) throws -> UserID? {
        let now = clock.now()
        let subjects = [
            try subject(.mail, "address\u{0}" + NetworkAddress.counted(address)),
            try subject(.mail, "account\u{0}\(text)\u{0}\(LoginName(name)?.text ?? name)"),
        ]
        guard case .admit = withThrottle({ $0.admit(subjects, at: now) }) else { return nil }
        guard let tenantName = TenantName(text), let name = LoginName(name),
            let tenant = known(tenantName), !tenant.tenant.isDisabled,
            let user = try database.read({ try UserRow.find(name, tenant, $0) })?.user,
            user.state == .active, sendMail != nil, name.isMailAddress
        else { return nil }
        _ = try resetLink(of: user.id, tenant: tenantName)
        return user.id
    }

    /// A link that makes the first admin of a tenant, which is added where it is missing. An earlier one ends.
    /// - Returns: `nil` if the tenant has an admin who can sign in.
    package func setupLink(_ name: TenantName) throws -> Link? {
        let tenant = try open(name)
        let link = try newLink(.setup)
        return try change { connection -> Link? in
            // Where a user's row was altered it may have been the admin's.
            guard try UserRow.activeCount(.admin, tenant, connection) == 0,
                try rows.isWhole(AccountsTable.users, connection)
            else { return nil }
            try connection.delete(
                AccountsTable.links, where: "tenant_id = $1 AND user_id IS NULL", [.integer(tenant.id)])
            try insert(link, of: nil, tenant, connection)
            return link
        } then: { _ in
        }
    }

    /// What a link is for; it stays unused.
    /// - Throws: `AccountsError.notFound` if it is over, was used, or never was.
    package func facts(of token: SecretToken) throws -> LinkFacts {
        let (kind, tenant, id) = try database.read { try read(token, $0) }
        let user = try id.map { id in try database.read { try present(id, tenant, $0).user } }
        return LinkFacts(kind: kind, tenant: tenant.tenant.name, user: user)
    }

    /// Sets a password by an invite or reset link, and ends all the user's sessions. Hashes.
    /// - Returns: the user, and the secret by which this browser is known from now on.
    /// - Throws: `AccountsError.notFound` as `facts`, `.weakPassword`; the link stays usable then.
    package func accept(
        _ token: SecretToken, password: String, address: String
    ) throws -> (user: User, tenant: TenantName, device: SecretToken?) {
        try lookAt([AccountsTable.links, AccountsTable.users])
        let facts = try facts(of: token)
        guard let user = facts.user, facts.kind != .setup else { throw Self.linkIsOver }
        let tenant = try record(facts.tenant)
        let hash = try hashed(password, of: user.profile.name, tenant)
        // Read once more, for another request may have used it meanwhile; all links of the user go with the change.
        try store(hash, of: user.id, tenant, keeping: nil) { _ = try read(token, $0) }
        return (user, facts.tenant, try remember(nil, address: address, of: user.id, tenant))
    }

    /// Makes the first admin by a setup link. Hashes.
    /// - Throws: `AccountsError.notFound` as `facts`, `.weakPassword`, `.invalid`, `.nameTaken`; the link stays usable
    ///   then.
    package func acceptSetup(
        _ token: SecretToken, name: String, displayName: String, password: String
    ) throws -> (user: User, tenant: TenantName) {
        try lookAt([AccountsTable.links, AccountsTable.users])
        let facts = try facts(of: token)
        guard facts.kind == .setup else { throw Self.linkIsOver }
        let tenant = try record(facts.tenant)
        guard let name = LoginName(name) else {
            throw AccountsError(.invalid, "A sign-in name has up to 254 characters and no spaces.")
        }
        let hash = try hashed(password, of: name, tenant)
        let profile = User.Profile(name: name, displayName: displayName, role: .admin)
        let user = try add(profile, state: .active, passwordHash: hash, tenant) { _, connection in
            _ = try read(token, connection)
            guard try UserRow.activeCount(.admin, tenant, connection) == 1 else { throw Self.linkIsOver }
            try connection.delete(AccountsTable.links, where: "secret_hash = $1", [.blob(token.hash.bytes)])
        }
        return (user, facts.tenant)
    }

    // MARK: Steps

    private static let linkIsOver = AccountsError(.notFound, "This link is over or was used.")

    private func newLink(_ kind: Link.Kind) throws -> Link {
        let (seconds, page) =
            switch kind {
            case .invite: (options.inviteSeconds, "invite")
            case .reset: (options.resetSeconds, "reset")
            case .setup: (options.setupSeconds, "setup")
            }
        let token = try SecretToken.random()
        return Link(
            kind: kind, token: token, url: "\(options.publicOrigin)/\(page)/\(token.text)",
            expires: clock.now().advanced(bySeconds: seconds))
    }

    private func insert(
        _ link: Link, of user: UserID?, _ tenant: TenantRecord, _ change: RowChange
    ) throws {
        if let user { try deleteLinks(of: user, tenant, change) }
        try change.insert(
            AccountsTable.links,
            [
                .blob(link.token.hash.bytes), .integer(tenant.id), user.map { .text($0.description) } ?? .null,
                .integer(link.kind.rawValue), .integer(link.expires.microseconds),
            ])
    }

    func deleteLinks(of user: UserID, _ tenant: TenantRecord, _ change: RowChange) throws {
        try change.delete(
            AccountsTable.links, where: "tenant_id = $1 AND user_id = $2",
            [.integer(tenant.id), .text(user.description)])
    }

    private func read(
        _ token: SecretToken, _ connection: any SQLConnection
    ) throws -> (kind: Link.Kind, tenant: TenantRecord, user: UserID?) {
        var found: (kind: Link.Kind, tenant: TenantRecord, user: UserID?)?
        try connection.query(
            "SELECT \(AccountsTable.links.selection) FROM links WHERE secret_hash = $1 AND expires_at > $2",
            [.blob(token.hash.bytes), .integer(clock.now().microseconds)]
        ) { row in
            try rows.verify(row, AccountsTable.links)
            if let kind = Link.Kind(rawValue: row.integer(3)), let tenant = record(row.integer(1)),
                !tenant.tenant.isDisabled
            {
                found = (kind, tenant, row.isNull(2) ? nil : UserID(row.text(2)))
            }
            return false
        }
        guard let found else { throw Self.linkIsOver }
        return found
    }

    private func mail(_ link: Link, to user: User, _ tenant: TenantRecord) -> Bool {
        guard let sendMail, user.profile.name.isMailAddress else { return false }
        return sendMail(
            Mail(
                kind: link.kind == .invite ? .invite : .reset, tenant: tenant.tenant.name,
                address: user.profile.name.text, displayName: user.profile.displayName, link: link))
    }
}
