internal import Access
internal import Base
internal import Glibc
internal import Jobs
internal import RecordStore
internal import SQLDatabase

/// The workers: each reads, checks, resolves, seals and commits a part.
extension Ingests {
    /// Does a part.
    func work(_ context: JobContext) throws -> JobOutcome {
        let (id, numbers) = try Self.target(context.job)
        guard numbers.count == 2, let number = numbers.first, let queued = numbers.last else {
            throw IntakeError(.damaged, "a job names no part")
        }
        guard let begun = try begin(number, of: id, queued: queued) else { return .done(result: nil) }
        switch begun {
        case .ready(let row, let part): return try run(row, part, context)
        case .notNow:
            context.finishing { [self] in try putBack(number, of: id, $0) }
            return .done(result: nil)
        case .poison(let row):
            let reason =
                "the part was begun \(options.startsMax) times and never ended: something in it ends the process"
            return fail(row, number, reason, context)
        }
    }

    private enum Beginning {
        case ready(IngestRow, PartRow)
        /// The ingest is paused or over.
        case notNow
        case poison(IngestRow)
    }

    /// Counts one more start of a part, and notes where the log ends before the first. `nil` where nothing is to be done.
    private func begin(_ number: Int, of id: IngestID, queued: Int) throws -> Beginning? {
        let tenant: TenantName
        do {
            tenant = try database.read { try row(id, $0).tenant }
        } catch let error as IntakeError where error.code == .notFound {
            return nil
        }
        let end = try store.now(AccessScope(tenant: tenant, actor: "ingest/\(id)")).sequence
        return try database.write { connection in
            let row = try row(id, connection)
            guard var part = try part(number, of: id, connection), part.state == .queued, part.queued == queued
            else { return nil }
            guard row.state == .running else { return .notNow }
            guard part.starts < options.startsMax else { return .poison(row) }
            part.starts += 1
            part.floor = part.floor ?? end
            try connection.execute(
                "UPDATE ingest_parts SET starts = $1, floor = $2 WHERE ingest = $3 AND number = $4",
                [
                    .integer(Int64(part.starts)), .integer(Int64(clamping: part.floor ?? end)),
                    .text(id.description), .integer(Int64(number)),
                ])
            return .ready(row, part)
        }
    }

    private func run(_ row: IngestRow, _ part: PartRow, _ context: JobContext) throws -> JobOutcome {
        let seal = try seal(row.tenant)
        let plan = try part.plan.withUnsafeBytes {
            try seal.open($0, place: PartRow.place(row.id, part.number, "plan"))
        }
        guard let piece = plan.withUnsafeBytes({ IngestPart(bytes: $0) }) else { throw IngestRow.damaged }
        // What attempts that were killed left behind.
        for attempt in 1..<part.starts { unlink(try rejects(row, part: part.number, attempt: attempt).path) }
        let writer = try SealedRejectsWriter(rejects(row, part: part.number, attempt: part.starts))
        let run: IngestRun
        let report: PartReport
        do {
            run = try makeRun(row, part, piece, writer)
            live.add(run, row.id, part.number, context)
            defer { live.remove(row.id, part.number) }
            // It may have been paused or cancelled between its start and now.
            if try database.read({ try self.row(row.id, $0).state }) != .running { run.stop() }
            report = try run.runPart()
            try writer.finish()
        } catch {
            writer.abandon()
            return try notDone(row, part, error, context)
        }
        let attempt = part.starts
        let rejectBytes = writer.byteCount
        let encoded = try seal.seal(report.encoded(), place: PartRow.place(row.id, part.number, "report"))
        context.finishing { [self] connection in
            try close(
                row.id, part.number, report, encoded,
                rejects: report.report.rejected > 0 ? PartRow.text(attempt: attempt, byteCount: rejectBytes) : nil,
                connection)
        }
        pulse.call()
        return .done(result: nil)
    }

