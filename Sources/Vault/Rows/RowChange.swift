internal import Base
package import SQLDatabase

/// A transaction that changes rows of marked tables; not to be kept after it. Other statements go through it too, but none
/// that changes marked rows.
package final class RowChange: SQLConnection {
    let connection: any SQLConnection
    var book: RowBook
    private(set) var isAnchored = false
    private let keys: MarkedRows.Keys

    init(_ connection: any SQLConnection, _ keys: MarkedRows.Keys, _ book: RowBook) {
        self.connection = connection
        self.keys = keys
        self.book = book
    }

    package func execute(_ sql: String, _ values: [SQLValue]) throws {
        try connection.execute(sql, values)
    }

    package func query(_ sql: String, _ values: [SQLValue], row: (any SQLRow) throws -> Bool) throws {
        try connection.query(sql, values, row: row)
    }

    /// Has the anchor follow this change: an older copy of the file is then told from the newest.
    package func anchor() {
        isAnchored = true
    }

    /// Adds a row.
    /// - Parameter values: of all columns in the table's order.
    package func insert(_ table: MarkedTable, _ values: [SQLValue]) throws {
        let mark = try keys.mark(table, values)
        try connection.execute(table.insertion, values + [.blob(mark)])
        book.sums[table.name, default: MarkSum()].add(mark, keys.summing)
        noteLasting(table)
    }

    /// Deletes rows.
    /// - Parameters:
    ///   - condition: what stands behind `WHERE`.
    ///   - values: its parameters.
    /// - Returns: how many there were.
    @discardableResult
    package func delete(_ table: MarkedTable, where condition: String, _ values: [SQLValue]) throws -> Int {
        var marks: [[UInt8]] = []
        let sql = "DELETE FROM \(table.name) WHERE \(condition) RETURNING \(MarkedTable.markColumn)"
        try connection.query(sql, values) { row in
            marks.append(Array(row.blob(0)))
            return true
        }
        for mark in marks { book.sums[table.name, default: MarkSum()].remove(mark, keys.summing) }
        if !marks.isEmpty { noteLasting(table) }
        return marks.count
    }

    /// Changes rows.
    /// - Parameters:
    ///   - condition: what stands behind `WHERE`.
    ///   - values: its parameters.
    ///   - passesOverAltered: whether rows that are not what the program wrote stay as they are.
    /// - Returns: how many there were.
    /// - Throws: `VaultError.notAuthentic` if one is not what the program wrote; nothing must be kept of the transaction.
    @discardableResult
    package func update(
        _ table: MarkedTable, where condition: String, _ values: [SQLValue], passesOverAltered: Bool = false,
        _ body: (inout MarkedRow) throws -> Void
    ) throws -> Int {
        var rows: [(row: MarkedRow, mark: [UInt8])] = []
        try connection.query("SELECT \(table.selection) FROM \(table.name) WHERE \(condition)", values) { row in
            let found = MarkedRow(table: table, values: table.values(row))
            if try !keys.isMark(table.mark(row), of: found.values, table) {
                if passesOverAltered { return true }
                try keys.verify(row, table)
            }
            rows.append((found, table.mark(row)))
            return true
        }
        for (row, mark) in rows {
            var changed = row
            try body(&changed)
            let newMark = try keys.mark(table, changed.values)
            guard newMark != mark else { continue }
            let count = table.keyCount
            if table.markedBytes(Array(row.values.prefix(count)))
                == table.markedBytes(Array(changed.values.prefix(count)))
            {
                try connection.execute(
                    table.replacement,
                    Array(changed.values.dropFirst(count)) + [.blob(newMark)] + Array(row.values.prefix(count)))
            } else {
                try connection.execute(
                    "DELETE FROM \(table.name) WHERE \(table.keyCondition(from: 1))", Array(row.values.prefix(count)))
                try connection.execute(table.insertion, changed.values + [.blob(newMark)])
            }
            book.sums[table.name, default: MarkSum()].remove(mark, keys.summing)
            book.sums[table.name, default: MarkSum()].add(newMark, keys.summing)
            noteLasting(table)
        }
        return rows.count
    }

    private func noteLasting(_ table: MarkedTable) {
        if case .empties = table.loss { return }
        isAnchored = true
    }

    // MARK: For the book's owner

    /// Removes a row that the book does not know of.
    func remove(_ table: MarkedTable, _ values: [SQLValue]) throws {
        try connection.execute(
            "DELETE FROM \(table.name) WHERE \(table.keyCondition(from: 1))", Array(values.prefix(table.keyCount)))
    }

    func empty(_ name: String) throws {
        try connection.execute("DELETE FROM \(name)")
        book.sums[name] = nil
    }

    /// Marks all rows as they are.
    func adopt(_ table: MarkedTable) throws {
        var rows: [[SQLValue]] = []
        try connection.query("SELECT \(table.selection) FROM \(table.name)", []) { row in
            rows.append(table.values(row))
            return true
        }
        var sum = MarkSum()
        for values in rows {
            let mark = try keys.mark(table, values)
            try connection.execute(
                table.replacement,
                Array(values.dropFirst(table.keyCount)) + [.blob(mark)] + Array(values.prefix(table.keyCount)))
            sum.add(mark, keys.summing)
        }
        book.sums[table.name] = sum
    }
}
