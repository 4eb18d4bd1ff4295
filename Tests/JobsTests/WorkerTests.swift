import Access
import Base
import Foundation
import Jobs
import SQLDatabase
import Synchronization
import Testing

/// Real threads and real time, in small amounts.
@Suite struct WorkerTests {
    private let test: TestQueues
    private let queue: JobQueue
    private let workers: JobWorkers

    init() throws {
        test = try TestQueues()
        queue = try JobQueue(database: test.database, vault: test.vault, clock: SystemClock())
        workers = JobWorkers(queue, name: "test") { _ in }
    }

    /// Waits for something that comes soon.
    private func wait(_ what: Comment, for isThere: () throws -> Bool) throws {
        for _ in 0..<4000 {
            if try isThere() { return }
            usleep(5000)
        }
        Issue.record(what)
    }

    private func count(_ state: JobState) throws -> Int {
        try queue.counts(withEnded: true).reduce(0) { $0 + ($1.counts[state] ?? 0) }
    }

    @Test func `jobs asked for before and after the start are done, delayed ones in time`() throws {
        let seen = Mutex<[String]>([])
        workers.serve(queue: "mail", threads: 3, leaseSeconds: 10) { context in
            seen.withLock { $0.append(context.job.text) }
            return .done(result: nil)
        }
        _ = try queue.enqueue((0..<20).map { job("\($0)") })
        workers.start()
        _ = try queue.enqueue((20..<40).map { job("\($0)") })
        try test.database.write { _ = try queue.enqueue([job("in a transaction")], on: $0) }
        _ = try queue.enqueue([job("late", notBefore: SystemClock().now().advanced(bySeconds: 0.3))])
        try wait("all are done") { try count(.done) == 42 }
        workers.drain(deadlineSeconds: 5)
        #expect(Set(seen.withLock { $0 }).count == 42)
        #expect(seen.withLock { $0 }.count == 42)
    }

    @Test func `what a body throws counts as a failure, and what it writes alongside is there once`() throws {
        struct Broken: Error {}
        try test.database.write { try $0.execute("CREATE TABLE effects (name TEXT NOT NULL) STRICT") }
        let options = JobQueueOptions()
        #expect(options.rules.backoffSeconds == 1)
        workers.serve(queue: "mail", threads: 2) { context in
            if context.job.text == "throws" { throw Broken() }
            if context.job.text == "gives too much" {
                return .done(result: [UInt8](repeating: 1, count: JobLimits.resultBytesMax + 1))
            }
            let text = context.job.text
            context.finishing { connection in
                try connection.execute("INSERT INTO effects VALUES ('x')")
                if text == "cannot write" && context.job.attempt == 1 { throw Broken() }
            }
            return .done(result: nil)
        }
        workers.start()
        let ids = try queue.enqueue([
            job("throws", attemptsMax: 1), job("writes"), job("cannot write", attemptsMax: 2), job("gives too much"),
        ]).map(\.id)
        try wait("two are done") { try count(.done) == 2 }
        try wait("two are dead") { try count(.dead) == 2 }
        workers.drain(deadlineSeconds: 5)
        #expect(try queue.job(ids[0], tenant: .north)?.reason == "Broken()")
        #expect(try queue.job(ids[2], tenant: .north)?.attempts == 2)
        var effects = 0
        try test.database.read { connection in
            try connection.query("SELECT count(*) FROM effects", []) { row in
                effects = Int(row.integer(0))
                return false
            }
        }
        #expect(effects == 2)
    }

    @Test func `heartbeats keep a long job, bring its progress, and tell it to end`() throws {
        workers.serve(queue: "mail", threads: 1, leaseSeconds: 0.3) { context in
            for step in 0..<2000 {
                if context.isCancelled { return .failed(reason: "told to end", isFinal: true) }
                context.progress(done: UInt64(step), total: 2000, note: "step")
                usleep(5000)
            }
            return .done(result: nil)
        }
        workers.start()
        let id = try queue.enqueue([job("long")])[0].id
        try wait("progress is seen") { try queue.job(id, tenant: .north)?.progress?.done ?? 0 > 80 }
        #expect(try queue.job(id, tenant: .north)?.attempts == 1)
        #expect(try queue.job(id, tenant: .north)?.losses == 0)
        #expect(try queue.cancel(id, tenant: .north) == .signalled)
        try wait("it ends") { try queue.job(id, tenant: .north)?.state == .cancelled }
        workers.drain(deadlineSeconds: 5)
    }