    private func makeRun(
        _ row: IngestRow, _ part: PartRow, _ piece: IngestPart, _ writer: SealedRejectsWriter
    ) throws -> IngestRun {
        var options = IngestOptions(rejectsPath: "", makeSpool: self.options.makeSpool)
        options.workers = self.options.workers
        options.limits = self.options.plan.limits
        options.validation = self.options.validation
        options.makeValidator = try ports.validators(row.tenant)
        return IngestRun(
            store: store, scope: AccessScope(tenant: row.tenant, actor: "ingest/\(row.id)/\(part.number)"),
            contents: try ports.contents(row.source, row.tenant), part: piece,
            rejects: RejectsWriter(writer, originalBytesMax: options.limits.originalBytesMax),
            repeatingSince: part.starts > 1 ? part.floor : nil, options: options)
    }

    /// Counts a part that is done, and gives the next to the queue.
    private func close(
        _ id: IngestID, _ number: Int, _ report: PartReport, _ encoded: [UInt8], rejects: String?,
        _ connection: any SQLConnection
    ) throws {
        var row = try row(id, connection)
        guard let part = try part(number, of: id, connection), part.state == .queued else { return }
        try connection.execute(
            "UPDATE ingest_parts SET state = 2, report = $1, rejected = $2, rejects = $3, problem = NULL "
                + "WHERE ingest = $4 AND number = $5",
            [
                .blob(encoded), .integer(Int64(report.report.rejected)), rejects.map { .text($0) } ?? .null,
                .text(id.description), .integer(Int64(number)),
            ])
        row.partsDone += 1
        row.bytesDone += part.byteCount
        row.resources += report.report.resources
        row.rejected += report.report.rejected
        row.totals.add(report)
        row.problem = nil
        try row.update(connection, seal(row.tenant))
        try pump(row, connection)
    }

    /// A part whose ingest does not run waits for it.
    private func putBack(_ number: Int, of id: IngestID, _ connection: any SQLConnection) throws {
        guard let part = try part(number, of: id, connection), part.state == .queued else { return }
        try PartRow.setWaiting(id, number, connection)
        // It may have been resumed meanwhile, when this part was still with the queue.
        try pump(row(id, connection), connection)
    }

    private func notDone(
        _ row: IngestRow, _ part: PartRow, _ error: any Error, _ context: JobContext
    ) throws -> JobOutcome {
        if context.isDraining || context.isLost { return .again(notBefore: nil) }
        if let error = error as? IntakeError, error.code == .cancelled {
            context.finishing { [self] in try putBack(part.number, of: row.id, $0) }
            return .done(result: nil)
        }
        ports.report(error)
        if Self.isFull(error) {
            try database.write { connection in
                var row = try self.row(row.id, connection)
                row.problem = "the disk is full: the ingest waits for room"
                try row.update(connection, seal(row.tenant))
            }
            return .again(notBefore: clock.now().advanced(bySeconds: options.fullDiskSeconds))
        }
        guard context.job.attempt >= options.attemptsMax else {
            return .failed(reason: Self.words(error), isFinal: false)
        }
        return fail(row, part.number, Self.words(error), context)
    }

    private static func isFull(_ error: any Error) -> Bool {
        switch error {
        case let error as StoreError: error.code == .full
        case let error as SQLError: error.code == .full
        case let error as IntakeError: error.cause.map(isFull) ?? false
        default: false
        }
    }

    /// Puts a part aside; the others go on.
    private func fail(_ row: IngestRow, _ number: Int, _ reason: String, _ context: JobContext) -> JobOutcome {
        context.finishing { [self] connection in
            var row = try self.row(row.id, connection)
            guard let part = try part(number, of: row.id, connection), part.state == .queued else { return }
            let seal = try seal(row.tenant)
            try connection.execute(
                "UPDATE ingest_parts SET state = 3, problem = $1 WHERE ingest = $2 AND number = $3",
                [
                    .blob(try seal.seal(Array(reason.utf8), place: PartRow.place(row.id, number, "problem"))),
                    .text(row.id.description), .integer(Int64(number)),
                ])
            row.partsFailed += 1
            try row.update(connection, seal)
            try pump(row, connection)
        }
        pulse.call()
        return .done(result: nil)
    }
}
