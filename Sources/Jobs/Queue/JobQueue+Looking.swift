package import Access
internal import Base
internal import SQLDatabase

extension JobQueue {
    /// What is known of a job of a tenant.
    package func job(_ id: JobID, tenant: TenantName) throws -> JobFacts? {
        guard let seal = try seals.knownSeal(of: tenant) else { return nil }
        let found = try database.read { connection in
            try FactsRow.all("r.job_no = $1 LIMIT 1", [.integer(seal.number(of: id))], on: connection).first
        }
        guard let found, found.row.nonce == id.nonce, found.row.tenantID == seal.tenantID else { return nil }
        return facts(found, seal)
    }

    /// The jobs of a tenant, newest first.
    /// - Parameters:
    ///   - after: where the page before said that this one begins.
    ///   - count: how many at most; 1,000 are the most there are.
    package func jobs(
        tenant: TenantName, queue: String? = nil, state: JobState? = nil, group: String? = nil, after: JobID? = nil,
        count: Int
    ) throws -> JobPage {
        guard let seal = try seals.knownSeal(of: tenant) else { return JobPage(jobs: []) }
        var values: [SQLValue] = [.integer(seal.tenantID)]
        func next(_ value: SQLValue) -> String {
            values.append(value)
            return "$\(values.count)"
        }
        // Jobs in states in which there are few are found by the state, not among all of the tenant.
        let isRare = group == nil && state != nil && state != .done && state != .waiting
        var conditions = [isRare ? "+r.tenant_id = $1" : "r.tenant_id = $1"]
        if let group {
            conditions.append("r.group_hash = \(next(.blob(seal.hash("group", group)))) AND r.group_hash IS NOT NULL")
        }
        if let queue { conditions.append("r.queue = \(next(.text(queue)))") }
        if let state { conditions.append(Self.condition(of: state)) }
        if let after { conditions.append("r.job_no < \(next(.integer(seal.number(of: after))))") }
        let countMax = max(1, min(count, Self.pageMax))
        let condition =
            conditions.joined(separator: " AND ") + " ORDER BY r.job_no DESC LIMIT \(countMax + 1)"
        let rows = try database.read { try FactsRow.all(condition, values, on: $0) }
        let jobs = rows.prefix(countMax).map { facts($0, seal) }
        return JobPage(jobs: jobs, next: rows.count > countMax ? jobs.last?.id : nil)
    }

    /// How many jobs there are, by queue.
    /// - Parameters:
    ///   - tenant: of whom; `nil` for all.
    ///   - withEnded: whether those that have ended are counted too, which takes longer the more are kept.
    package func counts(tenant: TenantName? = nil, withEnded: Bool = false) throws -> [QueueCounts] {
        var tenantID: Int64?
        if let tenant {
            guard let seal = try seals.knownSeal(of: tenant) else { return [] }
            tenantID = seal.tenantID
        }
        // By the states, not by all jobs that the tenant ever had.
        let ofTenant = tenantID == nil ? "" : " AND +tenant_id = $1"
        let values: [SQLValue] = tenantID.map { [.integer($0)] } ?? []
        let now = clock.now()
        let aging = options.rules.agingMicroseconds
        var byQueue: [String: QueueCounts] = [:]
        try database.readTransaction { connection in
            for states in withEnded ? ["state < 4", "state >= 4"] : ["state < 4"] {
                try connection.query(
                    "SELECT queue, state, count(*) FROM job_rows WHERE \(states)\(ofTenant) GROUP BY queue, state",
                    values
                ) { row in
                    guard let state = JobCore.State(rawValue: row.integer(1)) else { return true }
                    let count = Int(clamping: row.integer(2))
                    var counts = byQueue[row.text(0)] ?? QueueCounts(queue: row.text(0), counts: [:], ready: 0)
                    counts.counts[state.shown, default: 0] += count
                    if state == .ready { counts.ready += count }
                    byQueue[row.text(0)] = counts
                    return true
                }
            }
            for queue in byQueue.keys where byQueue[queue]?.ready ?? 0 > 0 {
                try connection.query(
                    """
                    SELECT min(rank + priority * \(aging)) FROM job_rows
                      WHERE state < 4 AND state = 1\(ofTenant) AND queue = \(tenantID == nil ? "$1" : "$2")
                    """, values + [.text(queue)]
                ) { row in
                    let age = now.microseconds - row.integer(0)
                    byQueue[queue]?.oldestReadySeconds = Double(max(0, age)) / 1_000_000
                    return false
                }
            }
        }
        return byQueue.values.sorted { $0.queue < $1.queue }
    }

    // MARK: Steps

    private static let pageMax = 1000

    private static func condition(of state: JobState) -> String {
        let codes = JobCore.State.allCases.filter { $0.shown == state }.map { String($0.rawValue) }
        // The second half is what the index over these states says of itself.
        return "r.state IN (\(codes.joined(separator: ", "))) AND r.state \(state.isLive ? "<" : ">=") 4"
    }

    private func facts(_ found: FactsRow, _ seal: JobSeal) -> JobFacts {
        let row = found.row
        var reason: String?
        var result: [UInt8]?
        var note: String?
        var content = JobContent(payload: [], uniqueKey: nil, group: nil, traceparent: nil, nominal: nil)
        do {
            content = try self.content(found.sealed, row.number, row.nonce, seal)
            note = try found.note.map { String(decoding: try open($0, .note, row, seal), as: UTF8.self) }
            switch try found.outcome.map({ try KeptOutcome(decoding: open($0, .outcome, row, seal)) }) {
            case .reason(let text): reason = text
            case .result(let bytes): result = row.core.state == .done ? bytes : nil
            case nil: break
            }
        } catch {
            // One that was altered must not hide the others.
            reason = "what it holds was altered, or cannot be opened"
        }
        let waits = row.core.state == .delayed || row.core.state == .ready || row.core.state == .held
        return JobFacts(
            id: seal.id(number: row.number, nonce: row.nonce), queue: row.queue, tenant: seal.tenant,
            state: row.core.state.shown, priority: row.core.priority, attempts: row.core.attempts,
            attemptsMax: row.core.attemptsMax, losses: row.core.losses, group: content.group,
            uniqueKey: content.uniqueKey, traceparent: content.traceparent, nominal: content.nominal,
            created: found.created,
            visible: waits ? clock.instant(of: row.core.visibleAt) : nil, started: found.started, ended: found.ended,
            worker: found.worker, isCancelRequested: row.core.isCancelRequested,
            progress: found.progress.map { JobProgress(done: $0.done, total: $0.total, note: note) }, reason: reason,
            result: result, payload: content.payload)
    }

    private func open(
        _ sealed: [UInt8], _ column: JobSeal.Column, _ row: JobRow, _ seal: JobSeal
    ) throws -> [UInt8] {
        try sealed.withUnsafeBytes { sealed in
            try seals.withSealer { try seal.open(sealed, column, number: row.number, nonce: row.nonce, $0) }
        }
    }
}
