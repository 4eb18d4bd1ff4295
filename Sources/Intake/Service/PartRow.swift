internal import Base
internal import SQLDatabase

/// A row of `ingest_parts`, without its report.
struct PartRow {
    enum State: Int64 {
        case waiting = 0
        /// Given to the queue.
        case queued = 1
        case done = 2
        case failed = 3
    }

    var number: Int
    var state: State
    var byteCount: UInt64
    /// How often it was given to the queue.
    var queued: Int
    /// How often it was begun.
    var starts: Int
    /// The log's end before it was begun first.
    var floor: UInt64?
    var rejected: Int
    /// The attempt whose rejects count, and their bytes.
    var rejects: (attempt: Int, byteCount: UInt64)?
    /// Sealed.
    var plan: [UInt8]

    static let columns = "number, state, total_bytes, queued, starts, floor, rejected, rejects, plan"

    init(_ row: any SQLRow) throws {
        guard let state = State(rawValue: row.integer(1)) else { throw IngestRow.damaged }
        number = Int(row.integer(0))
        self.state = state
        byteCount = UInt64(clamping: row.integer(2))
        queued = Int(row.integer(3))
        starts = Int(row.integer(4))
        floor = row.isNull(5) ? nil : UInt64(clamping: row.integer(5))
        rejected = Int(row.integer(6))
        if !row.isNull(7) {
            let numbers = row.text(7).split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count == 2 else { throw IngestRow.damaged }
            rejects = (Int(clamping: numbers[0]), numbers[1])
        }
        plan = Array(row.blob(8))
    }

    /// Which place of the tables something is sealed for.
    static func place(_ id: IngestID, _ number: Int, _ column: String) -> String {
        "ingest_parts.\(column)/\(id)/\(number)"
    }

    /// How the attempt and the bytes of rejects stand in the row.
    static func text(attempt: Int, byteCount: UInt64) -> String { "\(attempt) \(byteCount)" }

    static func insert(
        _ part: IngestPart, number: Int, of id: IngestID, _ connection: any SQLConnection, _ seal: IngestSeal
    ) throws {
        try connection.execute(
            """
            INSERT INTO ingest_parts (ingest, number, phase, state, total_bytes, queued, starts, rejected, plan) \
            VALUES ($1, $2, $3, 0, $4, 0, 0, 0, $5)
            """,
            [
                .text(id.description), .integer(Int64(number)), .integer(Int64(part.phase)),
                .integer(Int64(clamping: part.byteCount)),
                .blob(try seal.seal(part.encoded(), place: place(id, number, "plan"))),
            ])
    }

    static func setWaiting(_ id: IngestID, _ number: Int, _ connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE ingest_parts SET state = 0 WHERE ingest = $1 AND number = $2",
            [.text(id.description), .integer(Int64(number))])
    }

    /// What names the job of a part that was given to the queue for the `queued`th time.
    static func payload(_ id: IngestID, _ number: Int, queued: Int) -> String { "\(id) \(number) \(queued)" }
}
