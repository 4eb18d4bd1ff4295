internal import SQLDatabase

/// The tables of ingests. What tells of people or their files is sealed; the rest are numbers.
enum IngestSchema {
    static func create(_ connection: any SQLConnection, _ dialect: SQLDialect) throws {
        let (integer, bytes, options) = (dialect.integer, dialect.bytes, dialect.tableOptions)
        // `serial` orders the list; `counted` holds the sums over the parts that are done, sealed as `facts` is.
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS ingest_runs (
              id TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, serial \(integer) NOT NULL UNIQUE,
              state \(integer) NOT NULL CHECK (state BETWEEN 0 AND 6), created \(integer) NOT NULL,
              started \(integer), ended \(integer), parts \(integer) NOT NULL CHECK (parts >= 0),
              parts_done \(integer) NOT NULL CHECK (parts_done BETWEEN 0 AND parts),
              parts_failed \(integer) NOT NULL CHECK (parts_failed BETWEEN 0 AND parts),
              total_bytes \(integer) NOT NULL, done_bytes \(integer) NOT NULL, resources \(integer) NOT NULL,
              rejected \(integer) NOT NULL, settled \(integer) NOT NULL CHECK (settled IN (0, 1)),
              facts \(bytes) NOT NULL, counted \(bytes), unresolved \(bytes), problem \(bytes)) \(options)
            """)
        try connection.execute("CREATE INDEX IF NOT EXISTS ingest_runs_list ON ingest_runs (tenant, serial)")
        try connection.execute("CREATE INDEX IF NOT EXISTS ingest_runs_state ON ingest_runs (state, settled)")
        // States: 0 waits, 1 was given to the queue, 2 is done, 3 failed for good.
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS ingest_parts (
              ingest TEXT NOT NULL REFERENCES ingest_runs (id), number \(integer) NOT NULL, phase \(integer) NOT NULL,
              state \(integer) NOT NULL CHECK (state BETWEEN 0 AND 3), total_bytes \(integer) NOT NULL,
              queued \(integer) NOT NULL, starts \(integer) NOT NULL, floor \(integer), rejected \(integer) NOT NULL, rejects TEXT,
              plan \(bytes) NOT NULL, report \(bytes), problem \(bytes), PRIMARY KEY (ingest, number)) \(options)
            """)
        try connection.execute(
            "CREATE INDEX IF NOT EXISTS ingest_parts_state ON ingest_parts (ingest, state, phase, number)")
    }
}
