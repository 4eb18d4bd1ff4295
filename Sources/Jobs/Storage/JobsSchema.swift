internal import SQLDatabase

/// The tables of the jobs. Payloads, results, reasons, keys and groups are sealed or hashed under the tenant's key; what
/// stands in clear are names of queues, states, counts and times. Migrations are numbered, appended and never changed.
enum JobsSchema {
    /// Brings a database to the newest migration.
    /// - Throws: `JobsError.damaged` if a newer program made it.
    static func prepare(_ database: any SQLDatabase) throws {
        try database.write { connection in
            let dialect = database.dialect
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS job_schema (version \(dialect.integer) NOT NULL) \(dialect.tableOptions)")
            var version: Int64 = 0
            try connection.query("SELECT version FROM job_schema", []) { row in
                version = row.integer(0)
                return false
            }
            let migrations = [first(dialect)]
            guard version <= migrations.count else {
                throw JobsError(
                    .damaged, "the jobs have format \(version); this program knows \(migrations.count)")
            }
            guard version < migrations.count else { return }
            for migration in migrations[Int(version)...] {
                for statement in migration { try connection.execute(statement) }
            }
            try connection.execute("DELETE FROM job_schema")
            try connection.execute(
                "INSERT INTO job_schema (version) VALUES ($1)", [.integer(Int64(migrations.count))])
        }
    }

    private static func first(_ dialect: SQLDialect) -> [String] {
        let integer = dialect.integer
        let bytes = dialect.bytes
        let options = dialect.tableOptions
        return [
            """
            CREATE TABLE job_rows (
              job_no \(dialect.growingKey), nonce \(integer) NOT NULL, tenant_id \(integer) NOT NULL,
              queue TEXT NOT NULL CHECK (length(queue) BETWEEN 1 AND 64),
              state \(integer) NOT NULL CHECK (state BETWEEN 0 AND 6), rank \(integer) NOT NULL,
              priority \(integer) NOT NULL, visible_at \(integer) NOT NULL,
              attempts \(integer) NOT NULL CHECK (attempts >= 0), attempts_max \(integer) NOT NULL,
              losses \(integer) NOT NULL CHECK (losses >= 0), fence \(integer) NOT NULL, beat \(integer) NOT NULL,
              lease_ms \(integer) NOT NULL, cancel_asked \(integer) NOT NULL CHECK (cancel_asked IN (0, 1)),
              created_at \(integer) NOT NULL, started_at \(integer), ended_at \(integer), worker TEXT,
              unique_hash \(bytes) CHECK (length(unique_hash) = 16), group_hash \(bytes) CHECK (length(group_hash) = 16),
              progress_done \(integer), progress_total \(integer),
              CHECK ((state >= 4) = (ended_at IS NOT NULL)), CHECK (state < 4 OR unique_hash IS NULL)) \(options)
            """,
            "CREATE INDEX job_live ON job_rows (state, queue, tenant_id, rank) WHERE state < 4",
            "CREATE INDEX job_delayed ON job_rows (visible_at) WHERE state = 0",
            "CREATE INDEX job_ended ON job_rows (state, ended_at, tenant_id, queue) WHERE state >= 4",
            "CREATE INDEX job_by_tenant ON job_rows (tenant_id)",
            """
            CREATE UNIQUE INDEX job_unique ON job_rows (tenant_id, queue, unique_hash)
              WHERE unique_hash IS NOT NULL
            """,
            "CREATE INDEX job_by_group ON job_rows (tenant_id, group_hash) WHERE group_hash IS NOT NULL",
            """
            CREATE TABLE job_contents (
              job_no \(dialect.integerKey), sealed \(bytes) NOT NULL CHECK (length(sealed) > 28),
              outcome \(bytes) CHECK (length(outcome) > 28), note \(bytes) CHECK (length(note) >= 28)) \(options)
            """,
            """
            CREATE TABLE job_pauses (
              tenant_id \(integer) NOT NULL, group_hash \(bytes) NOT NULL CHECK (length(group_hash) = 16),
              paused_at \(integer) NOT NULL, PRIMARY KEY (tenant_id, group_hash)) \(options)
            """,
            """
            CREATE TABLE job_schedules (
              tenant_id \(integer) NOT NULL, name_hash \(bytes) NOT NULL CHECK (length(name_hash) = 16),
              last_nominal \(integer) NOT NULL, next_nominal \(integer),
              sealed \(bytes) NOT NULL CHECK (length(sealed) > 28), PRIMARY KEY (tenant_id, name_hash)) \(options)
            """,
            "CREATE INDEX job_schedules_due ON job_schedules (next_nominal) WHERE next_nominal IS NOT NULL",
            """
            CREATE TABLE job_missed (
              missed_no \(dialect.growingKey), tenant_id \(integer) NOT NULL,
              name_hash \(bytes) NOT NULL CHECK (length(name_hash) = 16), first_nominal \(integer) NOT NULL,
              last_nominal \(integer) NOT NULL CHECK (last_nominal >= first_nominal),
              count \(integer) NOT NULL CHECK (count > 0), noticed_at \(integer) NOT NULL) \(options)
            """,
            "CREATE INDEX job_missed_by_schedule ON job_missed (tenant_id, name_hash)",
            """
            CREATE TABLE job_time (
              only_row \(dialect.integerKey) CHECK (only_row = 1), queue_time \(integer) NOT NULL) \(options)
            """,
        ]
    }
}
