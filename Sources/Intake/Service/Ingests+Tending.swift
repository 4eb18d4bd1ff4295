internal import Access
internal import Base
internal import Glibc
internal import Jobs
internal import SQLDatabase
internal import Synchronization

/// What is done from time to time.
extension Ingests {
    private static let beatsPerSecond = 1000 / beatMilliseconds
    private static let recoverySeconds = 60
    /// Until a source that could not be put away is tried again.
    private static let settleNanoseconds: UInt64 = 60_000_000_000

    /// One beat of the pulse; `tick` counts them.
    func beat(_ tick: Int) {
        live.heed()
        let isSecond = tick.isMultiple(of: Self.beatsPerSecond)
        attempt {
            let ended = try unsettled()
            for row in ended { try settle(row) }
            if isSecond || !ended.isEmpty { try measure() }
        }
        watchers.call()
        if tick > 0, tick.isMultiple(of: Self.beatsPerSecond * Self.recoverySeconds) {
            attempt {
                try recover()
                try prune()
            }
        }
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            ports.report(error)
        }
    }

    private func rows(_ condition: String) throws -> [IngestRow] {
        var rows: [IngestRow] = []
        try database.read { connection in
            try connection.query(
                "SELECT \(IngestRow.columns) FROM ingest_runs WHERE \(condition) ORDER BY serial", []
            ) { row in
                rows.append(try IngestRow(row, seal: seal))
                return true
            }
        }
        return rows
    }

    // MARK: Work that was left

    /// Sees to it that everything that is to go on has its job; jobs that are live already are joined.
    func recover() throws {
        for row in try rows("state IN (\(IngestState.waiting.number), \(IngestState.running.number))") {
            try database.write { connection in
                let row = try self.row(row.id, connection)
                switch row.state {
                case .waiting: try enqueueLook(row, connection)
                case .running:
                    try requeue(row, connection)
                    try pump(row, connection)
                default: break
                }
            }
        }
    }

    private func requeue(_ row: IngestRow, _ connection: any SQLConnection) throws {
        var payloads: [String] = []
        try connection.query(
            "SELECT number, queued FROM ingest_parts WHERE ingest = $1 AND state = 1", [.text(row.id.description)]
        ) { part in
            payloads.append(PartRow.payload(row.id, Int(part.integer(0)), queued: Int(part.integer(1))))
            return true
        }
        let jobs = payloads.map { job(Self.partQueue, row, payload: $0) }
        if !jobs.isEmpty { _ = try queue.enqueue(jobs, on: connection) }
    }

    // MARK: Ends

    private func unsettled() throws -> [IngestRow] {
        let over = IngestState.allCases.filter { !$0.isLive }.map { String($0.number) }.joined(separator: ", ")
        return try rows("state IN (\(over)) AND settled = 0")
    }

    /// Tells the audit trail and the source how an ingest ended.
    private func settle(_ row: IngestRow) throws {
        // What still runs needs the source.
        guard !live.ingests.contains(row.id) else { return }
        let now = monotonicNanoseconds()
        guard unsettledUntil.withLock({ $0[row.id] ?? 0 }) <= now else { return }
        do {
            try ports.settle(facts(row), row.totals)
            try ports.record(event(.ended(row.state, row.totals), row), row.tenant)
            unsettledUntil.withLock { _ = $0.removeValue(forKey: row.id) }
        } catch {
            ports.report(error)
            unsettledUntil.withLock { $0[row.id] = now + Self.settleNanoseconds }
            return
        }
        try database.write { connection in
            var now = try self.row(row.id, connection)
            guard now.state == row.state else { return }
            now.isSettled = true
            try now.update(connection, seal(row.tenant))
        }
    }

    /// Forgets ingests that ended long ago, with their rejects.
    private func prune() throws {
        let before = clock.now().advanced(bySeconds: -options.keptSeconds).microseconds
        let over = IngestState.allCases.filter { !$0.isLive }.map { String($0.number) }.joined(separator: ", ")
        for row in try rows("state IN (\(over)) AND settled = 1 AND ended < \(before)") {
            var files: [String] = []
            try database.write { connection in
                files = []
                let id = SQLValue.text(row.id.description)
                try connection.query(
                    "SELECT \(PartRow.columns) FROM ingest_parts WHERE ingest = $1 AND rejects IS NOT NULL", [id]
                ) { found in
                    let part = try PartRow(found)
                    guard let attempt = part.rejects?.attempt else { return true }
                    files.append(try rejects(row, part: part.number, attempt: attempt).path)
                    return true
                }
                try connection.execute("DELETE FROM ingest_parts WHERE ingest = $1", [id])
                try connection.execute("DELETE FROM ingest_runs WHERE id = $1", [id])
            }
            for file in files { unlink(file) }
        }
    }

    // MARK: Pace

    private func measure() throws {
        let running = live.ingests
        paces.keep(running)
        for id in running {
            let row = try database.read { try self.row(id, $0) }
            let now = facts(row).progress
            paces.note(id, resources: now.resources, bytes: now.bytesDone, at: monotonicNanoseconds())
        }
    }
}
