internal import Base
internal import SQLDatabase

/// A job as its row has it.
struct JobRow {
    var number: Int64
    var nonce: UInt64
    var tenantID: Int64
    var queue: String
    var core: JobCore
    var groupHash: [UInt8]?

    static let columns = """
        job_no, nonce, tenant_id, queue, state, priority, visible_at, attempts, attempts_max, losses, fence, beat,
          cancel_asked, group_hash
        """

    /// - Throws: `JobsError.damaged`.
    init(_ row: any SQLRow) throws {
        guard let state = JobCore.State(rawValue: row.integer(4)) else {
            throw JobsError(.damaged, "a job has a state that this program does not know")
        }
        number = row.integer(0)
        nonce = UInt64(bitPattern: row.integer(1))
        tenantID = row.integer(2)
        queue = row.text(3)
        core = JobCore(
            state: state, priority: Int(clamping: row.integer(5)),
            visibleAt: QueueTime(microseconds: row.integer(6)), attempts: Int(clamping: row.integer(7)),
            attemptsMax: Int(clamping: row.integer(8)), losses: Int(clamping: row.integer(9)), fence: row.integer(10),
            beat: row.integer(11), isCancelRequested: row.integer(12) != 0)
        groupHash = row.isNull(13) ? nil : Array(row.blob(13))
    }

    /// The job with a number and nonce.
    static func find(_ number: Int64, nonce: UInt64, on connection: any SQLConnection) throws -> JobRow? {
        var found: JobRow?
        try connection.query("SELECT \(columns) FROM job_rows WHERE job_no = $1", [.integer(number)]) { row in
            found = try JobRow(row)
            return false
        }
        return found?.nonce == nonce ? found : nil
    }

    /// All rows that a query finds; its columns begin with `columns`.
    static func all(
        _ sql: String, _ values: [SQLValue], on connection: any SQLConnection
    ) throws -> [JobRow] {
        var rows: [JobRow] = []
        try connection.query(sql, values) { row in
            rows.append(try JobRow(row))
            return true
        }
        return rows
    }

    /// Whether the job's group is paused.
    func isGroupPaused(on connection: any SQLConnection) throws -> Bool {
        guard let groupHash else { return false }
        return try Self.isPaused(groupHash, tenantID: tenantID, on: connection)
    }

    static func isPaused(_ hash: [UInt8], tenantID: Int64, on connection: any SQLConnection) throws -> Bool {
        var isPaused = false
        let sql = "SELECT 1 FROM job_pauses WHERE tenant_id = $1 AND group_hash = $2"
        try connection.query(sql, [.integer(tenantID), .blob(hash)]) { _ in
            isPaused = true
            return false
        }
        return isPaused
    }

    // MARK: Changes

    /// Writes a job that became another one, but for a claim. One that ends lets its unique key go.
    func store(
        _ core: JobCore, rules: JobRules, wall: Instant, on connection: any SQLConnection
    ) throws {
        guard core.state.isLive else {
            try connection.execute(
                """
                UPDATE job_rows SET state = $1, attempts = $2, losses = $3, cancel_asked = $4, ended_at = $5,
                  unique_hash = NULL WHERE job_no = $6
                """,
                [
                    .integer(core.state.rawValue), .integer(Int64(core.attempts)), .integer(Int64(core.losses)),
                    .integer(core.isCancelRequested ? 1 : 0), .integer(wall.microseconds), .integer(number),
                ])
            return
        }
        try connection.execute(
            """
            UPDATE job_rows SET state = $1, rank = $2, visible_at = $3, attempts = $4, losses = $5, cancel_asked = $6,
              ended_at = NULL WHERE job_no = $7
            """,
            [
                .integer(core.state.rawValue), .integer(core.rank(agingMicroseconds: rules.agingMicroseconds)),
                .integer(core.visibleAt.microseconds), .integer(Int64(core.attempts)), .integer(Int64(core.losses)),
                .integer(core.isCancelRequested ? 1 : 0), .integer(number),
            ])
    }

    /// Writes a change between two live states in which the job waits.
    func store(state: JobCore.State, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE job_rows SET state = $1 WHERE job_no = $2", [.integer(state.rawValue), .integer(number)])
    }

    /// Writes a claim.
    func store(
        claimed core: JobCore, leaseMilliseconds: Int64, worker: String, wall: Instant,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE job_rows SET state = $1, attempts = $2, fence = $3, beat = $4, lease_ms = $5, worker = $6,
              started_at = $7 WHERE job_no = $8
            """,
            [
                .integer(core.state.rawValue), .integer(Int64(core.attempts)), .integer(core.fence),
                .integer(core.beat), .integer(leaseMilliseconds), .text(worker), .integer(wall.microseconds),
                .integer(number),
            ])
    }

    /// Writes a heartbeat.
    func store(beat core: JobCore, progress: JobProgress?, on connection: any SQLConnection) throws {
        guard let progress else {
            try connection.execute(
                "UPDATE job_rows SET beat = $1 WHERE job_no = $2", [.integer(core.beat), .integer(number)])
            return
        }
        try connection.execute(
            "UPDATE job_rows SET beat = $1, progress_done = $2, progress_total = $3 WHERE job_no = $4",
            [
                .integer(core.beat), .integer(Int64(clamping: progress.done)),
                progress.total.map { .integer(Int64(clamping: $0)) } ?? .null, .integer(number),
            ])
    }
}
