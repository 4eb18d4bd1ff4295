package import Access
package import Base
internal import SQLDatabase
internal import Synchronization

/// Asks for jobs at the times of schedules: for each firing once, and for none silently not at all. How far each schedule
/// has come is kept with the jobs that it asked for, in one transaction; so neither a crash nor a clock that is set makes
/// a firing come twice or be lost.
package final class JobSchedules: Sendable {
    private let queue: JobQueue
    private let zoneFolder: String
    private let report: @Sendable (any Error) -> Void
    private let signal = WorkSignal()
    private let thread = Mutex<WorkerThread?>(nil)

    private static let lookMilliseconds = 1000
    private static let missedShown = 100

    /// - Parameters:
    ///   - zoneFolder: where the compiled files of time zones lie.
    ///   - report: told of schedules that cannot fire, such as for want of their zone; they fire once they can.
    package init(
        _ queue: JobQueue, zoneFolder: String = TimeZoneFile.standardFolder,
        report: @escaping @Sendable (any Error) -> Void
    ) {
        self.queue = queue
        self.zoneFolder = zoneFolder
        self.report = report
    }

    /// Adds a schedule, or replaces the one of this name. A new one fires from now on; one whose times have changed makes
    /// up for what it missed until now by its old times; another goes on where it was.
    /// - Throws: `JobsError.invalid`, for a zone that is not there too.
    package func put(_ schedule: JobSchedule) throws {
        try schedule.check()
        let zone = try TimeZoneFile.rules(of: schedule.zone, in: zoneFolder)
        let seal = try queue.seals.seal(of: schedule.tenant)
        let hash = seal.hash("schedule", schedule.name)
        let sealed = try self.sealed(schedule, seal)
        _ = try fire()
        let now = queue.clock.wallNow()
        try queue.writes.run { connection in
            let old = try row(seal, hash, on: connection)
            var last = now
            if let old {
                let before = try opened(old, seal)
                let goesOn = before.cron == schedule.cron && before.zone == schedule.zone
                last = goesOn ? old.last : max(old.last, now)
            }
            try connection.execute(
                """
                INSERT INTO job_schedules (tenant_id, name_hash, last_nominal, next_nominal, sealed)
                  VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, name_hash)
                  DO UPDATE SET last_nominal = $3, next_nominal = $4, sealed = $5
                """,
                [
                    .integer(seal.tenantID), .blob(hash), .integer(last.microseconds),
                    schedule.cron.next(after: last, in: zone).map { .integer($0.microseconds) } ?? .null,
                    .blob(sealed),
                ])
        }
        signal.call()
    }

    /// Removes a schedule; the jobs that it asked for stay.
    /// - Returns: whether it was there.
    package func remove(_ name: String, tenant: TenantName) throws -> Bool {
        guard let seal = try queue.seals.knownSeal(of: tenant) else { return false }
        let hash = seal.hash("schedule", name)
        return try queue.writes.run { connection in
            guard try row(seal, hash, on: connection) != nil else { return false }
            for table in ["job_schedules", "job_missed"] {
                try connection.execute(
                    "DELETE FROM \(table) WHERE tenant_id = $1 AND name_hash = $2",
                    [.integer(seal.tenantID), .blob(hash)])
            }
            return true
        }
    }

    /// The schedules of a tenant, by name.
    package func list(tenant: TenantName) throws -> [ScheduleFacts] {
        guard let seal = try queue.seals.knownSeal(of: tenant) else { return [] }
        return try queue.database.readTransaction { connection in
            try ScheduleRow.all("tenant_id = $1", [.integer(seal.tenantID)], on: connection).map { row in
                ScheduleFacts(
                    schedule: try opened(row, seal), last: row.last, next: row.next,
                    missed: try missed(row, on: connection))
            }
        }.sorted { $0.schedule.name < $1.schedule.name }
    }

    /// Asks for the jobs of all firings that are due.
    /// - Returns: when the next one is; `nil` if there is none.
    package func fire() throws -> Instant? {
        let now = queue.clock.wallNow()
        // A clock that was set back far: what is to come goes by the new time.
        let error = now.advanced(bySeconds: ScheduleDue.clockErrorSecondsMax)
        let due = try queue.database.read { connection in
            try ScheduleRow.all(
                "next_nominal <= $1 AND next_nominal IS NOT NULL OR last_nominal > $2",
                [.integer(now.microseconds), .integer(error.microseconds)], on: connection)
        }
        for row in due {
            do {
                try fire(row, now)
            } catch {
                report(error)
            }
        }
        var next: Instant?
        try queue.database.read { connection in
            try connection.query("SELECT min(next_nominal) FROM job_schedules WHERE next_nominal IS NOT NULL", []) {
                row in
                next = row.isNull(0) ? nil : Instant(microseconds: row.integer(0))
                return false
            }
        }
        return next
    }

    /// Fires at the right times from now on, on a thread of its own.
    package func start() {
        thread.withLock { thread in
            guard thread == nil else { return }
            thread = WorkerThread(name: "job-schedules") { [self] in run() }
        }
    }

    /// Returns when nothing is under way any more.
    package func stop() {
        signal.close()
        thread.withLock { $0 }?.join()
    }

    // MARK: Steps

    private func run() {
        var next: Instant?
        var seen: Instant?
        while let mark = signal.mark {
            let now = queue.clock.wallNow()
            // What another process put in is seen within a minute, and a clock that was set back at once.
            let isOld = seen.map { now > $0.advanced(bySeconds: 60) || now < $0 } ?? true
            if isOld || next.map({ $0 <= now }) == true {
                do {
                    next = try fire()
                    seen = now
                } catch {
                    report(error)
                }
            }
            signal.wait(since: mark, milliseconds: Self.lookMilliseconds)
            if signal.mark != mark { seen = nil }
        }
    }

    private func fire(_ row: ScheduleRow, _ now: Instant) throws {
        guard let seal = try queue.seals.seal(ofID: row.tenantID) else {
            throw JobsError(.damaged, "a schedule belongs to no tenant")
        }
        let schedule = try opened(row, seal)
        let due = ScheduleDue(
            schedule, last: row.last, now: now, zone: try TimeZoneFile.rules(of: schedule.zone, in: zoneFolder))
        try queue.writes.run { connection in
            // Another process may have been faster.
            guard let current = try self.row(seal, row.nameHash, on: connection), current.last == row.last,
                current.sealed == row.sealed
            else { return }
            _ = try queue.enqueue(due.fire.map { schedule.job(at: $0) }, on: connection)
            try connection.execute(
                """
                UPDATE job_schedules SET last_nominal = $1, next_nominal = $2 WHERE tenant_id = $3 AND name_hash = $4
                """,
                [
                    .integer(due.last.microseconds), due.next.map { .integer($0.microseconds) } ?? .null,
                    .integer(row.tenantID), .blob(row.nameHash),
                ])
            guard let missed = due.missed else { return }
            try connection.execute(
                """
                INSERT INTO job_missed (tenant_id, name_hash, first_nominal, last_nominal, count, noticed_at)
                  VALUES ($1, $2, $3, $4, $5, $6)
                """,
                [
                    .integer(row.tenantID), .blob(row.nameHash), .integer(missed.first.microseconds),
                    .integer(missed.last.microseconds), .integer(Int64(missed.count)), .integer(now.microseconds),
                ])
        }
    }

    private func missed(_ row: ScheduleRow, on connection: any SQLConnection) throws -> [MissedFirings] {
        var missed: [MissedFirings] = []
        try connection.query(
            """
            SELECT first_nominal, last_nominal, count, noticed_at FROM job_missed
              WHERE tenant_id = $1 AND name_hash = $2 ORDER BY missed_no DESC LIMIT \(Self.missedShown)
            """, [.integer(row.tenantID), .blob(row.nameHash)]
        ) { row in
            missed.append(
                MissedFirings(
                    first: Instant(microseconds: row.integer(0)), last: Instant(microseconds: row.integer(1)),
                    count: Int(clamping: row.integer(2)), noticed: Instant(microseconds: row.integer(3))))
            return true
        }
        return missed
    }

    private func row(
        _ seal: JobSeal, _ hash: [UInt8], on connection: any SQLConnection
    ) throws -> ScheduleRow? {
        try ScheduleRow.all(
            "tenant_id = $1 AND name_hash = $2", [.integer(seal.tenantID), .blob(hash)], on: connection
        ).first
    }

    private func sealed(_ schedule: JobSchedule, _ seal: JobSeal) throws -> [UInt8] {
        let number = Self.place(seal.hash("schedule", schedule.name))
        return try queue.seals.withSealer {
            try seal.seal(ScheduleContent.encode(schedule), .schedule, number: number, nonce: 0, $0)
        }
    }

    private func opened(_ row: ScheduleRow, _ seal: JobSeal) throws -> JobSchedule {
        let plain = try row.sealed.withUnsafeBytes { sealed in
            try queue.seals.withSealer {
                try seal.open(sealed, .schedule, number: Self.place(row.nameHash), nonce: 0, $0)
            }
        }
        return try ScheduleContent.decode(plain, seal)
    }

    /// What binds a sealed schedule to its row.
    private static func place(_ hash: [UInt8]) -> Int64 {
        hash.withUnsafeBytes { $0.count >= 8 ? $0.loadUnaligned(as: Int64.self) : 0 }
    }
}
