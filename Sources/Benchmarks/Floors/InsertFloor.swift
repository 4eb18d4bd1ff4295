internal import Base
internal import SQLDatabase

/// The rows of a store through bare prepared statements into an empty database with the same safety: what SQLite alone
/// costs.
enum InsertFloor {
    /// Copies the log and the pages of the index.
    /// - Parameters:
    ///   - source: the store's database file; the store is closed.
    ///   - target: the new file.
    ///   - rowsPerCommit: rows of one transaction.
    /// - Returns: how long the inserting took, without the reading, and how many rows there were.
    static func copy(
        from source: String, to target: String, rowsPerCommit: Int
    ) throws -> (timing: Timing, rows: Int) {
        let store = try SQLiteDatabase(path: source)
        let copy = try SQLiteDatabase(path: target)
        try copy.write { connection in
            try connection.execute(
                """
                CREATE TABLE blocks (
                  position INTEGER PRIMARY KEY, entries INTEGER NOT NULL, key_id INTEGER NOT NULL,
                  committed_at INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT
                """)
            try connection.execute(
                "CREATE TABLE segment_pages (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
        }
        let insertion = Insertion(database: copy, rowsPerCommit: rowsPerCommit)
        try store.read { connection in
            let blocks = "SELECT position, entries, key_id, committed_at, bytes FROM blocks ORDER BY position"
            try connection.query(blocks, []) { row in
                try insertion.add(
                    "INSERT INTO blocks (position, entries, key_id, committed_at, bytes) VALUES ($1, $2, $3, $4, $5)",
                    [
                        .integer(row.integer(0)), .integer(row.integer(1)), .integer(row.integer(2)),
                        .integer(row.integer(3)), .blob(Array(row.blob(4))),
                    ])
                return true
            }
            try insertion.flush()
            try connection.query("SELECT position, bytes FROM segment_pages ORDER BY position", []) { row in
                try insertion.add(
                    "INSERT INTO segment_pages (position, bytes) VALUES ($1, $2)",
                    [.integer(row.integer(0)), .blob(Array(row.blob(1)))])
                return true
            }
            try insertion.flush()
        }
        try store.close()
        try copy.close()
        return (insertion.timing, insertion.rows)
    }

    /// Transactions of small rows, one after another, for so many seconds.
    /// - Returns: transactions a second.
    static func smallTransactions(in path: String, seconds: Double, rowsEach: Int = 1) throws -> Double {
        let database = try SQLiteDatabase(path: path)
        try database.write { connection in
            try connection.execute("CREATE TABLE rows (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
        }
        let bytes = [UInt8](repeating: 7, count: 400)
        let start = monotonicNanoseconds()
        let end = start + UInt64(seconds * 1e9)
        var count = 0
        while monotonicNanoseconds() < end {
            try database.write { connection in
                for row in 0..<rowsEach {
                    try connection.execute(
                        "INSERT INTO rows (position, bytes) VALUES ($1, $2)",
                        [.integer(Int64(count * rowsEach + row)), .blob(bytes)])
                }
            }
            count += 1
        }
        let rate = Double(count) * 1e9 / Double(monotonicNanoseconds() - start)
        try database.close()
        return rate
    }
}

/// Gathers the rows of one transaction and times their insertion.
private final class Insertion {
    private let database: SQLiteDatabase
    private let rowsPerCommit: Int
    private var waiting: [(sql: String, values: [SQLValue])] = []
    private(set) var timing = Timing(seconds: 0, processorSeconds: 0)
    private(set) var rows = 0

    init(database: SQLiteDatabase, rowsPerCommit: Int) {
        self.database = database
        self.rowsPerCommit = max(1, rowsPerCommit)
    }

    func add(_ sql: String, _ values: [SQLValue]) throws {
        waiting.append((sql, values))
        if waiting.count >= rowsPerCommit { try flush() }
    }

    func flush() throws {
        guard !waiting.isEmpty else { return }
        let rows = waiting
        let taken = try Timing.of {
            try database.write { connection in
                for row in rows { try connection.execute(row.sql, row.values) }
            }
        }.timing
        timing.seconds += taken.seconds
        timing.processorSeconds += taken.processorSeconds
        self.rows += rows.count
        waiting.removeAll(keepingCapacity: true)
    }
}
