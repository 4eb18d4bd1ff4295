internal import SQLDatabase

/// The tables of the key store. `docs/record-store.md` tells what each holds. Migrations are appended, never changed.
enum KeySchema {
    static let version: Int64 = 2

    /// Makes the tables of an empty key store, or brings one of an older program up to date.
    /// - Throws: `VaultError.storage` if a newer program made it.
    static func prepare(_ store: any SQLDatabase) throws {
        try store.write { connection in
            let dialect = store.dialect
            for statement in first(dialect) { try connection.execute(statement) }
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS key_format (version \(dialect.integer) NOT NULL) \(dialect.tableOptions)")
            var found: Int64?
            try connection.query("SELECT version FROM key_format", []) { row in
                found = row.integer(0)
                return false
            }
            if let found {
                guard found == version else {
                    throw VaultError(
                        code: .storage, detail: "the key store has format \(found); this program knows \(version)")
                }
                return
            }
            for statement in second(dialect) { try connection.execute(statement) }
            try connection.execute("INSERT INTO key_format (version) VALUES ($1)", [.integer(version)])
        }
    }

    /// The tables of the first format, which had no number.
    private static func first(_ dialect: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE IF NOT EXISTS tenant_keys (
              tenant_id \(dialect.integerKey), name TEXT NOT NULL UNIQUE,
              wrapped \(dialect.bytes) NOT NULL CHECK (length(wrapped) = 60)) \(dialect.tableOptions)
            """,
            """
            CREATE TABLE IF NOT EXISTS patient_keys (
              key_id \(dialect.growingKey), tenant_id \(dialect.integer) NOT NULL REFERENCES tenant_keys,
              patient_token \(dialect.bytes) NOT NULL CHECK (length(patient_token) = 16),
              wrapped \(dialect.bytes) NOT NULL CHECK (length(wrapped) = 60),
              UNIQUE (tenant_id, patient_token)) \(dialect.tableOptions)
            """,
        ]
    }

    /// What the second format adds: keys can be rotated, and a missing one is told from one that was shredded.
    private static func second(_ dialect: SQLDialect) -> [String] {
        [
            "ALTER TABLE tenant_keys ADD COLUMN master_id \(dialect.integer) NOT NULL DEFAULT 0",
            "ALTER TABLE patient_keys ADD COLUMN wrapping_id \(dialect.integer) NOT NULL DEFAULT 0",
            """
            CREATE TABLE master_keys (
              master_id \(dialect.growingKey), check_value \(dialect.bytes) NOT NULL CHECK (length(check_value) = 16)
            ) \(dialect.tableOptions)
            """,
            """
            CREATE TABLE wrapping_keys (
              wrapping_id \(dialect.growingKey), tenant_id \(dialect.integer) NOT NULL REFERENCES tenant_keys,
              master_id \(dialect.integer) NOT NULL,
              wrapped \(dialect.bytes) NOT NULL CHECK (length(wrapped) = 60)) \(dialect.tableOptions)
            """,
            """
            CREATE TABLE retiring_keys (
              key_id \(dialect.integerKey), tenant_id \(dialect.integer) NOT NULL REFERENCES tenant_keys,
              patient_token \(dialect.bytes) NOT NULL CHECK (length(patient_token) = 16),
              wrapped \(dialect.bytes) NOT NULL CHECK (length(wrapped) = 60),
              wrapping_id \(dialect.integer) NOT NULL,
              UNIQUE (tenant_id, patient_token)) \(dialect.tableOptions)
            """,
            """
            CREATE TABLE shredded_keys (
              key_id \(dialect.integerKey), tenant_id \(dialect.integer) NOT NULL REFERENCES tenant_keys,
              sealed \(dialect.bytes) NOT NULL CHECK (length(sealed) = 28)) \(dialect.tableOptions)
            """,
        ]
    }
}
