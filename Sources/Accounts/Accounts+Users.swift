package import Access
internal import Base
internal import SQLDatabase
internal import Vault

extension Accounts {
    /// Users of a tenant in the order of their ids.
    /// - Parameters:
    ///   - cursor: the id behind which to begin; the first one where it is `nil`.
    ///   - countMax: how many at most.
    package func users(
        of tenant: TenantName, after cursor: UserID? = nil, countMax: Int
    ) throws -> [User] {
        let tenant = try record(tenant)
        return try database.read {
            try UserRow.list(after: cursor?.description ?? "", countMax: countMax, tenant, $0)
        }
    }

    /// - Throws: `AccountsError.notFound`.
    package func user(_ id: UserID, tenant: TenantName) throws -> User {
        let tenant = try record(tenant)
        return try database.read { try present(id, tenant, $0).user }
    }

    /// - Returns: `nil` if there is no user of that name.
    package func user(named name: LoginName, tenant: TenantName) throws -> User? {
        let tenant = try record(tenant)
        return try database.read { try UserRow.find(name, tenant, $0)?.user }
    }

    /// Whether somebody can administer the tenant.
    package func hasAdmin(_ tenant: TenantName) throws -> Bool {
        let tenant = try record(tenant)
        return try database.read { try UserRow.activeCount(.admin, tenant, $0) > 0 }
    }

    /// Adds a user with a password, as the operator does. Hashes.
    /// - Throws: `AccountsError.nameTaken`, `.invalid`, `.weakPassword`.
    @discardableResult
    package func addUser(_ profile: User.Profile, password: String, tenant: TenantName) throws -> User {
        let tenant = try record(tenant)
        let hash = try hashed(password, of: profile.name, tenant)
        return try add(profile, state: .active, passwordHash: hash, tenant)
    }

    /// Changes what a user is. A new role ends the user's sessions; everything else reaches them at once.
    /// - Parameters:
    ///   - isEnabled: whether the user may sign in; `nil` leaves it.
    ///   - editor: who changes it; `nil` for the operator.
    /// - Throws: `AccountsError.refused` for a change of the editor's own role or state, and for one that leaves no
    ///   admin; `.notFound`, `.nameTaken`, `.invalid`.
    @discardableResult
    package func update(
        _ id: UserID, tenant: TenantName, profile: User.Profile, isEnabled: Bool? = nil, by editor: UserID?
    ) throws -> User {
        try profile.check()
        let tenant = try record(tenant)
        let now = clock.now()
        let key = tenant.key(id)
        return try change { connection -> (user: User, endsSessions: Bool) in
            var row = try present(id, tenant, connection)
            let before = row.user
            if let isEnabled { row.user.state = isEnabled ? (row.passwordHash == nil ? .invited : .active) : .disabled }
            row.user.profile = profile
            row.user.changed = now
            let changesRole = profile.role != before.profile.role
            let changesState = row.user.state != before.state
            if changesRole || changesState {
                guard editor != id else {
                    throw AccountsError(.refused, "Nobody changes the own role or state: another admin can.")
                }
            }
            let remainsAdmin = row.user.profile.role == .admin && row.user.state == .active
            if !remainsAdmin { try keepAdmin(before, tenant, connection) }
            if profile.name != before.profile.name { try requireFree(profile.name, tenant, connection) }
            try row.update(tenant, connection)
            if changesRole || changesState { try deleteSessions(of: id, tenant, connection) }
            if row.user.state == .disabled {
                try deleteLinks(of: id, tenant, connection)
            }
            return (row.user, changesRole || changesState)
        } then: { user, endsSessions in
            if endsSessions {
                sessions.removeAll(of: key)
                endAuthority(of: id, tenant)
                return
            }
            sessions.refresh(key) { facts, displayName in
                displayName = user.profile.displayName
                facts.fhirUser = user.profile.fhirUser
                facts.organizations = user.profile.organizations
            }
        }.user
    }

    /// Deletes a user with all that is kept of them, but for what they did in emergencies.
    /// - Throws: `AccountsError.refused` for the last admin; `.notFound`.
    package func delete(_ id: UserID, tenant: TenantName) throws {
        let tenant = try record(tenant)
        try change { connection in
            try keepAdmin(present(id, tenant, connection).user, tenant, connection)
            for table in AccountsTable.ofUser {
                try connection.delete(
                    table, where: "tenant_id = $1 AND user_id = $2", [.integer(tenant.id), .text(id.description)])
            }
        } then: { _ in
            sessions.removeAll(of: tenant.key(id))
            endAuthority(of: id, tenant)
            withEmergencies { $0.removeAll(of: tenant.key(id)) }
        }
    }

    // MARK: Steps

    func add(
        _ profile: User.Profile, state: User.State, passwordHash: String?, _ tenant: TenantRecord,
        also: (UserID, RowChange) throws -> Void = { _, _ in }
    ) throws -> User {
        try profile.check()
        let now = clock.now()
        let user = User(
            id: try UserID.random(), profile: profile, state: state, created: now, changed: now,
            hasPassword: passwordHash != nil, hasSecondFactor: false)
        return try change { connection in
            try requireFree(profile.name, tenant, connection)
            try UserRow(user: user, passwordHash: passwordHash, totpSecret: nil, totpStep: 0)
                .insert(tenant, connection)
            try also(user.id, connection)
            return user
        } then: { _ in
        }
    }

    func present(_ id: UserID, _ tenant: TenantRecord, _ connection: any SQLConnection) throws -> UserRow {
        guard let row = try UserRow.find(id, tenant, connection) else {
            throw AccountsError(.notFound, "There is no such user.")
        }
        return row
    }

    /// A user, for what goes on with others where the row was altered; that is reported.
    func authentic(_ id: UserID, _ tenant: TenantRecord, _ connection: any SQLConnection) throws -> User? {
        do {
            return try UserRow.find(id, tenant, connection)?.user
        } catch let error as VaultError {
            guard error.code == .notAuthentic else { throw error }
            report(error)
            return nil
        }
    }

    private func requireFree(_ name: LoginName, _ tenant: TenantRecord, _ connection: any SQLConnection) throws {
        if try UserRow.find(name, tenant, connection) != nil {
            throw AccountsError(.nameTaken, "Another user has this sign-in name.")
        }
    }

    /// - Throws: `AccountsError.refused` if `user` is the only one who can administer the tenant.
    private func keepAdmin(_ user: User, _ tenant: TenantRecord, _ connection: any SQLConnection) throws {
        guard user.profile.role == .admin, user.state == .active else { return }
        guard try UserRow.activeCount(.admin, tenant, connection) > 1 else {
            throw AccountsError(.refused, "The last admin of a tenant stays one.")
        }
    }
}
