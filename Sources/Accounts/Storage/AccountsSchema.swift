internal import SQLDatabase
internal import Vault

/// The tables of the accounts. Whatever tells of a person is sealed or hashed under the tenant's key; what stands in
/// clear are random ids, states and times, and each row has a mark over all of it. Migrations are numbered, appended and never changed.
enum AccountsSchema {
    /// Brings a database to the newest migration.
    /// - Returns: whether its rows have marks, or get them now.
    /// - Throws: `AccountsError.damaged` if a newer program made it.
    static func prepare(_ connection: any SQLConnection, _ dialect: SQLDialect) throws -> MarkedRows.Format {
        try connection.execute(
            "CREATE TABLE IF NOT EXISTS accounts_schema (version \(dialect.integer) NOT NULL) " + dialect.tableOptions)
        var version: Int64 = 0
        try connection.query("SELECT version FROM accounts_schema", []) { row in
            version = row.integer(0)
            return false
        }
        let migrations = migrations(dialect)
        guard (0...Int64(migrations.count)).contains(version) else {
            throw AccountsError(
                .damaged, "the accounts have format \(version); this program knows \(migrations.count)")
        }
        guard version < migrations.count else { return .marked }
        for migration in migrations[Int(version)...] {
            for statement in migration { try connection.execute(statement) }
        }
        try connection.execute("DELETE FROM accounts_schema")
        try connection.execute(
            "INSERT INTO accounts_schema (version) VALUES ($1)", [.integer(Int64(migrations.count))])
        return version < marking ? .unmarked : .marked
    }

    /// The format since which rows have marks.
    private static let marking: Int64 = 2

    private static func migrations(_ dialect: SQLDialect) -> [[String]] {
        [first(dialect), second(dialect)]
    }

    /// Rows get marks.
    private static func second(_ dialect: SQLDialect) -> [String] {
        [
            "tenants", "users", "recovery_codes", "sessions", "links", "devices", "failures", "emergencies", "settings",
        ].map { "ALTER TABLE \($0) ADD COLUMN mark \(dialect.bytes) CHECK (length(mark) = 32)" }
    }

    private static func first(_ dialect: SQLDialect) -> [String] {
        let integer = dialect.integer
        let bytes = dialect.bytes
        let options = dialect.tableOptions
        let user = "tenant_id \(integer) NOT NULL, user_id TEXT NOT NULL CHECK (length(user_id) = 26)"
        return [
            """
            CREATE TABLE tenants (
              tenant_id \(dialect.integerKey), state \(integer) NOT NULL CHECK (state IN (1, 2)),
              sealed \(bytes) NOT NULL CHECK (length(sealed) > 28)) \(options)
            """,
            """
            CREATE TABLE users (
              \(user), name_hash \(bytes) NOT NULL CHECK (length(name_hash) = 32),
              role_mark \(bytes) NOT NULL CHECK (length(role_mark) = 32),
              state \(integer) NOT NULL CHECK (state IN (1, 2, 3)),
              created_at \(integer) NOT NULL, changed_at \(integer) NOT NULL,
              profile \(bytes) NOT NULL CHECK (length(profile) > 28),
              password \(bytes) CHECK (length(password) > 28),
              totp \(bytes) CHECK (length(totp) > 28),
              totp_confirmed \(integer) NOT NULL DEFAULT 0 CHECK (totp_confirmed IN (0, 1)),
              totp_step \(integer) NOT NULL DEFAULT 0,
              CHECK (state <> 2 OR password IS NOT NULL), CHECK (totp_confirmed = 0 OR totp IS NOT NULL),
              PRIMARY KEY (tenant_id, user_id), UNIQUE (tenant_id, name_hash)) \(options)
            """,
            "CREATE INDEX users_by_role ON users (tenant_id, role_mark, state)",
            """
            CREATE TABLE recovery_codes (
              \(user), code_hash \(bytes) NOT NULL CHECK (length(code_hash) = 32),
              PRIMARY KEY (tenant_id, user_id, code_hash)) \(options)
            """,
            """
            CREATE TABLE sessions (
              secret_hash \(bytes) NOT NULL PRIMARY KEY CHECK (length(secret_hash) = 32), \(user),
              session_id TEXT NOT NULL CHECK (length(session_id) = 26), created_at \(integer) NOT NULL,
              seen_at \(integer) NOT NULL, due \(integer) NOT NULL CHECK (due IN (0, 1, 2)),
              origin \(bytes) NOT NULL CHECK (length(origin) >= 28)) \(options)
            """,
            "CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id)",
            """
            CREATE TABLE links (
              secret_hash \(bytes) NOT NULL PRIMARY KEY CHECK (length(secret_hash) = 32),
              tenant_id \(integer) NOT NULL, user_id TEXT, kind \(integer) NOT NULL CHECK (kind IN (1, 2, 3)),
              expires_at \(integer) NOT NULL, CHECK ((kind = 3) = (user_id IS NULL))) \(options)
            """,
            "CREATE INDEX links_by_user ON links (tenant_id, user_id)",
            """
            CREATE TABLE devices (
              \(user), secret_hash \(bytes) NOT NULL CHECK (length(secret_hash) = 32), seen_at \(integer) NOT NULL,
              PRIMARY KEY (tenant_id, user_id, secret_hash)) \(options)
            """,
            """
            CREATE TABLE failures (
              subject_hash \(bytes) NOT NULL PRIMARY KEY CHECK (length(subject_hash) = 32),
              count \(integer) NOT NULL CHECK (count > 0), last_at \(integer) NOT NULL,
              blocked_until \(integer) NOT NULL) \(options)
            """,
            """
            CREATE TABLE emergencies (
              \(user), grant_id TEXT NOT NULL CHECK (length(grant_id) = 26), opened_at \(integer) NOT NULL,
              expires_at \(integer) NOT NULL CHECK (expires_at > opened_at), reviewed_at \(integer),
              sealed \(bytes) NOT NULL CHECK (length(sealed) > 28), PRIMARY KEY (tenant_id, grant_id)) \(options)
            """,
            "CREATE INDEX emergencies_by_time ON emergencies (tenant_id, opened_at)",
            """
            CREATE TABLE settings (
              tenant_id \(integer) NOT NULL, name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
              sealed \(bytes) NOT NULL CHECK (length(sealed) > 28), PRIMARY KEY (tenant_id, name)) \(options)
            """,
        ]
    }
}
