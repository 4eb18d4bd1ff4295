internal import Base
package import SQLDatabase

/// A table each row of which carries a mark in its last column: a keyed hash over all the others, so that a row that was
/// altered, moved, or put there without the key is told from those that the program wrote.
package struct MarkedTable: Sendable {
    /// The type of a column, which the database enforces.
    package enum Kind: Sendable {
        case integer, text, bytes
    }

    /// A column that the mark covers.
    package struct Column: Sendable {
        let name: String
        let kind: Kind

        package static func integer(_ name: String) -> Column { Column(name: name, kind: .integer) }
        package static func text(_ name: String) -> Column { Column(name: name, kind: .text) }
        package static func bytes(_ name: String) -> Column { Column(name: name, kind: .bytes) }
    }

    /// What follows where rows are missing, or are as they once were.
    package enum Loss: Sendable {
        /// Nothing goes on until the operator looked at it.
        case stops
        /// As `stops`, and a single row that was altered does so too: what it decides would be decided by its absence.
        case stopsAtOnce
        /// All rows go, with those of the tables named: what they stand for has to be begun anew.
        case empties([String])
    }

    package let name: String
    let columns: [Column]
    let keyCount: Int
    let loss: Loss

    /// The column with the mark; empty or null in rows of nobody.
    package static let markColumn = "mark"

    /// - Parameters:
    ///   - key: the columns of the primary key, first.
    ///   - columns: all others but the mark.
    package init(_ name: String, key: [Column], _ columns: [Column], loss: Loss) {
        self.name = name
        self.columns = key + columns
        self.loss = loss
        keyCount = key.count
    }

    /// What a `SELECT` must ask for, in this order, for a row to be verified: the columns and the mark.
    package var selection: String { columns.map { $0.name + ", " }.joined() + Self.markColumn }

    var insertion: String {
        let places = (1...columns.count + 1).map { "$\($0)" }.joined(separator: ", ")
        return "INSERT INTO \(name) (\(selection)) VALUES (\(places))"
    }

    /// Takes the columns but the key, the mark, then the key.
    var replacement: String {
        let others = columns.dropFirst(keyCount).map(\.name) + [Self.markColumn]
        let sets = others.enumerated().map { "\($1) = $\($0 + 1)" }.joined(separator: ", ")
        return "UPDATE \(name) SET \(sets) WHERE \(keyCondition(from: others.count + 1))"
    }

    func keyCondition(from first: Int) -> String {
        columns.prefix(keyCount).enumerated().map { "\($1.name) = $\(first + $0)" }.joined(separator: " AND ")
    }

    /// The values of a row that was asked for by `selection`.
    func values(_ row: any SQLRow) -> [SQLValue] {
        columns.enumerated().map { index, column in
            if row.isNull(index) { return .null }
            return switch column.kind {
            case .integer: .integer(row.integer(index))
            // All bytes of it: what follows a zero byte counts too.
            case .text: .text(String(decoding: row.blob(index), as: UTF8.self))
            case .bytes: .blob(Array(row.blob(index)))
            }
        }
    }

    func mark(_ row: any SQLRow) -> [UInt8] { Array(row.blob(columns.count)) }

    /// What the mark is a hash of: each value with its type and length, so that no two rows have the same.
    func markedBytes(_ values: [SQLValue]) -> [UInt8] {
        let writer = ByteWriter(capacity: 512)
        write(name, to: writer)
        for value in values {
            switch value {
            case .null: writer.write(UInt8(0))
            case .integer(let number):
                writer.write(UInt8(1))
                writer.writeLittleEndian(number)
            case .text(let text):
                writer.write(UInt8(2))
                write(text, to: writer)
            case .blob(let bytes):
                writer.write(UInt8(3))
                writer.writeVarint(UInt64(bytes.count))
                bytes.withUnsafeBytes { writer.write($0) }
            case .bytes(let bytes):
                writer.write(UInt8(3))
                writer.writeVarint(UInt64(bytes.count))
                writer.write(bytes)
            }
        }
        return writer.copy()
    }

    private func write(_ text: String, to writer: ByteWriter) {
        writer.writeVarint(UInt64(text.utf8.count))
        writer.write(text)
    }

    /// A row as the log names it: table and key, of bytes the first four.
    func rowName(_ values: [SQLValue]) -> String {
        values.prefix(keyCount).reduce(name) { name, value in
            switch value {
            case .null: name + " -"
            case .integer(let number): name + " \(number)"
            case .text(let text): name + " " + text.filter { $0.isASCII && !$0.isWhitespace }.prefix(64)
            case .blob(let bytes): name + " " + Self.hexadecimal(bytes.prefix(4))
            case .bytes(let bytes): name + " " + Self.hexadecimal(bytes.prefix(4))
            }
        }
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}

/// One row of a marked table, by the names of its columns.
package struct MarkedRow {
    let table: MarkedTable
    /// Of all columns in the table's order.
    package var values: [SQLValue]

    /// The value of a column; null where the table has no such column, and none is set then.
    package subscript(_ column: String) -> SQLValue {
        get { table.columns.firstIndex { $0.name == column }.map { values[$0] } ?? .null }
        set {
            guard let index = table.columns.firstIndex(where: { $0.name == column }) else { return }
            values[index] = newValue
        }
    }
}
