internal import Base
package import SQLDatabase

/// Tables whose rows are only those that this program wrote, as it wrote them last.
///
/// Each row carries a mark, a keyed hash over all its columns; a sealed book beside them has a sum over the marks of each
/// table; and an anchor in another place has the book's number. So whoever can write the file, but has not the keys,
/// cannot alter a row, put one there, or move one unnoticed; can take one away, or put back one of before, only until it
/// is looked at; and can put the whole file back only as far as the anchor's last change.
package final class MarkedRows: @unchecked Sendable {
    // Safe to share: `book`, `distrust` and `told` are used under `lock` or `stateLock` as said beside them.
    package let database: any SQLDatabase
    let keys: Keys
    let name: String
    let tables: [MarkedTable]
    private let anchor: RowAnchor?
    private let report: @Sendable (any Error) -> Void
    /// Held by who changes rows, and by who compares them with the book.
    private let lock = Lock()
    /// Under `lock`.
    private var book = RowBook()
    /// Names of rows that were reported; under `lock`.
    private var told: Set<String> = []
    private let stateLock = Lock()
    /// Why nothing of the tables is believed any more; under `stateLock`.
    private var distrust: VaultError?

    struct Keys {
        let marking: SecretKey
        let sealing: SecretKey
        let summing: SipKey
    }

    private static let toldMax = 1_000
    /// Tables of more rows are compared at start alone.
    private static let recheckedRowsMax: UInt64 = 20_000

    /// What `prepare` found.
    package enum Format: Sendable {
        /// The tables had marks before.
        case marked
        /// They were made just now, or got their column for marks just now.
        case unmarked
    }

    /// Opens the tables and compares them with their book.
    /// - Parameters:
    ///   - name: the book's, among those of the database.
    ///   - root: a key of which the own ones are derived; the same at every start.
    ///   - tables: those that refer to others before these.
    ///   - anchor: where the book's number is remembered. A missing file has what is there accepted, as after a restore.
    ///   - report: told of each row that is not what the program wrote, by table and key.
    ///   - prepare: makes the tables or brings them up to date, within the transaction.
    /// - Throws: `VaultError.damaged` if rows are missing or older than they must be; what `prepare` throws.
    package init(
        _ name: String, database: any SQLDatabase, root: SecretKey, tables: [MarkedTable], anchor: RowAnchor?,
        report: @escaping @Sendable (any Error) -> Void, prepare: (any SQLConnection) throws -> Format
    ) throws {
        self.name = name
        self.database = database
        self.tables = tables
        self.anchor = anchor
        self.report = report
        let summing = try root.derived("sums of marks")
        keys = Keys(
            marking: try root.derived("marks of rows"), sealing: try root.derived("book of rows"),
            summing: summing.withBytes { bytes in
                SipKey(
                    low: bytes.loadUnaligned(as: UInt64.self),
                    high: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            })
        let anchored = try anchor?.load()
        let isAccepting = anchor != nil && anchored == nil
        let dialect = database.dialect
        book = try database.write { connection in
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS row_books (name TEXT NOT NULL PRIMARY KEY, "
                    + "sealed \(dialect.bytes) NOT NULL) \(dialect.tableOptions)")
            let stored = try load(connection)
            if let anchored, (stored?.epoch ?? 0) < anchored { throw isOlder() }
            let format = try prepare(connection)
            let change = RowChange(connection, keys, stored ?? RowBook())
            switch (stored, format) {
            case (nil, .unmarked): try adopt(change)
            case (nil, .marked):
                guard isAccepting else { throw damaged("the book of \(name) is missing") }
                try compare(change, isAccepting: true)
            case (_?, .unmarked): throw damaged("the tables of \(name) lost their marks")
            case (_?, .marked): try compare(change, isAccepting: isAccepting)
            }
            try save(change.book, connection)
            return change.book
        }
        try anchor?.save(book.epoch)
    }

    /// Runs `body` in one transaction of the database; what it does to marked rows is entered in the book.
    /// - Throws: as `SQLDatabase.write`, and `VaultError.damaged` once the tables were found altered.
    package func write<Result>(_ body: (RowChange) throws -> Result) throws -> Result {
        try lock.withLock {
            try checkTrust()
            let before = book
            let (result, after) = try database.write { connection in
                let change = RowChange(connection, keys, before)
                let result = try body(change)
                var after = change.book
                if change.isAnchored { after.epoch += 1 }
                if after != before { try save(after, connection) }
                return (result, after)
            }
            book = after
            if after.epoch != before.epoch { raiseAnchor(after.epoch) }
            return result
        }
    }

    /// Makes sure that a row is one that the program wrote.
    /// - Parameter row: asked for by `MarkedTable.selection`.
    /// - Throws: `VaultError.notAuthentic` with the row's table and key; `.damaged` once the tables were found altered.
    package func verify(_ row: any SQLRow, _ table: MarkedTable) throws(VaultError) {
        try checkTrust()
        try keys.verify(row, table)
    }

    /// As `verify`, for lists that go on without a row that is nobody's: it is reported.
    /// - Throws: `VaultError.damaged` once the tables were found altered.
    package func isAuthentic(_ row: any SQLRow, _ table: MarkedTable) throws(VaultError) -> Bool {
        do {
            try verify(row, table)
            return true
        } catch {
            guard error.code == .notAuthentic else { throw error }
            report(error)
            return false
        }
    }

    /// Whether no row of a table was altered or put there from outside.
    package func isWhole(_ table: MarkedTable, _ connection: any SQLConnection) throws -> Bool {
        try RowComparison(table, keys, connection).altered.isEmpty
    }

    /// Looks whether rows of some tables are missing or put back, before what they decide is relied on; if so all is looked
    /// at as `recheck` does. It reads the marks alone.
    /// - Parameter rowsMax: tables of more rows are left out.
    /// - Throws: `VaultError.damaged` once the tables were found altered; `SQLError`.
    package func look(at tables: [MarkedTable], rowsMax: UInt64) throws {
        let isRight = try lock.withLock {
            try database.readTransaction { connection in
                try tables.allSatisfy { table in
                    let expected = book.sums[table.name] ?? MarkSum()
                    return try expected.count > rowsMax || RowComparison.marks(of: table, keys, connection) == expected
                }
            }
        }
        if !isRight { recheck() }
        try checkTrust()
    }

    /// Compares the tables with their book once more, but those of very many rows. What is wrong is reported, once each;
    /// where rows that last are missing or older, nothing of the tables is believed from then on.
    package func recheck() {
        lock.withLock {
            do {
                let small = tables.filter { (book.sums[$0.name]?.count ?? 0) <= Self.recheckedRowsMax }
                let isRight = try database.readTransaction { connection in
                    try small.allSatisfy { table in
                        let found = try RowComparison(table, keys, connection)
                        return found.altered.isEmpty && found.all == book.sums[table.name] ?? MarkSum()
                    }
                }
                guard !isRight else { return }
                book = try database.write { connection in
                    let change = RowChange(connection, keys, book)
                    try compare(change, isAccepting: false)
                    try save(change.book, connection)
                    return change.book
                }
            } catch let error as VaultError where error.code == .damaged {
                let isNew = stateLock.withLock {
                    defer { distrust = error }
                    return distrust == nil
                }
                if isNew { report(error) }
            } catch {
                report(error)
            }
        }
    }

    /// For what asks for rows and may find none.
    /// - Throws: `VaultError.damaged` once the tables were found altered.
    package func checkTrust() throws(VaultError) {
        if let error = stateLock.withLock({ distrust }) { throw error }
    }

    private func raiseAnchor(_ epoch: UInt64) {
        do {
            try anchor?.save(epoch)
        } catch {
            // The change is durable; the next one brings the anchor up.
            report(error)
        }
    }

    // MARK: Comparing

    /// Marks the rows of a program that knew no marks.
    private func adopt(_ change: RowChange) throws {
        for table in tables { try change.adopt(table) }
        change.book.epoch += 1
    }

    private func compare(_ change: RowChange, isAccepting: Bool) throws {
        for table in tables {
            let found = try RowComparison(table, keys, change.connection)
            let expected = change.book.sums[table.name] ?? MarkSum()
            if found.all == expected {
                for values in found.altered { tell("the row \(table.rowName(values)) was altered") }
                if case .stopsAtOnce = table.loss, let first = found.altered.first, !isAccepting {
                    throw damaged("the row \(table.rowName(first)) was altered")
                }
                continue
            }
            if found.authentic == expected {
                for values in found.altered {
                    tell("the row \(table.rowName(values)) was not written by this program: it is removed")
                    try change.remove(table, values)
                }
                continue
            }
            let what = "rows of \(table.name) are missing, or are as they once were"
            switch table.loss {
            case .empties(let others):
                tell(what + ": all of them are removed")
                for name in others + [table.name] { try change.empty(name) }
            case .stops, .stopsAtOnce:
                guard isAccepting else { throw damaged(what) }
                tell(what + ": they are accepted as they are")
                for values in found.altered { try change.remove(table, values) }
                change.book.sums[table.name] = found.authentic
            }
        }
    }

    private func tell(_ what: String) {
        guard told.count < Self.toldMax, told.insert(what).inserted else { return }
        report(VaultError(code: .notAuthentic, detail: what))
    }

    private func damaged(_ what: String) -> VaultError {
        guard let anchor else { return VaultError(code: .damaged, detail: what) }
        return VaultError(
            code: .damaged,
            detail:
                "\(what): put back the database of the newest backup, or remove \(anchor.path) to accept what is there")
    }

    private func isOlder() -> VaultError {
        damaged("the database of \(name) is older than it was")
    }

    // MARK: The book

    private func load(_ connection: any SQLConnection) throws -> RowBook? {
        var found: RowBook?
        try connection.query("SELECT sealed FROM row_books WHERE name = $1", [.text(name)]) { row in
            let plain = ByteWriter(capacity: 512)
            do {
                let sealer = try Sealer()
                try context.withUnsafeBytes {
                    try sealer.open(row.blob(0), key: keys.sealing, context: $0, into: plain)
                }
            } catch {
                throw VaultError(code: .damaged, detail: "the book of \(name) was altered", cause: error)
            }
            guard let book = RowBook(plain.bytes) else { throw damaged("the book of \(name) is malformed") }
            found = book
            return false
        }
        return found
    }

    private func save(_ book: RowBook, _ connection: any SQLConnection) throws {
        let sealed = ByteWriter(capacity: 512)
        let sealer = try Sealer()
        try book.bytes().withUnsafeBytes { plain in
            try context.withUnsafeBytes { try sealer.seal(plain, key: keys.sealing, context: $0, into: sealed) }
        }
        try connection.execute(
            """
            INSERT INTO row_books (name, sealed) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed
            """,
            [.text(name), .bytes(sealed.bytes)])
    }

    private var context: [UInt8] { Array("book of rows \(name)".utf8) }
}

extension MarkedRows.Keys {
    func mark(_ table: MarkedTable, _ values: [SQLValue]) throws(VaultError) -> [UInt8] {
        try MessageAuthentication.sha256(table.markedBytes(values), key: marking)
    }

    func isMark(_ mark: [UInt8], of values: [SQLValue], _ table: MarkedTable) throws(VaultError) -> Bool {
        SecretBytes.equal(mark, try self.mark(table, values))
    }

    func verify(_ row: any SQLRow, _ table: MarkedTable) throws(VaultError) {
        let values = table.values(row)
        guard try isMark(table.mark(row), of: values, table) else {
            throw VaultError(
                code: .notAuthentic, detail: "the row \(table.rowName(values)) was altered or put there from outside")
        }
    }
}

/// What the rows of a table are.
struct RowComparison {
    /// Over all marks that are there.
    private(set) var all = MarkSum()
    /// Over those of rows that are what the program wrote.
    private(set) var authentic = MarkSum()
    /// The others, at most `alteredMax` of them.
    private(set) var altered: [[SQLValue]] = []

    private static let alteredMax = 1_000

    /// The sum over the marks that are there, whatever they are worth.
    static func marks(
        of table: MarkedTable, _ keys: MarkedRows.Keys, _ connection: any SQLConnection
    ) throws -> MarkSum {
        var sum = MarkSum()
        try connection.query("SELECT \(MarkedTable.markColumn) FROM \(table.name)", []) { row in
            sum.add(Array(row.blob(0)), keys.summing)
            return true
        }
        return sum
    }

    init(_ table: MarkedTable, _ keys: MarkedRows.Keys, _ connection: any SQLConnection) throws {
        try connection.query("SELECT \(table.selection) FROM \(table.name)", []) { row in
            let values = table.values(row)
            let mark = table.mark(row)
            all.add(mark, keys.summing)
            if try keys.isMark(mark, of: values, table) {
                authentic.add(mark, keys.summing)
            } else if altered.count < Self.alteredMax {
                altered.append(values)
            }
            return true
        }
    }
}
