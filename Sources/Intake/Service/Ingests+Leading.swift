internal import Access
internal import Base
internal import Jobs
internal import RecordStore
internal import SQLDatabase

/// The leader: looks into sources, gives their parts to the queue, and finishes.
extension Ingests {
    /// What a job's payload names.
    static func target(_ job: ClaimedJob) throws -> (id: IngestID, numbers: [Int]) {
        let words = String(decoding: job.payload, as: UTF8.self).split(separator: " ")
        guard let first = words.first, let id = IngestID(String(first)) else {
            throw IntakeError(.damaged, "a job names no ingest")
        }
        return (id, words.dropFirst().compactMap { Int($0) })
    }

    // MARK: Looking

    /// Looks into a source and cuts it.
    func look(_ context: JobContext) throws -> JobOutcome {
        let (id, _) = try Self.target(context.job)
        let row: IngestRow
        do {
            row = try database.read { try self.row(id, $0) }
        } catch let error as IntakeError where error.code == .notFound {
            return .done(result: nil)
        }
        guard row.state == .waiting else { return .done(result: nil) }
        let plan: IngestPlan
        do {
            try ports.record(event(.began, row), row.tenant)
            let contents = try ports.contents(row.source, row.tenant)
            plan = try IngestPlan(contents, options: options.plan) { context.isCancelled || context.isDraining }
        } catch {
            return try notLooked(row, error, context)
        }
        context.finishing { [self] connection in
            var row = try self.row(id, connection)
            guard row.state == .waiting else { return }
            let seal = try seal(row.tenant)
            // What an attempt before cut, whose source was put back, is cut anew.
            try connection.execute("DELETE FROM ingest_parts WHERE ingest = $1", [.text(id.description)])
            for (number, part) in plan.parts.enumerated() {
                try PartRow.insert(part, number: number, of: id, connection, seal)
            }
            row.state = .running
            row.started = row.started ?? clock.now()
            row.parts = plan.parts.count
            row.bytesTotal = plan.byteCount
            row.problem = nil
            try row.update(connection, seal)
            try pump(row, connection)
        }
        pulse.call()
        return .done(result: nil)
    }

    private func notLooked(_ row: IngestRow, _ error: any Error, _ context: JobContext) throws -> JobOutcome {
        if context.isCancelled || context.isDraining { return .again(notBefore: nil) }
        ports.report(error)
        guard context.job.attempt >= options.attemptsMax else {
            return .failed(reason: Self.words(error), isFinal: false)
        }
        context.finishing { [self] connection in
            var row = try self.row(row.id, connection)
            guard row.state == .waiting else { return }
            row.state = .failed
            row.ended = clock.now()
            row.problem = Self.words(error)
            try row.update(connection, seal(row.tenant))
        }
        pulse.call()
        return .done(result: nil)
    }

    // MARK: Parts

    /// Gives the next parts to the queue: those of a phase once all before it are done, and the end once no part is left.
    func pump(_ row: IngestRow, _ connection: any SQLConnection) throws {
        guard row.state == .running else { return }
        let id = SQLValue.text(row.id.description)
        var phase: Int64?
        try connection.query(
            "SELECT phase FROM ingest_parts WHERE ingest = $1 AND state IN (0, 1) ORDER BY phase LIMIT 1", [id]
        ) { row in
            phase = row.integer(0)
            return false
        }
        guard let phase else {
            _ = try queue.enqueue([job(Self.finishQueue, row, payload: "\(row.id)")], on: connection)
            return
        }
        var queued = 0
        try connection.query("SELECT COUNT(*) FROM ingest_parts WHERE ingest = $1 AND state = 1", [id]) { row in
            queued = Int(row.integer(0))
            return false
        }
        guard queued < Self.windowParts else { return }
        var parts: [(number: Int, queued: Int)] = []
        try connection.query(
            """
            SELECT number, queued FROM ingest_parts WHERE ingest = $1 AND state = 0 AND phase = $2 ORDER BY number \
            LIMIT \(Self.windowParts - queued)
            """, [id, .integer(phase)]
        ) { row in
            parts.append((Int(row.integer(0)), Int(row.integer(1)) + 1))
            return true
        }
        for part in parts {
            try connection.execute(
                "UPDATE ingest_parts SET state = 1, queued = $1 WHERE ingest = $2 AND number = $3",
                [.integer(Int64(part.queued)), id, .integer(Int64(part.number))])
        }
        let jobs = parts.map { part in
            job(Self.partQueue, row, payload: PartRow.payload(row.id, part.number, queued: part.queued))
        }
        if !jobs.isEmpty { _ = try queue.enqueue(jobs, on: connection) }
    }

