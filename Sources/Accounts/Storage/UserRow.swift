internal import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// A user with the secrets that are kept of them.
struct UserRow {
    var user: User
    /// PHC string; `nil` before the first password is set.
    var passwordHash: String?
    /// The secret of the second factor, confirmed or not.
    var totpSecret: [UInt8]?
    var totpStep: Int64

    private static let selection = "SELECT \(AccountsTable.users.selection) FROM users WHERE tenant_id = $1 AND "

    static func find(_ id: UserID, _ tenant: TenantRecord, _ connection: any SQLConnection) throws -> UserRow? {
        try first("user_id = $2", .text(id.description), tenant, connection)
    }

    static func find(_ name: LoginName, _ tenant: TenantRecord, _ connection: any SQLConnection) throws -> UserRow? {
        try first("name_hash = $2", .blob(try nameHash(name, tenant)), tenant, connection)
    }

    /// Users by id, behind the one given.
    static func list(
        after: String, countMax: Int, _ tenant: TenantRecord, _ connection: any SQLConnection
    ) throws -> [User] {
        try tenant.rows.checkTrust()
        var users: [User] = []
        let sql = selection + "user_id > $2 ORDER BY user_id"
        try connection.query(sql, [.integer(tenant.id), .text(after)]) { row in
            if try tenant.rows.isAuthentic(row, AccountsTable.users) { users.append(try read(row, tenant).user) }
            return users.count < countMax
        }
        return users
    }

    private static func first(
        _ condition: String, _ value: SQLValue, _ tenant: TenantRecord, _ connection: any SQLConnection
    ) throws -> UserRow? {
        try tenant.rows.checkTrust()
        var found: UserRow?
        try connection.query(selection + condition, [.integer(tenant.id), value]) { row in
            try tenant.rows.verify(row, AccountsTable.users)
            found = try read(row, tenant)
            return false
        }
        return found
    }

    /// - Parameter row: one that was verified.
    private static func read(_ row: any SQLRow, _ tenant: TenantRecord) throws -> UserRow {
        guard let id = UserID(row.text(1)), let state = User.State(rawValue: row.integer(4)) else {
            throw AccountsError(.damaged, "a user's row is malformed")
        }
        let profile = try profile(tenant.seal.open(row.blob(7), place: place("profile", id)))
        let password = row.isNull(8) ? nil : try tenant.seal.open(row.blob(8), place: place("password", id))
        let totp = row.isNull(9) ? nil : try tenant.seal.open(row.blob(9), place: place("totp", id))
        return UserRow(
            user: User(
                id: id, profile: profile, state: state, created: Instant(microseconds: row.integer(5)),
                changed: Instant(microseconds: row.integer(6)), hasPassword: password != nil,
                hasSecondFactor: row.integer(10) == 1),
            passwordHash: password.map { String(decoding: $0, as: UTF8.self) }, totpSecret: totp,
            totpStep: row.integer(11))
    }

    /// Writes the row of a new user.
    func insert(_ tenant: TenantRecord, _ change: RowChange) throws {
        try change.insert(AccountsTable.users, values(tenant))
    }

    /// Writes what changed of a user whose row was read in the same transaction.
    func update(_ tenant: TenantRecord, _ change: RowChange) throws {
        let values = try values(tenant)
        try change.update(
            AccountsTable.users, where: "tenant_id = $1 AND user_id = $2",
            [.integer(tenant.id), .text(user.id.description)]
        ) { $0.values = values }
    }

    /// In the order of the table's columns.
    private func values(_ tenant: TenantRecord) throws -> [SQLValue] {
        [
            .integer(tenant.id), .text(user.id.description), .blob(try Self.nameHash(user.profile.name, tenant)),
            .blob(try Self.roleMark(user.profile.role, tenant)), .integer(user.state.rawValue),
            .integer(user.created.microseconds), .integer(user.changed.microseconds), .blob(try sealedProfile(tenant)),
            try sealed(passwordHash.map { Array($0.utf8) }, "password", tenant),
            try sealed(totpSecret, "totp", tenant), .integer(user.hasSecondFactor ? 1 : 0), .integer(totpStep),
        ]
    }

    /// How many users of a role can sign in.
    static func activeCount(_ role: Role, _ tenant: TenantRecord, _ connection: any SQLConnection) throws -> Int64 {
        try tenant.rows.checkTrust()
        var count: Int64 = 0
        try connection.query(
            selection + "role_mark = $2 AND state = 2", [.integer(tenant.id), .blob(try roleMark(role, tenant))]
        ) { row in
            if try tenant.rows.isAuthentic(row, AccountsTable.users) { count += 1 }
            return true
        }
        return count
    }

    static func nameHash(_ name: LoginName, _ tenant: TenantRecord) throws -> [UInt8] {
        try tenant.seal.hash("login name", Array(name.text.utf8))
    }

    private static func roleMark(_ role: Role, _ tenant: TenantRecord) throws -> [UInt8] {
        try tenant.seal.hash("role", Array(role.rawValue.utf8))
    }

    private static func place(_ column: String, _ id: UserID) -> String { "users \(id) \(column)" }

    private func sealedProfile(_ tenant: TenantRecord) throws -> [UInt8] {
        let profile = user.profile
        let fields =
            [profile.name.text, profile.displayName, profile.role.rawValue, profile.fhirUser ?? ""]
            + profile.organizations
        return try tenant.seal.seal(TextFields.encode(fields), place: Self.place("profile", user.id))
    }

    private func sealed(_ secret: [UInt8]?, _ column: String, _ tenant: TenantRecord) throws -> SQLValue {
        guard let secret else { return .null }
        return .blob(try tenant.seal.seal(secret, place: Self.place(column, user.id)))
    }

    private static func profile(_ bytes: [UInt8]) throws -> User.Profile {
        let fields = try TextFields.decode(bytes)
        guard fields.count >= 4, let name = LoginName(fields[0]), let role = Role(rawValue: fields[2]) else {
            throw AccountsError(.damaged, "a user's profile does not decode")
        }
        return User.Profile(
            name: name, displayName: fields[1], role: role, fhirUser: fields[3].isEmpty ? nil : fields[3],
            organizations: Array(fields[4...]))
    }
}
