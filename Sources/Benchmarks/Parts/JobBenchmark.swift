internal import Access
internal import Base
internal import Jobs
internal import SQLDatabase
internal import Synchronization
internal import Vault

/// Jobs of the durable queue, claimed and done: in batches, and one by one by several callers. Beside each, bare statements
/// that change as many rows in as many transactions.
struct JobBenchmark {
    let scratch: ScratchFolder
    let say: @Sendable (String) -> Void

    private static let jobs = 100_000
    private static let batch = 500
    private static let callers = 16
    private static let seconds = 5.0
    private static let payloadBytes = 200
    private static let batchTarget = 10_000.0
    private static let singleTarget = 2_000.0

    func run() throws -> [Measurement] {
        let folder = scratch.path
        let keys = try SQLiteDatabase(path: folder + "/job-keys.db")
        let vault = try Vault(store: keys, masterKey: SecretKey.random())
        let database = try SQLiteDatabase(path: folder + "/jobs.db")
        let queue = try JobQueue(database: database, vault: vault, clock: SystemClock())
        say("asking for \(Self.jobs) jobs")
        let asking = try Timing.of { try ask(queue) }.timing
        say("claiming and finishing them in batches")
        let batches = try Timing.of { try inBatches(queue) }.timing
        let floor = try BareJobs(folder + "/bare-batches.db", rows: Self.jobs)
        let floorBatches = try Timing.of { try floor.change(inBatchesOf: Self.batch) }.timing
        try floor.close()
        try ask(queue)
        say("one by one, by \(Self.callers) callers")
        let single = try oneByOne(queue)
        let bare = try BareJobs(folder + "/bare-single.db", rows: Self.jobs)
        let bareSingle = try bare.oneByOne(seconds: Self.seconds)
        try bare.close()
        try queue.close()
        try database.close()
        try keys.close()
        let count = Double(Self.jobs)
        return [
            Measurement(
                "jobs claimed and done in batches of \(Self.batch)", count / batches.seconds, "jobs/s",
                target: .atLeast(Self.batchTarget),
                floors: [.init("bare SQLite, as many rows and transactions", count / floorBatches.seconds)],
                details: [
                    .init("processorMicrosecondsPerJob", batches.processorSeconds * 1e6 / count),
                    .init("askedForPerSecond", count / asking.seconds),
                ]),
            Measurement(
                "jobs claimed and done one by one, \(Self.callers) callers", single, "jobs/s",
                target: .atLeast(Self.singleTarget),
                floors: [.init("bare SQLite, a transaction each, one client", bareSingle)]),
        ]
    }

    private static func job() -> NewJob {
        NewJob(
            queue: "bench", tenant: .standard, payload: [UInt8](repeating: 7, count: payloadBytes),
            group: "bench/1")
    }

    private func ask(_ queue: JobQueue) throws {
        for _ in 0..<Self.jobs / Self.batch {
            _ = try queue.enqueue([NewJob](repeating: Self.job(), count: Self.batch))
        }
    }

    private func inBatches(_ queue: JobQueue) throws {
        var done = 0
        while done < Self.jobs {
            let claimed = try queue.claim(["bench"], worker: "bench", count: Self.batch, leaseSeconds: 60)
            let answers = try queue.finish(claimed.map { ($0, .done(result: nil)) })
            guard !answers.isEmpty, answers.allSatisfy(\.self) else {
                throw BenchmarkError(.server, "the queue lost jobs")
            }
            done += answers.count
        }
    }

    /// - Returns: jobs a second.
    private func oneByOne(_ queue: JobQueue) throws -> Double {
        let start = monotonicNanoseconds()
        let end = start + UInt64(Self.seconds * 1e9)
        let shared = Counted()
        let threads = (0..<Self.callers).map { _ in
            WorkerThread(name: "bench jobs") {
                do {
                    while monotonicNanoseconds() < end {
                        let claimed = try queue.claim(["bench"], worker: "bench", count: 1, leaseSeconds: 60)
                        guard let job = claimed.first else { return }
                        _ = try queue.finish([(job, .done(result: nil))])
                        shared.done.add(1, ordering: .relaxed)
                    }
                } catch {
                    shared.failure.withLock { $0 = error }
                }
            }
        }
        for thread in threads { thread.join() }
        let seconds = Double(monotonicNanoseconds() - start) / 1e9
        if let error = shared.failure.withLock({ $0 }) { throw error }
        return Double(shared.done.load(ordering: .relaxed)) / seconds
    }
}

/// What the callers have done.
private final class Counted: Sendable {
    let done = Atomic(0)
    let failure = Mutex<(any Error)?>(nil)
}

/// A table of rows with a state and a payload, and nothing around it.
private struct BareJobs {
    private let database: SQLiteDatabase
    private let rows: Int

    private static let insertedEach = 1000
    private static let payloadBytes = 228

    init(_ path: String, rows: Int) throws {
        self.rows = rows
        database = try SQLiteDatabase(path: path)
        try database.write { connection in
            try connection.execute(
                """
                CREATE TABLE jobs (
                  job_no INTEGER PRIMARY KEY, state INTEGER NOT NULL, payload BLOB NOT NULL) STRICT
                """)
            try connection.execute("CREATE INDEX jobs_by_state ON jobs (state)")
        }
        for first in stride(from: 0, to: rows, by: Self.insertedEach) {
            try database.write { connection in
                for row in first..<min(first + Self.insertedEach, rows) { try Self.insert(row, on: connection) }
            }
        }
    }

    private static func insert(_ row: Int, on connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO jobs (job_no, state, payload) VALUES ($1, 1, $2)",
            [.integer(Int64(row)), .blob([UInt8](repeating: 7, count: payloadBytes))])
    }

    private static func set(_ state: Int64, of row: Int, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE jobs SET state = $1 WHERE job_no = $2", [.integer(state), .integer(Int64(row))])
    }

    /// Every row twice.
    func change(inBatchesOf batch: Int) throws {
        for first in stride(from: 0, to: rows, by: batch) {
            for state: Int64 in [3, 4] {
                try database.write { connection in
                    for row in first..<min(first + batch, rows) { try Self.set(state, of: row, on: connection) }
                }
            }
        }
    }

    /// Changes each row twice, in two transactions.
    /// - Returns: rows a second.
    func oneByOne(seconds: Double) throws -> Double {
        let start = monotonicNanoseconds()
        let end = start + UInt64(seconds * 1e9)
        var count = 0
        while monotonicNanoseconds() < end {
            let row = count % rows
            try database.write { try Self.set(3, of: row, on: $0) }
            try database.write { try Self.set(4, of: row, on: $0) }
            count += 1
        }
        return Double(count) * 1e9 / Double(monotonicNanoseconds() - start)
    }

    func close() throws {
        try database.close()
    }
}
