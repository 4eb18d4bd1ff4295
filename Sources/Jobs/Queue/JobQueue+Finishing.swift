internal import Base
package import SQLDatabase

extension JobQueue {
    /// Says that the holders of jobs are alive, and how far they are.
    /// - Returns: what each is to do, in order.
    package func heartbeat(
        _ jobs: [ClaimedJob], progress: [JobID: JobProgress] = [:]
    ) throws -> [LeaseSignal] {
        guard !jobs.isEmpty else { return [] }
        let notes = try jobs.map { job in try progress[job.id]?.note.map { try sealed(note: $0, of: job) } }
        let wall = clock.wallNow()
        return try writes.run { connection in
            try noteTime(on: connection)
            return try zip(jobs, notes).map { job, note in
                guard let row = try JobRow.find(job.lease.number, nonce: job.lease.nonce, on: connection),
                    case .become(let core) = try decide(row, .heartbeat(fence: job.lease.fence), on: connection)
                else { return .lost }
                try row.store(beat: core, progress: progress[job.id], on: connection)
                if let note {
                    try connection.execute(
                        "UPDATE job_contents SET note = $1 WHERE job_no = $2", [.blob(note), .integer(row.number)])
                }
                let ends = wall.advanced(bySeconds: job.leaseSeconds)
                return core.isCancelRequested ? .cancel(ends: ends) : .goOn(ends: ends)
            }
        }
    }

    /// Ends attempts. What a job whose lease was lost did does not count.
    /// - Parameter alongside: writes what the jobs did, on the same database, in the same transaction: it is there exactly
    ///   once, if and only if the jobs have ended so. With it, it is all or nothing: unless every lease holds, nothing is
    ///   written and all answers are `false`. It may run twice if a transaction fails, but only what its last run wrote
    ///   counts; it must not call the queue but by `enqueue(_:on:)`, and a job with the unique key of one that it goes with
    ///   is a new one. If it throws, nothing is written and the jobs go on.
    /// - Returns: whether each lease held, in order.
    package func finish(
        _ finished: [(ClaimedJob, JobOutcome)], alongside: ((any SQLConnection) throws -> Void)? = nil
    ) throws -> [Bool] {
        guard !finished.isEmpty else { return [] }
        let outcomes = try finished.map { job, outcome in try sealed(outcome, of: job) }
        let events = finished.map { job, outcome in event(of: outcome, job.lease) }
        var waiting = NewlyWaiting()
        let answers = try writes.run { connection -> [Bool] in
            waiting = NewlyWaiting()
            var changes: [(row: JobRow, core: JobCore)?] = []
            for (job, event) in zip(finished.lazy.map(\.0), events) {
                guard let row = try JobRow.find(job.lease.number, nonce: job.lease.nonce, on: connection),
                    case .become(let core) = try decide(row, event, on: connection)
                else {
                    changes.append(nil)
                    continue
                }
                changes.append((row, core))
            }
            if alongside != nil, !changes.allSatisfy({ $0 != nil }) { return finished.map { _ in false } }
            try noteTime(on: connection)
            for (change, outcome) in zip(changes, outcomes) {
                guard let (row, core) = change else { continue }
                try store(row, core, outcome: outcome, on: connection)
                waiting.note(core.state, in: row.queue)
            }
            // The jobs have ended for it: it may ask for the same work anew.
            try alongside?(connection)
            return changes.map { $0 != nil }
        }
        tell(of: waiting)
        return answers
    }

    // MARK: Steps

    private func event(of outcome: JobOutcome, _ lease: LeaseToken) -> JobEvent {
        switch outcome {
        case .done: .done(fence: lease.fence)
        case .failed(_, let isFinal): .fail(fence: lease.fence, isFinal: isFinal)
        case .again(let time): .again(fence: lease.fence, notBefore: time.map { clock.time(of: $0) })
        }
    }

    private func store(
        _ row: JobRow, _ core: JobCore, outcome: [UInt8]?, on connection: any SQLConnection
    ) throws {
        try row.store(core, rules: options.rules, wall: clock.wallNow(), on: connection)
        guard let outcome else { return }
        try connection.execute(
            "UPDATE job_contents SET outcome = $1 WHERE job_no = $2", [.blob(outcome), .integer(row.number)])
    }

    private func sealed(_ outcome: JobOutcome, of job: ClaimedJob) throws -> [UInt8]? {
        let kept: KeptOutcome
        switch outcome {
        case .done(let result):
            guard let result else { return nil }
            guard result.count <= JobLimits.resultBytesMax else {
                throw JobsError(.invalid, "a job's result has at most \(JobLimits.resultBytesMax) bytes")
            }
            kept = .result(result)
        case .failed(let reason, _): kept = .reason(reason)
        case .again: return nil
        }
        return try sealed(kept.encoded(), .outcome, of: job)
    }

    private func sealed(note: String, of job: ClaimedJob) throws -> [UInt8] {
        try sealed(Array(note.prefix(utf8Max: JobLimits.noteBytesMax).utf8), .note, of: job)
    }

    private func sealed(_ plain: [UInt8], _ column: JobSeal.Column, of job: ClaimedJob) throws -> [UInt8] {
        let seal = try seals.seal(of: job.tenant)
        return try seals.withSealer {
            try seal.seal(plain, column, number: job.lease.number, nonce: job.lease.nonce, $0)
        }
    }
}
