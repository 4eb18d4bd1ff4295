internal import Base
internal import SQLDatabase

extension JobQueue {
    /// What must be done from time to time, once a second or so: jobs whose time has come wait for workers, leases whose
    /// holders are gone end, and what has ended long ago is removed.
    /// - Returns: in how many seconds the next delayed job is due; `nil` if there is none.
    package func tend() throws -> Double? {
        try becomeDue()
        try endLostLeases()
        try prune()
        return try nextDueSeconds()
    }

    /// In how many seconds the next delayed job is due; 0 if one is already; `nil` if there is none.
    package func nextDueSeconds() throws -> Double? {
        guard let due = try nextDue() else { return nil }
        return Double(max(0, due.microseconds - clock.now().microseconds)) / 1_000_000
    }

    /// Writes down the queue's time. The database stays open.
    package func close() throws {
        let now = clock.now()
        try writes.run { connection in
            try connection.execute(
                """
                INSERT INTO job_time (only_row, queue_time) VALUES (1, $1)
                  ON CONFLICT (only_row) DO UPDATE SET queue_time = $1 WHERE job_time.queue_time < $1
                """, [.integer(now.microseconds)])
        }
    }

    /// Ends all leases: nobody is there who could hold one.
    func endAllLeases() throws {
        try end(try leases())
    }

    // MARK: Steps

    private func nextDue() throws -> QueueTime? {
        var due: QueueTime?
        try database.read { connection in
            try connection.query(
                "SELECT visible_at FROM job_rows WHERE state = 0 ORDER BY visible_at LIMIT 1", []
            ) { row in
                due = QueueTime(microseconds: row.integer(0))
                return false
            }
        }
        return due
    }

    private func becomeDue() throws {
        while let due = try nextDue(), due <= clock.now() {
            var waiting = NewlyWaiting()
            try database.read { connection in
                try connection.query(
                    """
                    SELECT queue FROM job_rows WHERE state = 0 AND visible_at <= $1
                      ORDER BY visible_at LIMIT \(Self.dueMax)
                    """, [.integer(clock.now().microseconds)]
                ) { row in
                    waiting.note(.ready, in: row.text(0))
                    return true
                }
            }
            try writes.run { connection in
                try makeDue(on: connection)
                try noteTime(on: connection)
            }
            tell(of: waiting)
        }
    }

    private func leases() throws -> [LeaseWatch.Lease] {
        var leases: [LeaseWatch.Lease] = []
        try database.read { connection in
            try connection.query(
                "SELECT job_no, fence, beat, lease_ms FROM job_rows WHERE state < 4 AND state = 3", []
            ) { row in
                leases.append(
                    LeaseWatch.Lease(
                        job: row.integer(0), fence: row.integer(1), beat: row.integer(2),
                        milliseconds: row.integer(3)))
                return true
            }
        }
        return leases
    }

    private func endLostLeases() throws {
        let leases = try leases()
        let now = clock.nanoseconds()
        try end(withWatch { $0.observe(leases, at: now) })
    }

    private func end(_ leases: [LeaseWatch.Lease]) throws {
        guard !leases.isEmpty else { return }
        var waiting = NewlyWaiting()
        try writes.run { connection in
            waiting = NewlyWaiting()
            try noteTime(on: connection)
            for lease in leases {
                let rows = try JobRow.all(
                    "SELECT \(JobRow.columns) FROM job_rows WHERE job_no = $1", [.integer(lease.job)], on: connection)
                let event = JobEvent.leaseEnd(fence: lease.fence, beat: lease.beat)
                guard let row = rows.first, case .become(let core) = try decide(row, event, on: connection) else {
                    continue
                }
                try row.store(core, rules: options.rules, wall: clock.wallNow(), on: connection)
                if core.state == .dead { try keepLossReason(row, on: connection) }
                waiting.note(core.state, in: row.queue)
            }
        }
        tell(of: waiting)
    }

    private func keepLossReason(_ row: JobRow, on connection: any SQLConnection) throws {
        guard let seal = try seals.seal(ofID: row.tenantID) else { return }
        let reason = KeptOutcome.reason("its worker vanished \(row.core.losses + 1) times")
        let sealed = try seals.withSealer {
            try seal.seal(reason.encoded(), .outcome, number: row.number, nonce: row.nonce, $0)
        }
        try connection.execute(
            "UPDATE job_contents SET outcome = $1 WHERE job_no = $2", [.blob(sealed), .integer(row.number)])
    }

    private static let pruneStep = 500

    private func prune() throws {
        let now = clock.wallNow()
        let ended = now.advanced(bySeconds: -options.endedSeconds)
        let dead = now.advanced(bySeconds: -options.deadSeconds)
        for (state, limit) in [(JobCore.State.done, ended), (.cancelled, ended), (.dead, dead)] {
            while try remove(state, endedBefore: limit) == Self.pruneStep {}
        }
        try pruneMissed(dead)
    }

    private func pruneMissed(_ limit: Instant) throws {
        var isAny = false
        try database.read { connection in
            try connection.query(
                "SELECT 1 FROM job_missed WHERE noticed_at < $1 LIMIT 1", [.integer(limit.microseconds)]
            ) { _ in
                isAny = true
                return false
            }
        }
        guard isAny else { return }
        try writes.run { connection in
            try connection.execute("DELETE FROM job_missed WHERE noticed_at < $1", [.integer(limit.microseconds)])
        }
    }

    /// Removes some jobs that ended before a moment, and says how many.
    private func remove(_ state: JobCore.State, endedBefore limit: Instant) throws -> Int {
        let sql = """
            SELECT job_no FROM job_rows WHERE state >= 4 AND state = \(state.rawValue) AND ended_at < $1
              ORDER BY ended_at LIMIT \(Self.pruneStep)
            """
        func old(_ connection: any SQLConnection) throws -> [Int64] {
            var numbers: [Int64] = []
            try connection.query(sql, [.integer(limit.microseconds)]) { row in
                numbers.append(row.integer(0))
                return true
            }
            return numbers
        }
        guard try !database.read(old).isEmpty else { return 0 }
        return try writes.run { connection in
            let numbers = try old(connection)
            for number in numbers {
                try connection.execute("DELETE FROM job_contents WHERE job_no = $1", [.integer(number)])
                try connection.execute("DELETE FROM job_rows WHERE job_no = $1", [.integer(number)])
            }
            return numbers.count
        }
    }
}
