internal import Base
package import SQLDatabase

extension JobQueue {
    /// Asks for work; it is durable when this returns.
    /// - Returns: one answer for each, in order.
    /// - Throws: `JobsError.invalid` before anything is written; `SQLError`, `VaultError`.
    package func enqueue(_ jobs: [NewJob]) throws -> [Enqueued] {
        let prepared = try prepare(jobs)
        let (answers, waiting) = try writes.run { connection in
            try noteTime(on: connection)
            return try insert(prepared, on: connection)
        }
        tell(of: waiting)
        return answers
    }

    /// Asks for work within a transaction on the queue's database: it is there if and only if that commits. Workers of
    /// this process are told at once, and wait for the transaction.
    package func enqueue(_ jobs: [NewJob], on connection: any SQLConnection) throws -> [Enqueued] {
        let (answers, waiting) = try insert(prepare(jobs), on: connection)
        tell(of: waiting)
        return answers
    }

    // MARK: Steps

    /// A request with what its row needs.
    private struct Prepared {
        var job: NewJob
        var seal: JobSeal
        var content: [UInt8]
        var uniqueHash: [UInt8]?
        var groupHash: [UInt8]?
        var nonce: UInt64
        var visibleAt: QueueTime
    }

    private func prepare(_ jobs: [NewJob]) throws -> [Prepared] {
        guard jobs.count <= JobLimits.batchMax else {
            throw JobsError(.invalid, "at most \(JobLimits.batchMax) jobs are asked for at once")
        }
        for job in jobs { try job.check() }
        var random = SystemRandomNumberGenerator()
        return try jobs.map { job in
            let seal = try seals.seal(of: job.tenant)
            return Prepared(
                job: job, seal: seal, content: JobContent(job).encoded(),
                uniqueHash: job.uniqueKey.map { seal.hash("unique", $0) },
                groupHash: job.group.map { seal.hash("group", $0) }, nonce: random.next(),
                visibleAt: job.notBefore.map { clock.time(of: $0) } ?? clock.now())
        }
    }

    private func insert(
        _ jobs: [Prepared], on connection: any SQLConnection
    ) throws -> ([Enqueued], NewlyWaiting) {
        var waiting = NewlyWaiting()
        let answers = try jobs.map { try insert($0, &waiting, on: connection) }
        return (answers, waiting)
    }

    private func insert(
        _ prepared: Prepared, _ waiting: inout NewlyWaiting, on connection: any SQLConnection
    ) throws -> Enqueued {
        let seal = prepared.seal
        if let hash = prepared.uniqueHash,
            let live = try liveJob(hash, queue: prepared.job.queue, seal, on: connection)
        {
            return .joined(live)
        }
        let now = clock.now()
        let isPaused = try prepared.groupHash.map { hash in
            try JobRow.isPaused(hash, tenantID: seal.tenantID, on: connection)
        }
        let core = JobCore.new(
            priority: prepared.job.priority, attemptsMax: prepared.job.attemptsMax,
            visibleAt: max(prepared.visibleAt, now), at: now, isGroupPaused: isPaused ?? false)
        let number = try insertRow(prepared, core, on: connection)
        let sealed = try seals.withSealer { sealer in
            try seal.seal(prepared.content, .content, number: number, nonce: prepared.nonce, sealer)
        }
        try sealed.withUnsafeBytes { sealed in
            try connection.execute(
                "INSERT INTO job_contents (job_no, sealed) VALUES ($1, $2)", [.integer(number), .bytes(sealed)])
        }
        waiting.note(core.state, in: prepared.job.queue)
        return .added(seal.id(number: number, nonce: prepared.nonce))
    }

    private func insertRow(
        _ prepared: Prepared, _ core: JobCore, on connection: any SQLConnection
    ) throws -> Int64 {
        var number: Int64?
        try connection.query(
            """
            INSERT INTO job_rows (nonce, tenant_id, queue, state, rank, priority, visible_at, attempts, attempts_max,
              losses, fence, beat, lease_ms, cancel_asked, created_at, unique_hash, group_hash)
              VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 0, 0, 0, 0, 0, $9, $10, $11) RETURNING job_no
            """,
            [
                .integer(Int64(bitPattern: prepared.nonce)), .integer(prepared.seal.tenantID),
                .text(prepared.job.queue), .integer(core.state.rawValue),
                .integer(core.rank(agingMicroseconds: options.rules.agingMicroseconds)),
                .integer(Int64(core.priority)), .integer(core.visibleAt.microseconds),
                .integer(Int64(core.attemptsMax)), .integer(clock.wallNow().microseconds),
                prepared.uniqueHash.map { .blob($0) } ?? .null, prepared.groupHash.map { .blob($0) } ?? .null,
            ]
        ) { row in
            number = row.integer(0)
            return true
        }
        guard let number else { throw JobsError(.damaged, "the database gave a new job no number") }
        return number
    }

    /// The live job that has a unique key.
    func liveJob(
        _ hash: [UInt8], queue: String, _ seal: JobSeal, on connection: any SQLConnection
    ) throws -> JobID? {
        var found: JobID?
        try connection.query(
            """
            SELECT job_no, nonce FROM job_rows
              WHERE tenant_id = $1 AND queue = $2 AND unique_hash = $3 AND unique_hash IS NOT NULL
            """, [.integer(seal.tenantID), .text(queue), .blob(hash)]
        ) { row in
            found = seal.id(number: row.integer(0), nonce: UInt64(bitPattern: row.integer(1)))
            return false
        }
        return found
    }
}
