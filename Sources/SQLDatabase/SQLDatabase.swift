/// A relational database: one writer at a time, many readers, each reader on a snapshot.
///
/// Statements are written in the SQL that SQLite and PostgreSQL share; parameters are `$1`, `$2` … in order of first
/// appearance. What differs (column types, table options) comes from `dialect`.
package protocol SQLDatabase: Sendable {
    /// The words that differ between database systems.
    var dialect: SQLDialect { get }

    /// Runs `body` in one transaction. When this returns, what was written is durable; if `body` or the commit throws,
    /// nothing was written.
    func write<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result

    /// Runs `body` on a connection that sees one snapshot and cannot write.
    func read<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result

    /// As `read`, in one transaction: all queries see the same, which is what the first one finds, and from the second on
    /// each is cheaper. It should not last: as long as it does, the journal grows.
    func readTransaction<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result

    /// Has deleted rows overwritten with zeros from now on, where the system keeps them in free pages.
    func overwriteDeleted() throws

    /// Moves what the journal holds into the database and empties it, so that no older state of a row is left there.
    /// - Throws: `SQLError.busy` if readers keep it from being emptied.
    func emptyJournal() throws

    /// Writes the database anew without free space and empties the journal: what was deleted is in no file any more.
    /// - Throws: as `emptyJournal`.
    func compact() throws

    /// Reads the whole database and checks its structure, and every index against its table.
    /// - Throws: `SQLError.damaged` where they are not as they must be.
    func verify() throws

    /// Bytes that the database takes on disk, journals included.
    func bytesOnDisk() throws -> Int

    /// Closes all connections after moving journals into the database. No call may be under way or follow.
    func close() throws
}

/// A connection within `SQLDatabase.write` or `.read`; not to be kept after it.
package protocol SQLConnection {
    /// Runs a statement that gives no rows.
    func execute(_ sql: String, _ values: [SQLValue]) throws

    /// Runs a statement and hands out each row; `row` returns whether to go on.
    func query(_ sql: String, _ values: [SQLValue], row: (any SQLRow) throws -> Bool) throws
}

extension SQLConnection {
    /// Runs a statement that gives no rows and takes no values.
    package func execute(_ sql: String) throws {
        try execute(sql, [])
    }
}

/// One row of a result, valid only while it is handed out. Columns count from 0.
package protocol SQLRow {
    func integer(_ column: Int) -> Int64
    func text(_ column: Int) -> String
    /// The bytes in place; empty for null.
    func blob(_ column: Int) -> UnsafeRawBufferPointer
    func isNull(_ column: Int) -> Bool
}

/// A value bound to a statement's parameter.
package enum SQLValue {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    /// Bytes that stay where they are while the statement runs.
    case bytes(UnsafeRawBufferPointer)
}

/// The words that differ between database systems.
package struct SQLDialect: Sendable {
    /// The type of a 64-bit integer.
    package var integer: String
    /// The type of a 64-bit integer that is a table's only key column.
    package var integerKey: String
    /// The type of a key column that is numbered upwards and never gives a number twice.
    package var growingKey: String
    /// The type of a byte string.
    package var bytes: String
    /// What stands behind a table's closing bracket.
    package var tableOptions: String

    package init(integer: String, integerKey: String, growingKey: String, bytes: String, tableOptions: String) {
        self.integer = integer
        self.integerKey = integerKey
        self.growingKey = growingKey
        self.bytes = bytes
        self.tableOptions = tableOptions
    }
}
