internal import SQLDatabase

/// The tables of uploads. Names, digests and keys are sealed under the tenant's key; what stands in clear are random ids,
/// states, sizes and times. Migrations are numbered, appended and never changed.
enum UploadSchema {
    /// Brings a database to the newest migration.
    /// - Throws: `UploadError.storage` if a newer program made it.
    static func prepare(_ database: any SQLDatabase) throws {
        try database.overwriteDeleted()
        try database.write { connection in
            let dialect = database.dialect
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS upload_schema (version \(dialect.integer) NOT NULL) "
                    + dialect.tableOptions)
            var version: Int64 = 0
            try connection.query("SELECT version FROM upload_schema", []) { row in
                version = row.integer(0)
                return false
            }
            let migrations = [first(dialect)]
            guard version <= migrations.count else {
                throw UploadError(
                    .storage, "the uploads have format \(version); this program knows \(migrations.count)")
            }
            guard version < migrations.count else { return }
            for migration in migrations[Int(version)...] {
                for statement in migration { try connection.execute(statement) }
            }
            try connection.execute("DELETE FROM upload_schema")
            try connection.execute(
                "INSERT INTO upload_schema (version) VALUES ($1)", [.integer(Int64(migrations.count))])
        }
    }

    private static func first(_ dialect: SQLDialect) -> [String] {
        let integer = dialect.integer
        let bytes = dialect.bytes
        let options = dialect.tableOptions
        return [
            """
            CREATE TABLE upload_uploads (
              upload_number \(dialect.growingKey), tenant TEXT NOT NULL CHECK (length(tenant) BETWEEN 1 AND 64),
              upload_id TEXT NOT NULL UNIQUE CHECK (length(upload_id) = 22),
              state \(integer) NOT NULL CHECK (state BETWEEN 1 AND 7),
              size \(integer) CHECK (size >= 0), part_count \(integer) CHECK (part_count > 0),
              part_size \(integer) CHECK (part_size > 0),
              received_parts \(integer) NOT NULL CHECK (received_parts >= 0),
              received_bytes \(integer) NOT NULL CHECK (received_bytes >= 0),
              holds_bytes \(integer) NOT NULL CHECK (holds_bytes IN (0, 1)),
              created_at \(integer) NOT NULL, changed_at \(integer) NOT NULL, expires_at \(integer) NOT NULL,
              sealed \(bytes) NOT NULL CHECK (length(sealed) > 28)) \(options)
            """,
            "CREATE INDEX upload_by_tenant ON upload_uploads (tenant, upload_number)",
            "CREATE INDEX upload_by_end ON upload_uploads (state, expires_at)",
            """
            CREATE TABLE upload_parts (
              upload_number \(integer) NOT NULL REFERENCES upload_uploads (upload_number),
              part_number \(integer) NOT NULL CHECK (part_number > 0), size \(integer) NOT NULL CHECK (size >= 0),
              token \(integer) NOT NULL, sealed \(bytes) NOT NULL CHECK (length(sealed) > 28),
              PRIMARY KEY (upload_number, part_number)) \(options)
            """,
        ]
    }
}
