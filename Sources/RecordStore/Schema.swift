internal import SQLDatabase

/// The tables of the data store. `docs/record-store.md` tells what each holds. Migrations are appended, never changed.
enum Schema {
    static let version: Int64 = 6

    /// Makes the tables of an empty database, or checks that a database is one of ours and gives it the tables that it
    /// lacks.
    /// - Returns: whether tenants have rows of an older format: then `finishMigration` follows once theirs are changed.
    /// - Throws: `StoreError.unavailable` if a newer program made it, or one from before the first release.
    static func prepare(_ database: any SQLDatabase) throws -> Bool {
        try database.write { connection in
            let dialect = database.dialect
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_version (version \(dialect.integer) NOT NULL) \(dialect.tableOptions)"
            )
            var found: Int64?
            try connection.query("SELECT version FROM schema_version", []) { row in
                found = row.integer(0)
                return false
            }
            guard let found else {
                for statement in tables(dialect) + fifth(dialect) { try connection.execute(statement) }
                try connection.execute("INSERT INTO schema_version (version) VALUES ($1)", [.integer(version)])
                return false
            }
            guard found >= 3, found <= version else {
                throw StoreError(
                    code: .unavailable, detail: "the store has format \(found); this program knows \(version)")
            }
            if found == 3 { try connection.execute(customPaths(dialect)) }
            if found < 5 {
                for statement in fifth(dialect) { try connection.execute(statement) }
                try connection.execute("UPDATE schema_version SET version = 5")
            }
            return found < version
        }
    }

    /// Notes that every tenant has its manifest: from now on one that is missing is damage.
    static func finishMigration(_ database: any SQLDatabase) throws {
        try database.write { try $0.execute("UPDATE schema_version SET version = $1", [.integer(version)]) }
    }

    private static func tables(_ dialect: SQLDialect) -> [String] {
        [
            """
            CREATE TABLE blocks (
              position \(dialect.integerKey), entries \(dialect.integer) NOT NULL CHECK (entries > 0),
              key_id \(dialect.integer) NOT NULL, committed_at \(dialect.integer) NOT NULL, bytes \(dialect.bytes) NOT NULL
            ) \(dialect.tableOptions)
            """,
            """
            CREATE TABLE segments (
              segment_id \(dialect.growingKey), tenant_id \(dialect.integer) NOT NULL,
              state \(dialect.integer) NOT NULL CHECK (state IN (0, 1, 2)),
              first_seq \(dialect.integer) NOT NULL, last_seq \(dialect.integer) NOT NULL,
              directory \(dialect.bytes), filter \(dialect.bytes)) \(dialect.tableOptions)
            """,
            """
            CREATE TABLE segment_pages (position \(dialect.integerKey), bytes \(dialect.bytes) NOT NULL)
              \(dialect.tableOptions)
            """,
            """
            CREATE TABLE dead_chunks (position \(dialect.integerKey), bytes \(dialect.bytes) NOT NULL)
              \(dialect.tableOptions)
            """,
            """
            CREATE TABLE awaited_references (
              tenant_id \(dialect.integer) NOT NULL, token \(dialect.integer) NOT NULL, seq \(dialect.integer) NOT NULL,
              PRIMARY KEY (tenant_id, seq, token)) \(dialect.tableOptions)
            """,
            customPaths(dialect),
        ]
    }

    /// New with version 5: what proves that rows are all there and unaltered, and what was erased.
    private static func fifth(_ dialect: SQLDialect) -> [String] {
        [
            "ALTER TABLE blocks ADD COLUMN mark \(dialect.integer)",
            """
            CREATE TABLE erasures (
              erasure_id \(dialect.growingKey), tenant_id \(dialect.integer) NOT NULL,
              state \(dialect.integer) NOT NULL CHECK (state IN (1, 2, 3)), bytes \(dialect.bytes) NOT NULL
            ) \(dialect.tableOptions)
            """,
            """
            CREATE TABLE manifests (tenant_id \(dialect.integerKey), bytes \(dialect.bytes) NOT NULL)
              \(dialect.tableOptions)
            """,
        ]
    }

    /// New with version 4.
    private static func customPaths(_ dialect: SQLDialect) -> String {
        """
        CREATE TABLE custom_paths (
          tenant_id \(dialect.integer) NOT NULL, path \(dialect.integer) NOT NULL,
          state \(dialect.integer) NOT NULL CHECK (state IN (1, 2, 3)),
          boundary_seq \(dialect.integer) NOT NULL, done_seq \(dialect.integer) NOT NULL,
          PRIMARY KEY (tenant_id, path)) \(dialect.tableOptions)
        """
    }
}

/// How a tenant and a sequence number make one key.
enum LogPosition {
    /// Bits of the sequence number: about a trillion entries a tenant.
    static let sequenceBits: Int64 = 40

    static func position(tenant: Int64, sequence: UInt64) -> Int64 {
        tenant << sequenceBits | Int64(sequence)
    }

    static func sequence(_ position: Int64) -> UInt64 {
        UInt64(position & (1 << sequenceBits - 1))
    }
}
