package import Access
internal import Base
internal import SQLDatabase

/// What is known of ingests.
extension Ingests {
    /// - Throws: `IntakeError.notFound`; `SQLError`, `VaultError`.
    package func facts(_ id: IngestID, tenant: TenantName) throws -> IngestFacts {
        facts(try row(id, tenant: tenant))
    }

    /// The ingests of a tenant, newest first.
    /// - Parameters:
    ///   - states: which; empty for all.
    ///   - after: the last of the page before.
    /// - Throws: `IntakeError.notFound` if `after` is unknown.
    package func list(
        tenant: TenantName, states: Set<IngestState> = [], after: IngestID? = nil, count: Int
    ) throws -> IngestPage {
        let before = try after.map { try row($0, tenant: tenant).serial } ?? .max
        let wanted = states.isEmpty ? Set(IngestState.allCases) : states
        let numbers = wanted.map { String($0.number) }.sorted().joined(separator: ", ")
        var rows: [IngestRow] = []
        try database.read { connection in
            try connection.query(
                "SELECT \(IngestRow.columns) FROM ingest_runs WHERE tenant = $1 AND serial < $2 "
                    + "AND state IN (\(numbers)) ORDER BY serial DESC LIMIT \(max(count, 1) + 1)",
                [.text(tenant.description), .integer(before)]
            ) { row in
                rows.append(try IngestRow(row, seal: seal))
                return true
            }
        }
        let shown = rows.prefix(max(count, 1))
        return IngestPage(
            ingests: shown.map { facts($0) }, next: rows.count > shown.count ? shown.last?.id : nil)
    }

    /// The sources of one kind of all ingests that are kept.
    func references(_ kind: IngestSource.Kind) throws -> Set<String> {
        var references: Set<String> = []
        try database.read { connection in
            try connection.query("SELECT \(IngestRow.columns) FROM ingest_runs", []) { row in
                let row = try IngestRow(row, seal: seal)
                if row.source.kind == kind { references.insert(row.source.reference) }
                return true
            }
        }
        return references
    }

    /// What an ingest came to so far.
    /// - Throws: as `facts`.
    package func result(_ id: IngestID, tenant: TenantName) throws -> IngestResult {
        let row = try row(id, tenant: tenant)
        var result = IngestResult(
            facts: facts(row), totals: row.totals, skipped: [], unresolved: [], indexFailures: [], failures: [])
        try forEachReport(row) { _, part in
            result.skipped += part.report.skipped.prefix(Self.listedMax - result.skipped.count)
            result.indexFailures += part.indexFailures.prefix(Self.listedMax - result.indexFailures.count)
        }
        let seal = try seal(tenant)
        let name = SQLValue.text(id.description)
        try database.read { connection in
            try connection.query("SELECT unresolved FROM ingest_runs WHERE id = $1", [name]) { found in
                guard !found.isNull(0) else { return false }
                result.unresolved = try UnresolvedList.decoded(
                    seal.open(found.blob(0), place: IngestRow.place(id, "unresolved")))
                return false
            }
            try connection.query(
                "SELECT number, problem FROM ingest_parts WHERE ingest = $1 AND state = 3 ORDER BY number", [name]
            ) { found in
                let number = Int(found.integer(0))
                let problem =
                    found.isNull(1)
                    ? ""
                    : String(
                        decoding: try seal.open(found.blob(1), place: PartRow.place(id, number, "problem")),
                        as: UTF8.self)
                result.failures.append(IngestResult.PartFailure(part: number, problem: problem))
                return result.failures.count < Self.listedMax
            }
        }
        return result
    }

    private static let listedMax = 10_000

    func facts(_ row: IngestRow) -> IngestFacts {
        let live = live.progress(row.id)
        var progress = IngestFacts.Progress(
            partsDone: row.partsDone, partsFailed: row.partsFailed, partsTotal: row.parts,
            bytesDone: min(row.bytesDone + live.bytes, row.bytesTotal), bytesTotal: row.bytesTotal,
            resources: row.resources + live.resources, rejected: row.rejected + live.rejected)
        if let started = row.started, let ended = row.ended {
            let seconds = Double(ended.microseconds - started.microseconds) / 1e6
            progress.perSecond = seconds > 0 ? Double(progress.resources) / seconds : nil
        } else if row.state == .running, let pace = paces.pace(row.id) {
            progress.perSecond = pace.resources
            let left = Double(progress.bytesTotal - progress.bytesDone)
            progress.secondsLeft = pace.bytes > 0 ? left / pace.bytes : nil
        }
        return IngestFacts(
            id: row.id, tenant: row.tenant, state: row.state, source: row.source, owner: row.owner,
            progress: progress, counts: row.totals.resourcesByType, created: row.created, started: row.started,
            ended: row.ended, problem: row.problem)
    }
}
