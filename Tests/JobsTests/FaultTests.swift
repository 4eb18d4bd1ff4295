import Access
import Base
import Foundation
import Jobs
import SQLDatabase
import Synchronization
import Testing
import Vault

/// A database whose transactions fail when a test wants it: before they begin, or when they are to be durable.
final class FaultyDatabase: SQLDatabase {
    private struct Faults {
        var random = SeededRandom(seed: 0)
        var oneIn = 0
        var count = 0
    }

    private let whole: any SQLDatabase
    private let faults = Mutex(Faults())

    init(_ whole: any SQLDatabase) {
        self.whole = whole
    }

    /// Has one in so many transactions fail from now on; 0 for none.
    func fail(oneIn: Int, seed: UInt64) {
        faults.withLock { faults in
            faults.oneIn = oneIn
            faults.random = SeededRandom(seed: seed)
        }
    }

    var failures: Int { faults.withLock { $0.count } }

    var dialect: SQLDialect { whole.dialect }

    func write<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
        let place = faults.withLock { faults -> Int in
            guard faults.oneIn > 0, Int.random(in: 0..<faults.oneIn, using: &faults.random) == 0 else { return 0 }
            faults.count += 1
            return Int.random(in: 1...2, using: &faults.random)
        }
        let full = SQLError(code: .full, detail: "the disk is full")
        if place == 1 { throw full }
        return try whole.write { connection in
            let result = try body(connection)
            if place == 2 { throw full }
            return result
        }
    }

    func read<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result { try whole.read(body) }

    func readTransaction<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
        try whole.readTransaction(body)
    }

    func overwriteDeleted() throws { try whole.overwriteDeleted() }
    func emptyJournal() throws { try whole.emptyJournal() }
    func compact() throws { try whole.compact() }
    func verify() throws { try whole.verify() }
    func bytesOnDisk() throws -> Int { try whole.bytesOnDisk() }
    func close() throws { try whole.close() }
}

@Suite struct FaultTests {
    private let test: TestQueues
    private let faulty: FaultyDatabase
    private let queue: JobQueue

    init() throws {
        test = try TestQueues()
        faulty = FaultyDatabase(test.database)
        queue = try JobQueue(database: faulty, vault: test.vault, clock: SystemClock())
        try test.database.write { try $0.execute("CREATE TABLE effects (name TEXT NOT NULL) STRICT") }
    }

    private func effects() throws -> [String] {
        var names: [String] = []
        try test.database.read { connection in
            try connection.query("SELECT name FROM effects", []) { row in
                names.append(row.text(0))
                return true
            }
        }
        return names
    }

    @Test func `a change that fails takes no other with it`() throws {
        struct Broken: Error {}
        _ = try queue.enqueue((0..<64).map { job("\($0)") })
        let claimed = try queue.take(64)
        let answers = Mutex<[String: Bool]>([:])
        let threads = claimed.map { claim in
            WorkerThread(name: "finish") { [queue] in
                let isFinished = try? queue.finish([(claim, .done(result: nil))]) { connection in
                    try connection.execute("INSERT INTO effects VALUES ($1)", [.text(claim.text)])
                    if claim.text.hasSuffix("3") { throw Broken() }
                }
                answers.withLock { $0[claim.text] = isFinished == [true] }
            }
        }
        for thread in threads { thread.join() }
        let good = claimed.map(\.text).filter { !$0.hasSuffix("3") }
        #expect(answers.withLock { $0.filter(\.value).keys.sorted() } == good.sorted())
        #expect(try effects().sorted() == good.sorted())
        #expect(try queue.counts().first?.counts == [.running: 64 - good.count])
    }

    @Test(arguments: 0..<4)
    func `transactions that fail lose no job, and nothing is done twice`(_ seed: UInt64) throws {
        faulty.fail(oneIn: 3, seed: seed)
        let queue = queue
        let threads = (0..<6).map { number in
            WorkerThread(name: "faults") {
                for step in 0..<12 {
                    while (try? queue.enqueue([job("\(number)/\(step)", key: "\(number)/\(step)")])) == nil {}
                    var claimed: [ClaimedJob]?
                    while claimed == nil { claimed = try? queue.take(2) }
                    for claim in claimed ?? [] {
                        while (try? queue.finish([(claim, .done(result: nil))]) { connection in
                            try connection.execute("INSERT INTO effects VALUES ($1)", [.text(claim.text)])
                        }) == nil {}
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(faulty.failures > 20)
        faulty.fail(oneIn: 0, seed: 0)
        let names = try effects()
        #expect(names.count == 72)
        #expect(Set(names).count == 72)
        #expect(try queue.counts(withEnded: true).first?.counts == [.done: 72])
    }

    @Test func `workers go on when the database works again`() throws {
        let workers = JobWorkers(queue) { _ in }
        workers.serve(queue: "mail", threads: 2) { context in
            let text = context.job.text
            context.finishing { try $0.execute("INSERT INTO effects VALUES ($1)", [.text(text)]) }
            return .done(result: nil)
        }
        _ = try queue.enqueue((0..<6).map { job("\($0)") })
        faulty.fail(oneIn: 4, seed: 9)
        workers.start()
        for _ in 0..<3000 where try effects().count < 6 { usleep(10_000) }
        faulty.fail(oneIn: 0, seed: 0)
        workers.drain(deadlineSeconds: 10)
        #expect(try effects().sorted() == ["0", "1", "2", "3", "4", "5"])
    }
}