    @Test func `a drain waits for what runs, and releases what does not end in time`() throws {
        let drained = Mutex(0)
        let isOpen = Mutex(false)
        workers.serve(queue: "mail", threads: 3, leaseSeconds: 30) { context in
            if context.job.text == "stubborn" {
                while !isOpen.withLock({ $0 }) { usleep(2000) }
                return .done(result: nil)
            }
            while !context.isDraining { usleep(2000) }
            drained.withLock { $0 += 1 }
            return .again(notBefore: nil)
        }
        workers.start()
        let ids = try queue.enqueue([job("a"), job("b"), job("stubborn")]).map(\.id)
        try wait("all run") { try count(.running) == 3 }
        workers.drain(deadlineSeconds: 0.3)
        #expect(drained.withLock { $0 } == 2)
        #expect(try count(.waiting) == 3)
        _ = try queue.enqueue([job("later")])
        usleep(50_000)
        #expect(try count(.waiting) == 4)
        isOpen.withLock { $0 = true }
        usleep(50_000)
        #expect(try queue.job(ids[2], tenant: .north)?.state == .waiting)
        #expect(try queue.take(9).map(\.attempt) == [1, 1, 1, 1])
    }

    @Test func `after a drain nothing runs, whenever it comes`() throws {
        var random = SeededRandom(seed: 2)
        _ = try queue.enqueue((0..<400).map { job("\($0)") })
        let done = Mutex<[String: Int]>([:])
        for _ in 0..<12 {
            let workers = JobWorkers(queue) { Issue.record($0) }
            workers.serve(queue: "mail", threads: 4) { context in
                done.withLock { $0[context.job.text, default: 0] += 1 }
                return .done(result: nil)
            }
            workers.start()
            usleep(UInt32.random(in: 0...20_000, using: &random))
            workers.drain(deadlineSeconds: 20)
            #expect(try count(.running) == 0)
            #expect(try count(.done) == done.withLock { $0.count })
        }
        #expect(done.withLock { $0.values.allSatisfy { $0 == 1 } })
    }

    @Test func `no more of one tenant run at once than may`() throws {
        let running = Mutex((now: 0, most: 0))
        workers.serve(queue: "mail", threads: 6, perTenantMax: 2) { _ in
            running.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            usleep(2000)
            running.withLock { $0.now -= 1 }
            return .done(result: nil)
        }
        workers.start()
        _ = try queue.enqueue((0..<40).map { job("\($0)") })
        try wait("all are done") { try count(.done) == 40 }
        workers.drain(deadlineSeconds: 5)
        #expect(running.withLock { $0.most } <= 2)
    }

    @Test func `many callers at once share what they wait for, and each job is done once`() throws {
        let done = Mutex<[String: Int]>([:])
        let queue = queue
        let threads = (0..<8).map { number in
            WorkerThread(name: "caller") {
                do {
                    for step in 0..<25 {
                        _ = try queue.enqueue([job("\(number)/\(step)")])
                        for claimed in try queue.take() {
                            if try queue.finish([(claimed, .done(result: nil))]) == [true] {
                                done.withLock { $0[claimed.text, default: 0] += 1 }
                            }
                        }
                    }
                } catch {
                    Issue.record(error)
                }
            }
        }
        for thread in threads { thread.join() }
        while let claimed = try queue.take().first {
            _ = try queue.finish([(claimed, .done(result: nil))])
            done.withLock { $0[claimed.text, default: 0] += 1 }
        }
        #expect(done.withLock { $0.count } == 200)
        #expect(done.withLock { $0.values.allSatisfy { $0 == 1 } })
    }
}
