internal import Base
internal import SQLDatabase

/// All that the tables have of a job, still sealed.
struct FactsRow {
    var row: JobRow
    var created: Instant
    var started: Instant?
    var ended: Instant?
    var worker: String?
    var progress: (done: UInt64, total: UInt64?)?
    var sealed: [UInt8]
    var outcome: [UInt8]?
    var note: [UInt8]?

    /// - Parameter condition: what follows `WHERE`; the jobs' rows are called `r`.
    static func all(
        _ condition: String, _ values: [SQLValue], on connection: any SQLConnection
    ) throws -> [FactsRow] {
        let columns = JobRow.columns.split(separator: ",").map { "r." + $0.drop { $0 == " " || $0 == "\n" } }
        let first = columns.count
        var rows: [FactsRow] = []
        try connection.query(
            """
            SELECT \(columns.joined(separator: ", ")), r.created_at, r.started_at, r.ended_at, r.worker,
              r.progress_done, r.progress_total, c.sealed, c.outcome, c.note
              FROM job_rows r JOIN job_contents c ON c.job_no = r.job_no WHERE \(condition)
            """, values
        ) { row in
            func instant(_ column: Int) -> Instant? {
                row.isNull(column) ? nil : Instant(microseconds: row.integer(column))
            }
            func bytes(_ column: Int) -> [UInt8]? { row.isNull(column) ? nil : Array(row.blob(column)) }
            func count(_ column: Int) -> UInt64? {
                row.isNull(column) ? nil : UInt64(clamping: row.integer(column))
            }
            rows.append(
                FactsRow(
                    row: try JobRow(row), created: Instant(microseconds: row.integer(first)),
                    started: instant(first + 1), ended: instant(first + 2),
                    worker: row.isNull(first + 3) ? nil : row.text(first + 3),
                    progress: count(first + 4).map { ($0, count(first + 5)) }, sealed: Array(row.blob(first + 6)),
                    outcome: bytes(first + 7), note: bytes(first + 8)))
            return true
        }
        return rows
    }
}
