internal import SQLDatabase
internal import Vault

/// The tables of clients and tokens, beside those of accounts. Secrets are there as hashes, what rows tell is sealed, and
/// each row has a mark over all of it. Migrations are numbered, appended and never changed.
enum Schema {
    /// Brings a database to the newest migration.
    /// - Returns: whether its rows have marks, or get them now.
    /// - Throws: `OAuthError.storage` if a newer program made it.
    static func prepare(_ connection: any SQLConnection, _ types: SQLDialect) throws -> MarkedRows.Format {
        try connection.execute(
            "CREATE TABLE IF NOT EXISTS oauth_schema (version \(types.integer) NOT NULL) " + types.tableOptions)
        var version: Int64 = 0
        try connection.query("SELECT version FROM oauth_schema", []) { row in
            version = row.integer(0)
            return false
        }
        let migrations = [first(types), second(types)]
        guard (0...Int64(migrations.count)).contains(version) else {
            throw OAuthError(
                .storage, "clients and tokens have format \(version); this program knows \(migrations.count)")
        }
        guard version < migrations.count else { return .marked }
        for migration in migrations[Int(version)...] {
            for statement in migration { try connection.execute(statement) }
        }
        try connection.execute("DELETE FROM oauth_schema")
        try connection.execute(
            "INSERT INTO oauth_schema (version) VALUES ($1)", [.integer(Int64(migrations.count))])
        return version < marking ? .unmarked : .marked
    }

    /// The format since which rows have marks.
    private static let marking: Int64 = 2

    /// Rows get marks.
    private static func second(_ types: SQLDialect) -> [String] {
        [
            "oauth_clients", "oauth_grants", "oauth_codes", "oauth_refresh_tokens", "oauth_access_tokens",
            "oauth_assertions", "oauth_launches", "oauth_signing_keys",
        ].map { "ALTER TABLE \($0) ADD COLUMN mark \(types.bytes) CHECK (length(mark) = 32)" }
    }

    /// The tables of the first format, which had no number.
    private static func first(_ types: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE IF NOT EXISTS oauth_clients (
              client_id TEXT NOT NULL PRIMARY KEY CHECK (length(client_id) = 22), tenant TEXT NOT NULL,
              created \(types.integer) NOT NULL, is_disabled \(types.integer) NOT NULL CHECK (is_disabled IN (0, 1)),
              sealed \(types.bytes) NOT NULL) \(types.tableOptions)
            """,
            "CREATE INDEX IF NOT EXISTS oauth_clients_of_tenant ON oauth_clients (tenant, created, client_id)",
            """
            CREATE TABLE IF NOT EXISTS oauth_grants (
              grant_id TEXT NOT NULL PRIMARY KEY CHECK (length(grant_id) = 22), tenant TEXT NOT NULL,
              client_id TEXT NOT NULL REFERENCES oauth_clients ON DELETE CASCADE,
              account_tag \(types.bytes) CHECK (length(account_tag) = 32), expires \(types.integer) NOT NULL,
              sealed \(types.bytes) NOT NULL) \(types.tableOptions)
            """,
            "CREATE INDEX IF NOT EXISTS oauth_grants_of_account ON oauth_grants (account_tag)",
            "CREATE INDEX IF NOT EXISTS oauth_grants_of_client ON oauth_grants (client_id)",
            "CREATE INDEX IF NOT EXISTS oauth_grants_by_end ON oauth_grants (expires)",
            """
            CREATE TABLE IF NOT EXISTS oauth_codes (
              code_hash \(types.bytes) NOT NULL PRIMARY KEY CHECK (length(code_hash) = 32),
              grant_id TEXT NOT NULL REFERENCES oauth_grants ON DELETE CASCADE,
              expires \(types.integer) NOT NULL, is_used \(types.integer) NOT NULL CHECK (is_used IN (0, 1)),
              sealed \(types.bytes) NOT NULL) \(types.tableOptions)
            """,
            "CREATE INDEX IF NOT EXISTS oauth_codes_of_grant ON oauth_codes (grant_id)",
            "CREATE INDEX IF NOT EXISTS oauth_codes_by_end ON oauth_codes (is_used, expires)",
            """
            CREATE TABLE IF NOT EXISTS oauth_refresh_tokens (
              token_hash \(types.bytes) NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
              grant_id TEXT NOT NULL REFERENCES oauth_grants ON DELETE CASCADE,
              is_used \(types.integer) NOT NULL CHECK (is_used IN (0, 1))) \(types.tableOptions)
            """,
            "CREATE INDEX IF NOT EXISTS oauth_refresh_tokens_of_grant ON oauth_refresh_tokens (grant_id)",
            """
            CREATE TABLE IF NOT EXISTS oauth_access_tokens (
              token_hash \(types.bytes) NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
              grant_id TEXT NOT NULL REFERENCES oauth_grants ON DELETE CASCADE,
              expires \(types.integer) NOT NULL, sealed \(types.bytes) NOT NULL) \(types.tableOptions)
            """,
            "CREATE INDEX IF NOT EXISTS oauth_access_tokens_of_grant ON oauth_access_tokens (grant_id)",
            "CREATE INDEX IF NOT EXISTS oauth_access_tokens_by_end ON oauth_access_tokens (expires)",
            """
            CREATE TABLE IF NOT EXISTS oauth_assertions (
              client_id TEXT NOT NULL, number_hash \(types.bytes) NOT NULL CHECK (length(number_hash) = 32),
              expires \(types.integer) NOT NULL, PRIMARY KEY (client_id, number_hash)) \(types.tableOptions)
            """,
            "CREATE INDEX IF NOT EXISTS oauth_assertions_by_end ON oauth_assertions (expires)",
            """
            CREATE TABLE IF NOT EXISTS oauth_launches (
              launch_hash \(types.bytes) NOT NULL PRIMARY KEY CHECK (length(launch_hash) = 32), tenant TEXT NOT NULL,
              expires \(types.integer) NOT NULL, sealed \(types.bytes) NOT NULL) \(types.tableOptions)
            """,
            """
            CREATE TABLE IF NOT EXISTS oauth_signing_keys (
              key_id TEXT NOT NULL PRIMARY KEY, created \(types.integer) NOT NULL,
              sealed \(types.bytes) NOT NULL) \(types.tableOptions)
            """,
        ]
    }
}
