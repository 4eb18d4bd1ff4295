package import Access
internal import Base
internal import SQLDatabase

extension JobQueue {
    /// Ends a job that waits; tells one that runs to end.
    package func cancel(_ id: JobID, tenant: TenantName) throws -> OperatorAnswer {
        try change(id, tenant, .cancel)
    }

    /// Puts back a dead letter or a cancelled job, with all its attempts before it; has one that waits for its time run at
    /// once.
    package func retry(_ id: JobID, tenant: TenantName) throws -> OperatorAnswer {
        try change(id, tenant, .retry)
    }

    /// Makes a job that waits or runs a dead letter at once. Whoever runs it has lost it.
    /// - Parameter reason: kept sealed.
    package func bury(_ id: JobID, tenant: TenantName, reason: String) throws -> OperatorAnswer {
        try change(id, tenant, .bury, reason: reason)
    }

    /// As `cancel`, for all jobs of a group. Jobs of it that are asked for meanwhile may be left.
    /// - Returns: how many were cancelled or told to end.
    package func cancel(group: String, tenant: TenantName) throws -> Int {
        try change(group: group, tenant, .cancel, states: "state < 4")
    }

    /// As `retry`, for all dead letters and cancelled jobs of a group.
    /// - Returns: how many were put back; without those whose unique key another job has.
    package func retry(group: String, tenant: TenantName) throws -> Int {
        try change(group: group, tenant, .retry, states: "state IN (5, 6)")
    }

    /// Lets no job of a group be claimed until `resume`, those asked for later included; what runs goes on.
    /// - Returns: how many that waited are paused now.
    package func pause(group: String, tenant: TenantName) throws -> Int {
        let seal = try seals.seal(of: tenant)
        let hash = seal.hash("group", group)
        try writes.run { connection in
            try connection.execute(
                """
                INSERT INTO job_pauses (tenant_id, group_hash, paused_at) VALUES ($1, $2, $3)
                  ON CONFLICT (tenant_id, group_hash) DO NOTHING
                """, [.integer(seal.tenantID), .blob(hash), .integer(clock.wallNow().microseconds)])
        }
        return try change(group: group, tenant, .pause, states: "state IN (0, 1)")
    }

    /// Lets the jobs of a group be claimed again.
    /// - Returns: how many wait again.
    package func resume(group: String, tenant: TenantName) throws -> Int {
        let seal = try seals.seal(of: tenant)
        let hash = seal.hash("group", group)
        try writes.run { connection in
            try connection.execute(
                "DELETE FROM job_pauses WHERE tenant_id = $1 AND group_hash = $2",
                [.integer(seal.tenantID), .blob(hash)])
        }
        return try change(group: group, tenant, .resume, states: "state = 2")
    }

    /// Whether a group is paused.
    package func isPaused(group: String, tenant: TenantName) throws -> Bool {
        guard let seal = try seals.knownSeal(of: tenant) else { return false }
        return try database.read { connection in
            try JobRow.isPaused(seal.hash("group", group), tenantID: seal.tenantID, on: connection)
        }
    }

    // MARK: Steps

    private static let groupStep = 500

    private func change(
        _ id: JobID, _ tenant: TenantName, _ event: JobEvent, reason: String? = nil
    ) throws -> OperatorAnswer {
        guard let seal = try seals.knownSeal(of: tenant) else { return .notFound }
        var waiting = NewlyWaiting()
        let answer = try writes.run { connection -> OperatorAnswer in
            waiting = NewlyWaiting()
            guard let row = try JobRow.find(seal.number(of: id), nonce: id.nonce, on: connection),
                row.tenantID == seal.tenantID
            else { return .notFound }
            return try apply(event, to: row, seal, reason: reason, &waiting, on: connection)
        }
        tell(of: waiting)
        return answer
    }

    private func apply(
        _ event: JobEvent, to row: JobRow, _ seal: JobSeal, reason: String?, _ waiting: inout NewlyWaiting,
        on connection: any SQLConnection
    ) throws -> OperatorAnswer {
        let core: JobCore
        switch try decide(row, event, on: connection) {
        case .become(let next): core = next
        case .unchanged: return .unchanged
        case .refused, .leaseLost: return .refused(row.core.state.shown)
        }
        if core.state.isLive, !row.core.state.isLive {
            // What cannot be opened cannot be done: it stays where it is.
            guard let content = try storedContent(row, seal, on: connection) else {
                return .refused(row.core.state.shown)
            }
            if let taken = try takeKeyBack(content.uniqueKey, row, seal, on: connection) { return .taken(taken) }
        }
        try row.store(core, rules: options.rules, wall: clock.wallNow(), on: connection)
        waiting.note(core.state, in: row.queue)
        if let reason {
            let sealed = try seals.withSealer {
                try seal.seal(
                    KeptOutcome.reason(reason).encoded(), .outcome, number: row.number, nonce: row.nonce, $0)
            }
            try connection.execute(
                "UPDATE job_contents SET outcome = $1 WHERE job_no = $2", [.blob(sealed), .integer(row.number)])
        }
        return core.state == .running ? .signalled : .done
    }

    /// Gives a job that becomes live again its unique key back.
    /// - Returns: the other job that has it, if one does; nothing is changed then.
    private func takeKeyBack(
        _ key: String?, _ row: JobRow, _ seal: JobSeal, on connection: any SQLConnection
    ) throws -> JobID? {
        guard let key else { return nil }
        let hash = seal.hash("unique", key)
        if let live = try liveJob(hash, queue: row.queue, seal, on: connection) { return live }
        // It becomes live in the statement that follows; until then no row that has ended may have a key.
        try connection.execute(
            "UPDATE job_rows SET unique_hash = $1, state = 2, ended_at = NULL WHERE job_no = $2",
            [.blob(hash), .integer(row.number)])
        return nil
    }

    /// What a job holds; `nil` if it was altered.
    private func storedContent(
        _ row: JobRow, _ seal: JobSeal, on connection: any SQLConnection
    ) throws -> JobContent? {
        var sealed: [UInt8] = []
        try connection.query("SELECT sealed FROM job_contents WHERE job_no = $1", [.integer(row.number)]) { found in
            sealed = Array(found.blob(0))
            return false
        }
        return try? content(sealed, row.number, row.nonce, seal)
    }

    private func change(
        group: String, _ tenant: TenantName, _ event: JobEvent, states: String
    ) throws -> Int {
        guard let seal = try seals.knownSeal(of: tenant) else { return 0 }
        let hash = seal.hash("group", group)
        var last: Int64 = 0
        var changed = 0
        while true {
            // Many rows are changed in steps, so that workers are not held up.
            let step = try writes.run { connection -> (last: Int64?, changed: Int, waiting: NewlyWaiting) in
                let rows = try JobRow.all(
                    """
                    SELECT \(JobRow.columns) FROM job_rows WHERE tenant_id = $1 AND group_hash = $2
                      AND group_hash IS NOT NULL AND \(states) AND job_no > $3 ORDER BY job_no LIMIT \(Self.groupStep)
                    """, [.integer(seal.tenantID), .blob(hash), .integer(last)], on: connection)
                var changed = 0
                var waiting = NewlyWaiting()
                for row in rows {
                    let answer = try apply(event, to: row, seal, reason: nil, &waiting, on: connection)
                    if answer == .done || answer == .signalled { changed += 1 }
                }
                return (rows.last?.number, changed, waiting)
            }
            changed += step.changed
            tell(of: step.waiting)
            guard let number = step.last else { return changed }
            last = number
        }
    }
}
