internal import Access
internal import Base
internal import SQLDatabase

/// A user with the secrets that are kept of them.
struct UserRow {
    var user: User
    /// PHC string; `nil` before the first password is set.
    var passwordHash: String?
    /// The secret of the second factor, confirmed or not.
    var totpSecret: [UInt8]?
    var totpStep: Int64

    private static let columns = """
        user_id, state, created_at, changed_at, profile, password, totp, totp_confirmed, totp_step
        """

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
        var users: [User] = []
        let sql =
            "SELECT \(columns) FROM users WHERE tenant_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3"
        try connection.query(sql, [.integer(tenant.id), .text(after), .integer(Int64(countMax))]) { row in
            users.append(try read(row, tenant).user)
            return true
        }
        return users
    }

    private static func first(
        _ condition: String, _ value: SQLValue, _ tenant: TenantRecord, _ connection: any SQLConnection
    ) throws -> UserRow? {
        var found: UserRow?
        let sql = "SELECT \(columns) FROM users WHERE tenant_id = $1 AND \(condition)"
        try connection.query(sql, [.integer(tenant.id), value]) { row in
            found = try read(row, tenant)
            return false
        }
        return found
    }

    private static func read(_ row: any SQLRow, _ tenant: TenantRecord) throws -> UserRow {
        guard let id = UserID(row.text(0)), let state = User.State(rawValue: row.integer(1)) else {
            throw AccountsError(.damaged, "a user's row is malformed")
        }
        let profile = try profile(tenant.seal.open(row.blob(4), place: place("profile", id)))
        let password = row.isNull(5) ? nil : try tenant.seal.open(row.blob(5), place: place("password", id))
        let totp = row.isNull(6) ? nil : try tenant.seal.open(row.blob(6), place: place("totp", id))
        return UserRow(
            user: User(
                id: id, profile: profile, state: state, created: Instant(microseconds: row.integer(2)),
                changed: Instant(microseconds: row.integer(3)), hasPassword: password != nil,
                hasSecondFactor: row.integer(7) == 1),
            passwordHash: password.map { String(decoding: $0, as: UTF8.self) }, totpSecret: totp,
            totpStep: row.integer(8))
    }

    /// Writes the row of a new user.
    func insert(_ tenant: TenantRecord, _ connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO users (
              tenant_id, user_id, name_hash, role_mark, state, created_at, changed_at, profile, password)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .integer(tenant.id), .text(user.id.description), .blob(try Self.nameHash(user.profile.name, tenant)),
                .blob(try Self.roleMark(user.profile.role, tenant)), .integer(user.state.rawValue),
                .integer(user.created.microseconds), .integer(user.changed.microseconds),
                .blob(try sealedProfile(tenant)), try sealedPassword(tenant),
            ])
    }

    /// Writes what may change of a user, but the second factor.
    func update(_ tenant: TenantRecord, _ connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE users SET name_hash = $1, role_mark = $2, state = $3, changed_at = $4, profile = $5, password = $6
            WHERE tenant_id = $7 AND user_id = $8
            """,
            [
                .blob(try Self.nameHash(user.profile.name, tenant)),
                .blob(try Self.roleMark(user.profile.role, tenant)), .integer(user.state.rawValue),
                .integer(user.changed.microseconds), .blob(try sealedProfile(tenant)), try sealedPassword(tenant),
                .integer(tenant.id), .text(user.id.description),
            ])
    }

    /// Writes the second factor.
    func updateSecondFactor(_ tenant: TenantRecord, _ connection: any SQLConnection) throws {
        let totp: SQLValue =
            if let totpSecret {
                .blob(try tenant.seal.seal(totpSecret, place: Self.place("totp", user.id)))
            } else {
                .null
            }
        try connection.execute(
            """
            UPDATE users SET totp = $1, totp_confirmed = $2, totp_step = $3 WHERE tenant_id = $4 AND user_id = $5
            """,
            [
                totp, .integer(user.hasSecondFactor ? 1 : 0), .integer(totpStep), .integer(tenant.id),
                .text(user.id.description),
            ])
    }

    /// How many users of a role can sign in.
    static func activeCount(_ role: Role, _ tenant: TenantRecord, _ connection: any SQLConnection) throws -> Int64 {
        var count: Int64 = 0
        try connection.query(
            "SELECT count(*) FROM users WHERE tenant_id = $1 AND role_mark = $2 AND state = 2",
            [.integer(tenant.id), .blob(try roleMark(role, tenant))]
        ) { row in
            count = row.integer(0)
            return false
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

    private func sealedPassword(_ tenant: TenantRecord) throws -> SQLValue {
        guard let passwordHash else { return .null }
        return .blob(try tenant.seal.seal(Array(passwordHash.utf8), place: Self.place("password", user.id)))
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