    // MARK: The end

    /// Resolves what waited for all parts, and ends the ingest.
    func finish(_ context: JobContext) throws -> JobOutcome {
        let (id, _) = try Self.target(context.job)
        let row = try database.read { try self.row(id, $0) }
        guard row.state == .running else { return .done(result: nil) }
        let left: [UnresolvedReference]
        do {
            let scope = AccessScope(tenant: row.tenant, actor: "ingest/\(id)")
            left = try ReferenceRepair(store: store, scope: scope).run(awaiting(row))
        } catch {
            ports.report(error)
            // Nothing of the ingest is lost by waiting: it is tried again for as long as it takes.
            return .again(notBefore: clock.now().advanced(bySeconds: options.fullDiskSeconds))
        }
        context.finishing { [self] connection in
            var row = try self.row(id, connection)
            guard row.state == .running else { return }
            let seal = try seal(row.tenant)
            row.totals.unresolved = left.count
            row.state =
                row.partsFailed > 0 ? .failed : row.totals.rejected > 0 ? .finishedWithRejects : .finished
            row.problem = row.partsFailed > 0 ? "\(row.partsFailed) of \(row.parts) parts failed" : nil
            row.ended = clock.now()
            try row.update(connection, seal)
            let list = UnresolvedList.encoded(Array(left.prefix(10_000)))
            try connection.execute(
                "UPDATE ingest_runs SET unresolved = $1 WHERE id = $2",
                [.blob(try seal.seal(list, place: IngestRow.place(id, "unresolved"))), .text(id.description)])
        }
        pulse.call()
        return .done(result: nil)
    }

    /// The versions with references that wait, of all parts, in the order of the log.
    private func awaiting(_ row: IngestRow) throws -> [UInt64] {
        var all: [UInt64] = []
        try forEachReport(row) { _, report in all += report.awaiting }
        all.sort()
        var last: UInt64?
        return all.filter { sequence in
            defer { last = sequence }
            return sequence != last
        }
    }

    /// Hands out the reports of the parts that are done, in their order.
    func forEachReport(_ row: IngestRow, _ body: (Int, PartReport) throws -> Void) throws {
        let seal = try seal(row.tenant)
        try database.read { connection in
            try connection.query(
                "SELECT number, report FROM ingest_parts WHERE ingest = $1 AND report IS NOT NULL ORDER BY number",
                [.text(row.id.description)]
            ) { part in
                let number = Int(part.integer(0))
                let report = try seal.open(part.blob(1), place: PartRow.place(row.id, number, "report"))
                try body(number, PartReport(bytes: report))
                return true
            }
        }
    }

    func event(_ kind: IngestEvent.Kind, _ row: IngestRow) -> IngestEvent {
        IngestEvent(kind: kind, ingest: row.id, owner: row.owner, source: row.source.kind)
    }

    /// An error for people who look at the ingest: what this target and the store say holds no patient's data.
    static func words(_ error: any Error) -> String {
        switch error {
        case let error as IntakeError: error.detail
        case let error as StoreError: error.detail
        case let error as SQLError: error.detail
        default: "the server failed: \(type(of: error))"
        }
    }
}
