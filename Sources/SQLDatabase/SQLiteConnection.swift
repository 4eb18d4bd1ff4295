internal import CSQLite

/// One SQLite connection with its prepared statements. Used by one thread at a time.
final class SQLiteConnection: SQLConnection, @unchecked Sendable {
    // Passed between threads only through the mutexes of `SQLiteDatabase`.
    private var handle: OpaquePointer?
    private var statements: [String: SQLiteStatement] = [:]

    init(path: String, readOnly: Bool) throws {
        let access = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        let code = sqlite3_open_v2(path, &handle, access | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK else {
            let error = sqliteError(code, handle, during: "opening \(path)")
            close()
            throw error
        }
        sqlite3_busy_timeout(handle, 10_000)
        sqlite3_extended_result_codes(handle, 1)
    }

    deinit {
        close()
    }

    /// Frees the statements and the connection; every later call fails.
    func close() {
        statements.removeAll()
        sqlite3_close_v2(handle)
        handle = nil
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws {
        try query(sql, values) { _ in true }
    }

    func query(_ sql: String, _ values: [SQLValue], row: (any SQLRow) throws -> Bool) throws {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(values)
        while try statement.step() {
            if try !row(statement) { break }
        }
    }

    /// Ends a transaction that failed; one that SQLite itself has ended is fine.
    func rollBack() {
        if sqlite3_get_autocommit(handle) == 0 {
            sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
        }
    }

    private func prepared(_ sql: String) throws -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        guard let handle else { throw SQLError(code: .misuse, detail: "the database is closed") }
        let statement = try SQLiteStatement(sql, on: handle)
        statements[sql] = statement
        return statement
    }
}

/// A prepared statement; as a row it shows the row that it stands on.
final class SQLiteStatement: SQLRow {
    private let handle: OpaquePointer
    private let connection: OpaquePointer
    private let sql: String

    init(_ sql: String, on connection: OpaquePointer) throws {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw sqliteError(code, connection, during: sql) }
        self.handle = handle
        self.connection = connection
        self.sql = sql
    }

    deinit {
        sqlite3_finalize(handle)
    }

    func bind(_ values: [SQLValue]) throws {
        for (offset, value) in values.enumerated() {
            let index = Int32(offset + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, index)
                case .integer(let integer): sqlite3_bind_int64(handle, index, integer)
                case .text(let text): sqlite3_bind_text(handle, index, text, -1, sqliteTransient)
                case .blob(let bytes): bytes.withUnsafeBytes { bindBytes($0, at: index, destructor: sqliteTransient) }
                case .bytes(let bytes): bindBytes(bytes, at: index, destructor: nil)
                }
            guard code == SQLITE_OK else { throw sqliteError(code, connection, during: sql) }
        }
    }

    private func bindBytes(
        _ bytes: UnsafeRawBufferPointer, at index: Int32, destructor: sqlite3_destructor_type?
    ) -> Int32 {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
        return sqlite3_bind_blob64(handle, index, start, UInt64(bytes.count), destructor)
    }

    /// Moves to the next row; `false` when there is none.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw sqliteError(code, connection, during: sql)
        }
    }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    func integer(_ column: Int) -> Int64 {
        sqlite3_column_int64(handle, Int32(column))
    }

    func text(_ column: Int) -> String {
        sqlite3_column_text(handle, Int32(column)).map { String(cString: $0) } ?? ""
    }

    func blob(_ column: Int) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, Int32(column))
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column))))
    }

    func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL
    }
}

/// Tells SQLite to copy what is bound.
private let sqliteTransient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// The error of a failed call, with SQLite's own words and the statement, never with a bound value.
func sqliteError(_ code: Int32, _ connection: OpaquePointer?, during action: String) -> SQLError {
    let message = connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? ""
    let kind: SQLError.Code =
        switch code & 0xFF {
        case SQLITE_FULL: .full
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT: .damaged
        case SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .inputOutput
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        default: .misuse
        }
    let words = kind == .full ? "the disk is full" : message
    return SQLError(code: kind, detail: "\(words) (SQLite \(code)) during: \(action)")
}
