package import Base
package import SQLDatabase
internal import Synchronization
package import Vault

/// A durable queue of jobs in a database: what was acknowledged is there after a crash. Decisions are those of `JobCore`;
/// this reads, asks it, and writes what it says.
///
/// Calls block. None may come from within a transaction on the same database, but for those that take its connection.
package final class JobQueue: Sendable {
    let database: any SQLDatabase
    let seals: JobSeals
    let clock: QueueClock
    let options: JobQueueOptions
    let writes: CombinedWrites
    private let shared: Mutex<SharedParts>

    /// Told the name of a queue in which a job waits that did not before, and whether its time is still to come. Must be
    /// quick, and call the queue from another thread only.
    package typealias NewWork = @Sendable (_ queue: String, _ isDelayed: Bool) -> Void

    private struct SharedParts {
        var random: SeededRandom
        var watch = LeaseWatch()
        /// The tenant that was served last, by queue.
        var turns: [String: Int64] = [:]
        var concurrency: [String: JobConcurrency] = [:]
        var newWork: [NewWork] = []
        var timeWritten: QueueTime?
    }

    /// Makes the tables where they are missing.
    /// - Parameters:
    ///   - vault: whose tenants' keys seal what the jobs hold.
    ///   - clock: the machine's clock, for times that people give and read; spans are measured by `options.monotonic`.
    /// - Throws: `SQLError`, `JobsError.damaged`.
    package init(
        database: any SQLDatabase, vault: Vault, clock: any Clock, options: JobQueueOptions = JobQueueOptions()
    ) throws {
        try JobsSchema.prepare(database)
        self.database = database
        self.options = options
        seals = JobSeals(vault)
        writes = CombinedWrites(database)
        var last: QueueTime?
        try database.read { connection in
            try connection.query("SELECT queue_time FROM job_time WHERE only_row = 1", []) { row in
                last = QueueTime(microseconds: row.integer(0))
                return false
            }
        }
        self.clock = QueueClock(wall: clock, monotonic: options.monotonic, last: last)
        var system = SystemRandomNumberGenerator()
        shared = Mutex(SharedParts(random: SeededRandom(seed: options.seed ?? system.next())))
        if options.isAlone { try endAllLeases() }
    }

    /// Has `body` told of new work from now on.
    package func onNewWork(_ body: @escaping NewWork) {
        shared.withLock { $0.newWork.append(body) }
    }

    /// Bounds how many jobs of a queue run at a time, in all processes that set the same.
    package func setConcurrency(_ concurrency: JobConcurrency, of queue: String) {
        shared.withLock { $0.concurrency[queue] = concurrency }
    }

    // MARK: Parts of the whole

    func tell(of waiting: NewlyWaiting) {
        guard !waiting.isEmpty else { return }
        let bodies = shared.withLock { $0.newWork }
        for body in bodies {
            for queue in waiting.ready { body(queue, false) }
            for queue in waiting.delayed { body(queue, true) }
        }
    }

    func concurrency(of queue: String) -> JobConcurrency {
        shared.withLock { $0.concurrency[queue] } ?? JobConcurrency()
    }

    func turn(of queue: String) -> Int64 {
        shared.withLock { $0.turns[queue] } ?? .min
    }

    func setTurn(_ tenantID: Int64, of queue: String) {
        shared.withLock { $0.turns[queue] = tenantID }
    }

    func withWatch<Result: Sendable>(_ body: (inout LeaseWatch) -> Result) -> Result {
        shared.withLock { body(&$0.watch) }
    }

    /// What an event makes of a job now.
    func decide(_ row: JobRow, _ event: JobEvent, on connection: any SQLConnection) throws -> JobDecision {
        let isPaused = try row.isGroupPaused(on: connection)
        let now = clock.now()
        return shared.withLock { parts in
            row.core.next(
                event, at: now, isGroupPaused: isPaused, rules: options.rules, using: &parts.random)
        }
    }

    /// Writes down where the queue's time is, if that was not done for a while, along with what is written anyway.
    func noteTime(on connection: any SQLConnection) throws {
        let now = clock.now()
        let isDue = shared.withLock { parts in
            if let last = parts.timeWritten, now < last.advanced(byMicroseconds: Self.timeNoteMicroseconds) {
                return false
            }
            parts.timeWritten = now
            return true
        }
        guard isDue else { return }
        try connection.execute(
            """
            INSERT INTO job_time (only_row, queue_time) VALUES (1, $1)
              ON CONFLICT (only_row) DO UPDATE SET queue_time = $1 WHERE job_time.queue_time < $1
            """, [.integer(now.microseconds)])
    }

    private static let timeNoteMicroseconds: Int64 = 1_000_000
}
