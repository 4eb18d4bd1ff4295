internal import Base
internal import CSQLite
internal import Glibc

/// A database in one SQLite file, in WAL mode with `synchronous=FULL`: what is committed survives power loss.
package final class SQLiteDatabase: SQLDatabase, @unchecked Sendable {
    // Safe to share: the writer is used under `writerLock`, the list of readers under `readersLock`.
    private let path: String
    private let writer: SQLiteConnection
    private let writerLock = Lock()
    private var readers: [SQLiteConnection] = []
    private let readersLock = Lock()
    private let cacheBytes: Int
    private let mappedBytes: Int

    package let dialect = SQLDialect(
        integer: "INTEGER", integerKey: "INTEGER PRIMARY KEY", growingKey: "INTEGER PRIMARY KEY AUTOINCREMENT",
        bytes: "BLOB", tableOptions: "STRICT")

    /// Opens the file, or makes it with mode 0600.
    /// - Parameters:
    ///   - path: the file; `-wal` and `-shm` files lie beside it.
    ///   - pageBytes: the page size of a new file, a power of two from 512 to 65,536.
    ///   - cacheBytes: how much of the file each connection may keep in memory.
    ///   - mappedBytes: how much of the file each reader maps instead of reading it, which makes short reads cheaper; what is
    ///     mapped counts as the program's memory.
    package init(path: String, pageBytes: Int = 16_384, cacheBytes: Int = 16 << 20, mappedBytes: Int = 0) throws {
        self.path = path
        self.cacheBytes = cacheBytes
        self.mappedBytes = mappedBytes
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SQLError(code: .inputOutput, detail: "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        Glibc.close(descriptor)
        let connection = try SQLiteConnection(path: path, readOnly: false)
        try connection.execute("PRAGMA page_size=\(pageBytes)")
        try connection.execute("PRAGMA cache_size=-\(cacheBytes / 1024)")
        try connection.query("PRAGMA journal_mode=WAL", []) { row in
            guard row.text(0) == "wal" else {
                throw SQLError(code: .inputOutput, detail: "\(path): the file system does not allow WAL mode")
            }
            return false
        }
        try connection.execute("PRAGMA synchronous=FULL")
        try connection.execute("PRAGMA wal_autocheckpoint=2000")
        try connection.execute("PRAGMA journal_size_limit=67108864")
        try connection.execute("PRAGMA foreign_keys=ON")
        writer = connection
    }

    package func write<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
        try writerLock.withLock {
            try writer.execute("BEGIN IMMEDIATE")
            do {
                let result = try body(writer)
                try writer.execute("COMMIT")
                return result
            } catch {
                writer.rollBack()
                throw error
            }
        }
    }

    package func read<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
        let connection = try takeReader()
        defer { readersLock.withLock { readers.append(connection) } }
        return try body(connection)
    }

    package func readTransaction<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
        let connection = try takeReader()
        defer { readersLock.withLock { readers.append(connection) } }
        try connection.execute("BEGIN")
        // Nothing was written: however it ends, there is nothing to keep.
        defer { connection.rollBack() }
        return try body(connection)
    }

    private func takeReader() throws -> SQLiteConnection {
        if let connection = readersLock.withLock({ readers.popLast() }) { return connection }
        let connection = try SQLiteConnection(path: path, readOnly: true)
        try connection.execute("PRAGMA cache_size=-\(cacheBytes / 1024)")
        try connection.execute("PRAGMA mmap_size=\(mappedBytes)")
        return connection
    }

    package func overwriteDeleted() throws {
        try writerLock.withLock { try writer.execute("PRAGMA secure_delete=ON") }
    }

    package func emptyJournal() throws {
        try writerLock.withLock { try truncateJournal() }
    }

    package func compact() throws {
        try writerLock.withLock {
            try writer.execute("VACUUM")
            try truncateJournal()
        }
    }

    private func truncateJournal() throws {
        try writer.query("PRAGMA wal_checkpoint(TRUNCATE)", []) { row in
            guard row.integer(0) == 0 else {
                throw SQLError(code: .busy, detail: "readers keep the journal of \(path) from being emptied")
            }
            return false
        }
    }

    package func verify() throws {
        try read { connection in
            try connection.query("PRAGMA integrity_check(1)", []) { row in
                guard row.text(0) == "ok" else {
                    throw SQLError(code: .damaged, detail: "\(path) is damaged: \(row.text(0))")
                }
                return false
            }
        }
    }

    package func bytesOnDisk() throws -> Int {
        var total = 0
        for suffix in ["", "-wal"] {
            var facts = stat()
            if stat(path + suffix, &facts) == 0 { total += Int(facts.st_blocks) * 512 }
        }
        return total
    }

    package func close() throws {
        readersLock.withLock {
            for connection in readers { connection.close() }
            readers.removeAll()
        }
        try writerLock.withLock {
            try writer.query("PRAGMA wal_checkpoint(TRUNCATE)", []) { _ in false }
            writer.close()
        }
    }
}
