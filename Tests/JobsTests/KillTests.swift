import Access
import Base
import Foundation
import Jobs
import SQLDatabase
import Testing
import Vault

/// A process that does jobs, as a server would, on files that outlive it.
struct JobProcess {
    static let variable = "MARTLET_TEST_JOB_FOLDER"

    let database: SQLiteDatabase
    let queue: JobQueue

    /// - Parameter folder: holds a master key in `key`.
    init(_ folder: String) throws {
        let key = try Data(contentsOf: URL(fileURLWithPath: folder + "/key"))
        let vault = try Vault(
            store: SQLiteDatabase(path: folder + "/keys.db"),
            masterKey: try key.withUnsafeBytes { try SecretKey(copying: $0) })
        database = try SQLiteDatabase(path: folder + "/platform.db")
        try database.write { connection in
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS effects (name TEXT NOT NULL, process INTEGER NOT NULL) STRICT")
        }
        var options = JobQueueOptions()
        options.isAlone = true
        options.rules.backoffSeconds = 0.01
        options.rules.backoffSecondsMax = 0.05
        options.rules.lossesMax = 1000
        queue = try JobQueue(database: database, vault: vault, clock: SystemClock(), options: options)
    }

    /// Does jobs until it is killed, or there are none.
    func work() throws {
        let workers = JobWorkers(queue) { _ in }
        workers.serve(queue: "mail", threads: 4, leaseSeconds: 30) { context in
            let text = context.job.text
            usleep(UInt32(text.utf8.reduce(0) { $0 &+ UInt32($1) } % 7) * 300)
            context.finishing { connection in
                try connection.execute(
                    "INSERT INTO effects VALUES ($1, $2)", [.text(text), .integer(Int64(getpid()))])
            }
            return .done(result: nil)
        }
        workers.start()
        while try queue.counts().contains(where: { !$0.counts.isEmpty }) { usleep(20_000) }
        workers.drain(deadlineSeconds: 10)
    }
}

/// The test process itself, started anew to be killed.
@Suite struct KilledWorker {
    @Test func `jobs are done until the process is killed`() throws {
        let folder = ProcessInfo.processInfo.environment[JobProcess.variable]
        #expect(folder?.isEmpty != true)
        if let folder { try JobProcess(folder).work() }
    }
}

@Suite struct KillTests {
    /// By default few, so that tests are quick; by hand `MARTLET_TEST_KILLS=100`.
    private static let kills = ProcessInfo.processInfo.environment["MARTLET_TEST_KILLS"].flatMap { Int($0) } ?? 8

    @Test func `each job has its effect exactly once, however often its workers are killed`() throws {
        let folder = NSTemporaryDirectory() + "martlet-kill-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(SecretBytes.random(32)).write(to: URL(fileURLWithPath: folder + "/key"))
        let count = Self.kills * 250
        do {
            let before = try JobProcess(folder)
            for first in stride(from: 0, to: count, by: 1000) {
                _ = try before.queue.enqueue((first..<min(first + 1000, count)).map { job("job \($0)") })
            }
            try before.database.close()
        }
        var random = SeededRandom(seed: UInt64(Self.kills))
        var kills = 0
        var done = 0
        for _ in 0..<Self.kills * 4 where kills < Self.kills && done < count {
            let process = try start(folder)
            // Not before it has begun, for else nothing is learned.
            var ended = false
            for _ in 0..<2000 where !ended {
                usleep(5000)
                ended = try !process.isRunning || effects(folder).count > done
            }
            usleep(UInt32.random(in: 0...60_000, using: &random))
            if process.isRunning {
                kill(process.processIdentifier, SIGKILL)
                kills += 1
            }
            process.waitUntilExit()
            done = try effects(folder).count
        }
        #expect(kills >= Self.kills / 2)
        let last = try start(folder)
        last.waitUntilExit()
        #expect(last.terminationStatus == 0)
        let names = try effects(folder)
        #expect(names.count == count)
        #expect(Set(names).count == count)
        let after = try JobProcess(folder)
        #expect(try after.queue.counts(withEnded: true).first?.counts == [.done: count])
    }

    private func start(_ folder: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--testing-library", "swift-testing", "--filter", "KilledWorker"]
        process.environment = ProcessInfo.processInfo.environment.merging([JobProcess.variable: folder]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func effects(_ folder: String) throws -> [String] {
        let database = try SQLiteDatabase(path: folder + "/platform.db")
        var names: [String] = []
        try database.read { connection in
            try connection.query("SELECT name FROM effects", []) { row in
                names.append(row.text(0))
                return true
            }
        }
        return names
    }
}
