import Access
import Base
import Jobs
import SQLDatabase
import Synchronization
import Testing

/// What every adapter of the queue must do.
@Suite struct QueueContractTests {
    private let test: TestQueues

    init() throws {
        test = try TestQueues()
    }

    @Test func `a job is claimed once, with what was asked for, and done`() throws {
        let queue = try test.queue()
        let asked = NewJob(
            queue: "mail", tenant: .north, payload: [1, 2, 3], uniqueKey: "k", priority: 5, group: "ingest/1",
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        let id = try #require(try queue.enqueue([asked]).first?.id)
        #expect(JobID(id.description) == id)
        #expect(id.description.count == 22)
        let claimed = try #require(try queue.take(5).first)
        #expect(claimed.id == id)
        #expect(claimed.payload == [1, 2, 3])
        #expect(claimed.group == "ingest/1")
        #expect(claimed.traceparent == asked.traceparent)
        #expect(claimed.attempt == 1)
        #expect(claimed.tenant == .north)
        #expect(try queue.take(5).isEmpty)
        #expect(try queue.finish([(claimed, .done(result: [9]))]) == [true])
        #expect(try queue.finish([(claimed, .done(result: [8]))]) == [false])
        let facts = try #require(try queue.job(id, tenant: .north))
        #expect(facts.state == .done)
        #expect(facts.result == [9])
        #expect(facts.uniqueKey == "k")
        #expect(facts.priority == 5)
        #expect(try queue.job(id, tenant: .south) == nil)
    }

    @Test func `a second request for the same work joins the first while that is live`() throws {
        let queue = try test.queue()
        let first = try queue.enqueue([job(key: "patient 1")])[0].id
        #expect(try queue.enqueue([job(key: "patient 1"), job(key: "patient 1")]) == [.joined(first), .joined(first)])
        #expect(try queue.enqueue([job(tenant: .south, key: "patient 1")])[0].id != first)
        #expect(try queue.enqueue([job(queue: "other", key: "patient 1")])[0].id != first)
        let claimed = try #require(try queue.take().first)
        #expect(try queue.enqueue([job(key: "patient 1")]) == [.joined(claimed.id)])
        _ = try queue.finish([(claimed, .done(result: nil))])
        guard case .added = try queue.enqueue([job(key: "patient 1")])[0] else {
            Issue.record("the key of a job that is done is free")
            return
        }
    }

    @Test func `a job waits until its time, whatever the clock is set to`() throws {
        let queue = try test.queue()
        _ = try queue.enqueue([job(notBefore: test.time.now().advanced(bySeconds: 60))])
        test.time.jump(3600)
        #expect(try queue.take().isEmpty)
        test.time.pass(59)
        test.time.jump(-7200)
        #expect(try queue.take().isEmpty)
        #expect(try queue.nextDueSeconds() == 1)
        test.time.pass(1)
        #expect(try queue.take().count == 1)
    }

    @Test func `delays go on over a restart with the clock set back`() throws {
        let first = try test.queue()
        _ = try first.enqueue([job(notBefore: test.time.now().advanced(bySeconds: 60))])
        test.time.pass(30)
        try first.close()
        test.time.jump(-3600)
        let second = try test.queue()
        test.time.pass(29)
        #expect(try second.take().isEmpty)
        test.time.pass(1)
        #expect(try second.take().count == 1)
    }

    @Test func `higher priorities go first, but nothing starves`() throws {
        let queue = try test.queue()
        _ = try queue.enqueue([job("low"), job("high", priority: 1)])
        test.time.pass(61)
        _ = try queue.enqueue([job("late and high", priority: 1)])
        #expect(try queue.take(9).map(\.text) == ["high", "low", "late and high"])
    }

    @Test func `tenants take turns`() throws {
        let queue = try test.queue()
        _ = try queue.enqueue((0..<5).map { job("n\($0)", priority: 9) })
        _ = try queue.enqueue((0..<3).map { job("s\($0)", tenant: .south) })
        let order = try (0..<8).flatMap { _ in try queue.take() }.map(\.text)
        #expect(order == ["n0", "s0", "n1", "s1", "n2", "s2", "n3", "n4"])
    }

    @Test func `a batch holds an even share of each tenant, and all there is if some have less`() throws {
        let queue = try test.queue()
        _ = try queue.enqueue((0..<50).map { job("n\($0)") })
        _ = try queue.enqueue((0..<3).map { job("s\($0)", tenant: .south) })
        let batch = try queue.take(20)
        #expect(batch.count == 20)
        #expect(batch.filter { $0.tenant == .south }.count == 3)
        #expect(try queue.take(100).count == 33)
    }

    @Test func `no more jobs run than a queue and a tenant may have`() throws {
        let queue = try test.queue()
        queue.setConcurrency(JobConcurrency(runningMax: 3, perTenantMax: 2), of: "mail")
        _ = try queue.enqueue((0..<5).map { job("n\($0)") } + [job("s", tenant: .south), job("t", tenant: .south)])
        let running = try queue.take(10)
        #expect(running.count == 3)
        #expect(running.filter { $0.tenant == .north }.count <= 2)
        #expect(try queue.take(10).isEmpty)
        _ = try queue.finish(running.map { ($0, .done(result: nil)) })
        #expect(try queue.take(10).count == 3)
    }

    @Test func `a lease ends when nothing is heard of its holder for as long as it lasts`() throws {
        let queue = try test.queue()
        _ = try queue.enqueue([job("a")])
        let claimed = try #require(try queue.take(leaseSeconds: 30).first)
        _ = try queue.tend()
        test.time.pass(29)
        guard case .goOn = try queue.heartbeat([claimed])[0] else {
            Issue.record("the lease holds")
            return
        }
        test.time.pass(29)
        _ = try queue.tend()
        #expect(try queue.take().isEmpty)
        test.time.pass(30)
        _ = try queue.tend()
        let next = try #require(try queue.take().first)
        #expect(next.id == claimed.id)
        #expect(next.lease.fence > claimed.lease.fence)
        #expect(next.attempt == 1)
        #expect(try queue.heartbeat([claimed]) == [.lost])
        #expect(try queue.finish([(claimed, .done(result: nil))]) == [false])
        #expect(try queue.finish([(next, .done(result: nil))]) == [true])
    }

    @Test func `a clock that jumps an hour ends no lease and keeps none`() throws {
        let holder = try test.queue()
        let other = try test.queue()
        _ = try holder.enqueue([job("a")])
        let claimed = try #require(try holder.take(leaseSeconds: 30).first)
        _ = try other.tend()
        test.time.jump(3600)
        _ = try other.tend()
        #expect(try other.take().isEmpty)
        test.time.jump(-7200)
        test.time.pass(20)
        _ = try other.tend()
        #expect(try holder.heartbeat([claimed]).contains(.lost) == false)
        _ = try other.tend()
        test.time.pass(30)
        _ = try other.tend()
        #expect(try other.take().map(\.id) == [claimed.id])
        #expect(try holder.finish([(claimed, .done(result: nil))]) == [false])
    }

    @Test func `what a process that ended held is there at once for the one that has the tables alone`() throws {
        let first = try test.queue()
        _ = try first.enqueue([job("a")])
        let lost = try #require(try first.take(leaseSeconds: 3600).first)
        let second = try test.queue(isAlone: true)
        #expect(try second.take().map(\.id) == [lost.id])
        #expect(try second.finish([(lost, .done(result: nil))]) == [false])
    }

    @Test func `a job that kills its workers is a dead letter in the end`() throws {
        let queue = try test.queue { $0.rules.lossesMax = 3 }
        let id = try queue.enqueue([job("poison", attemptsMax: 1)])[0].id
        for _ in 0...3 {
            while try queue.take(leaseSeconds: 10).isEmpty { test.time.pass(1) }
            _ = try queue.tend()
            test.time.pass(10)
            _ = try queue.tend()
        }
        let facts = try #require(try queue.job(id, tenant: .north))
        #expect(facts.state == .dead)
        #expect(facts.reason == "its worker vanished 4 times")
        #expect(facts.losses == 4)
    }

    @Test func `failures are tried again after growing waits, then the job is a dead letter with its reason`() throws {
        let queue = try test.queue { options in
            options.rules.backoffSeconds = 10
            options.rules.backoffSecondsMax = 35
        }
        let id = try queue.enqueue([job(attemptsMax: 4)])[0].id
        for attempt in 1...4 {
            var waited = 0.0
            while true {
                if let claimed = try queue.take().first {
                    #expect(claimed.attempt == attempt)
                    _ = try queue.finish([(claimed, .failed(reason: "no \(attempt)", isFinal: false))])
                    break
                }
                test.time.pass(0.5)
                test.time.jump(attempt == 2 ? 3600 : -3600)
                waited += 0.5
            }
            #expect(waited <= [0, 10, 20, 35][attempt - 1] + 0.5)
        }
        let facts = try #require(try queue.job(id, tenant: .north))
        #expect(facts.state == .dead)
        #expect(facts.reason == "no 4")
        #expect(facts.attempts == 4)
        #expect(try queue.retry(id, tenant: .north) == .done)
        let again = try #require(try queue.take().first)
        #expect(again.attempt == 1)
        _ = try queue.finish([(again, .failed(reason: "never", isFinal: true))])
        #expect(try queue.job(id, tenant: .north)?.state == .dead)
    }

    @Test func `a job that wants to run later again is not counted`() throws {
        let queue = try test.queue()
        _ = try queue.enqueue([job(attemptsMax: 1)])
        for _ in 0..<3 {
            let claimed = try #require(try queue.take().first)
            #expect(claimed.attempt == 1)
            #expect(
                try queue.finish([(claimed, .again(notBefore: test.time.now().advanced(bySeconds: 5)))]) == [true])
            #expect(try queue.take().isEmpty)
            test.time.pass(5)
        }
    }

    @Test func `what a job did is written with its end, exactly once`() throws {
        let queue = try test.queue()
        try test.database.write { try $0.execute("CREATE TABLE effects (name TEXT NOT NULL) STRICT") }
        func effects() throws -> Int {
            var count = 0
            try test.database.read { connection in
                try connection.query("SELECT count(*) FROM effects", []) { row in
                    count = Int(row.integer(0))
                    return false
                }
            }
            return count
        }
        let write: (any SQLConnection) throws -> Void = { try $0.execute("INSERT INTO effects VALUES ('x')") }
        _ = try queue.enqueue([job("a"), job("b")])
        let claimed = try queue.take(2)
        struct Broken: Error {}
        #expect(throws: Broken.self) {
            _ = try queue.finish([(claimed[0], .done(result: nil))]) { connection in
                try write(connection)
                throw Broken()
            }
        }
        #expect(try effects() == 0)
        #expect(try queue.finish([(claimed[0], .done(result: nil))], alongside: write) == [true])
        #expect(try queue.finish([(claimed[0], .done(result: nil))], alongside: write) == [false])
        #expect(try queue.finish(claimed.map { ($0, .done(result: nil)) }, alongside: write) == [false, false])
        #expect(try effects() == 1)
        #expect(try queue.finish([(claimed[1], .done(result: nil))]) == [true])
    }

    @Test func `a job asks for the same work anew in the transaction that ends it`() throws {
        let queue = try test.queue()
        let first = try queue.enqueue([job("a", key: "k")])[0].id
        let claimed = try queue.take()
        let answers = try queue.finish([(claimed[0], .done(result: nil))]) { connection in
            let again = try queue.enqueue([job("b", key: "k")], on: connection)
            #expect(again[0] != .joined(first))
        }
        #expect(answers == [true])
        #expect(try queue.take().map(\.text) == ["b"])
    }

    @Test func `jobs asked for in a transaction are there if and only if it commits`() throws {
        let queue = try test.queue()
        struct Broken: Error {}
        #expect(throws: Broken.self) {
            try test.database.write { connection in
                _ = try queue.enqueue([job("a")], on: connection)
                throw Broken()
            }
        }
        #expect(try queue.take().isEmpty)
        try test.database.write { _ = try queue.enqueue([job("a")], on: $0) }
        #expect(try queue.take().count == 1)
    }

    @Test func `a job that waits is cancelled at once, one that runs is told`() throws {
        let queue = try test.queue()
        let ids = try queue.enqueue([job("a"), job("b")]).map(\.id)
        let running = try #require(try queue.take().first)
        #expect(try queue.cancel(ids[1], tenant: .north) == .done)
        #expect(try queue.cancel(ids[1], tenant: .north) == .unchanged)
        #expect(try queue.cancel(ids[0], tenant: .south) == .notFound)
        #expect(try queue.cancel(ids[0], tenant: .north) == .signalled)
        guard case .cancel = try queue.heartbeat([running])[0] else {
            Issue.record("a heartbeat brings the signal")
            return
        }
        #expect(try queue.finish([(running, .failed(reason: "stopped", isFinal: false))]) == [true])
        #expect(try queue.job(ids[0], tenant: .north)?.state == .cancelled)
        #expect(try queue.take().isEmpty)
        #expect(try queue.retry(ids[1], tenant: .north) == .done)
        #expect(try queue.take().map(\.text) == ["b"])
    }

    @Test func `a job that was done before it heard of its cancellation is done`() throws {
        let queue = try test.queue()
        let id = try queue.enqueue([job("a")])[0].id
        let running = try #require(try queue.take().first)
        _ = try queue.cancel(id, tenant: .north)
        #expect(try queue.finish([(running, .done(result: nil))]) == [true])
        #expect(try queue.job(id, tenant: .north)?.state == .done)
    }

    @Test func `a buried job is a dead letter, and whoever ran it has lost it`() throws {
        let queue = try test.queue()
        let ids = try queue.enqueue([job("a"), job("b")]).map(\.id)
        let running = try #require(try queue.take().first)
        for id in ids { #expect(try queue.bury(id, tenant: .north, reason: "by hand") == .done) }
        #expect(try queue.finish([(running, .done(result: nil))]) == [false])
        #expect(try queue.job(ids[0], tenant: .north)?.reason == "by hand")
        #expect(try queue.bury(ids[0], tenant: .north, reason: "again") == .unchanged)
    }

    @Test func `a dead letter is not put back where a live job has its key`() throws {
        let queue = try test.queue()
        let dead = try queue.enqueue([job("a", key: "k")])[0].id
        _ = try queue.bury(dead, tenant: .north, reason: "x")
        let live = try queue.enqueue([job("b", key: "k")])[0].id
        #expect(try queue.retry(dead, tenant: .north) == .taken(live))
        _ = try queue.cancel(live, tenant: .north)
        #expect(try queue.retry(dead, tenant: .north) == .done)
        #expect(try queue.enqueue([job("c", key: "k")]) == [.joined(dead)])
    }

    @Test func `a paused group is claimed no more until it goes on, latecomers included`() throws {
        let queue = try test.queue()
        _ = try queue.enqueue((0..<4).map { job("\($0)", group: "g") } + [job("other")])
        let running = try queue.take(1)
        #expect(try queue.pause(group: "g", tenant: .north) == 3)
        #expect(try queue.isPaused(group: "g", tenant: .north))
        #expect(try !queue.isPaused(group: "g", tenant: .south))
        _ = try queue.enqueue([job("late", group: "g")])
        _ = try queue.finish([(running[0], .again(notBefore: nil))])
        #expect(try queue.take(9).map(\.text) == ["other"])
        #expect(try queue.jobs(tenant: .north, state: .paused, count: 10).jobs.count == 5)
        #expect(try queue.resume(group: "g", tenant: .north) == 5)
        #expect(try queue.take(9).count == 5)
    }

    @Test func `a group is cancelled and put back as a whole`() throws {
        let queue = try test.queue()
        _ = try queue.enqueue((0..<1200).map { job("\($0)", group: "g") } + [job("other")])
        let running = try queue.take(2)
        #expect(try queue.cancel(group: "g", tenant: .south) == 0)
        #expect(try queue.cancel(group: "g", tenant: .north) == 1200)
        _ = try queue.finish(running.map { ($0, .failed(reason: "told", isFinal: false)) })
        #expect(try queue.take(9).map(\.text) == ["other"])
        #expect(try queue.retry(group: "g", tenant: .north) == 1200)
        #expect(try queue.take(2000).count == 1200)
    }

    @Test func `jobs are listed newest first, in pages, by what they are`() throws {
        let queue = try test.queue()
        let ids = try queue.enqueue((0..<25).map { job("\($0)", queue: $0 < 20 ? "mail" : "fax") }).map(\.id)
        _ = try queue.enqueue([job(queue: "other", tenant: .south)])
        var seen: [JobID] = []
        var after: JobID?
        repeat {
            let page = try queue.jobs(tenant: .north, after: after, count: 10)
            seen += page.jobs.map(\.id)
            after = page.next
        } while after != nil
        #expect(seen == ids.reversed())
        #expect(try queue.jobs(tenant: .north, queue: "fax", count: 10).jobs.count == 5)
        _ = try queue.take(3)
        #expect(try queue.jobs(tenant: .north, state: .running, count: 10).jobs.count == 3)
        let counts = try queue.counts(tenant: .north)
        #expect(counts.map(\.queue) == ["fax", "mail"])
        #expect(counts[1].counts == [.waiting: 17, .running: 3])
        #expect(counts[1].ready == 17)
        test.time.pass(4)
        #expect(try queue.counts()[1].oldestReadySeconds == 4)
    }

    @Test func `progress is seen while a job runs`() throws {
        let queue = try test.queue()
        let id = try queue.enqueue([job()])[0].id
        let running = try #require(try queue.take().first)
        _ = try queue.heartbeat([running], progress: [id: JobProgress(done: 3, total: 9, note: "Ann's letter")])
        _ = try queue.heartbeat([running])
        #expect(
            try queue.job(id, tenant: .north)?.progress == JobProgress(done: 3, total: 9, note: "Ann's letter"))
    }

    @Test func `what has ended long ago is removed, dead letters later`() throws {
        let queue = try test.queue { options in
            options.endedSeconds = 100
            options.deadSeconds = 1000
        }
        let ids = try queue.enqueue((0..<700).map { job("\($0)") }).map(\.id)
        let running = try queue.take(700)
        _ = try queue.finish(
            running.enumerated().map { ($1, $0 == 0 ? .failed(reason: "x", isFinal: true) : .done(result: [1])) })
        test.time.pass(99)
        _ = try queue.tend()
        #expect(try queue.job(ids[1], tenant: .north) != nil)
        test.time.pass(2)
        _ = try queue.tend()
        #expect(try queue.counts(withEnded: true).first?.counts == [.dead: 1])
        test.time.pass(1000)
        _ = try queue.tend()
        #expect(try queue.counts(withEnded: true).isEmpty)
    }

    @Test func `nothing that a job holds stands in clear, and what was altered is buried, in nobody's way`() throws {
        let queue = try test.queue()
        let secret = "Karoline Overgaard"
        let ids = try queue.enqueue([job(secret, key: secret, group: secret), job("fine")]).map(\.id)
        let running = try #require(try queue.take().first)
        _ = try queue.heartbeat([running], progress: [ids[0]: JobProgress(done: 1, note: secret)])
        _ = try queue.finish([(running, .failed(reason: secret, isFinal: true))])
        try test.database.emptyJournal()
        for table in ["job_rows", "job_contents"] {
            try test.database.read { connection in
                try connection.query("SELECT quote(t.job_no), t.* FROM \(table) t", []) { row in
                    for column in 0..<(table == "job_rows" ? 24 : 5) {
                        let bytes = Array(row.blob(column))
                        #expect(!String(decoding: bytes, as: UTF8.self).contains("Overgaard"), "\(table)")
                    }
                    return true
                }
            }
        }
        _ = try queue.retry(ids[0], tenant: .north)
        try test.database.write { connection in
            try connection.execute(
                "UPDATE job_contents SET sealed = (SELECT sealed FROM job_contents ORDER BY job_no DESC LIMIT 1)")
        }
        #expect(try queue.take(9).map(\.text) == ["fine"])
        #expect(try queue.counts(withEnded: true).first?.counts == [.dead: 1, .running: 1])
        let listed = try queue.jobs(tenant: .north, count: 10).jobs
        #expect(listed.map(\.state) == [.running, .dead])
        #expect(listed[1].reason == "what it holds was altered, or cannot be opened")
        #expect(try queue.retry(ids[0], tenant: .north) == .refused(.dead))
    }

    @Test func `requests out of bounds are refused before anything is written`() throws {
        let queue = try test.queue()
        let wrong = [
            job(queue: ""), job(queue: "Mail"), job(queue: String(repeating: "a", count: 65)),
            NewJob(queue: "mail", tenant: .north, payload: [UInt8](repeating: 0, count: (1 << 20) + 1)),
            job(key: ""), job(key: String(repeating: "k", count: 513)), job(priority: 101), job(priority: -101),
            job(attemptsMax: 0), job(attemptsMax: 1001), job(group: ""),
        ]
        for wrong in wrong {
            #expect(throws: JobsError.self) { try queue.enqueue([job("fine"), wrong]) }
        }
        #expect(throws: JobsError.self) { try queue.take(leaseSeconds: 0) }
        #expect(throws: JobsError.self) { try queue.take(leaseSeconds: .nan) }
        #expect(try queue.take(9).isEmpty)
        #expect(JobID("") == nil)
        #expect(JobID(String(repeating: "!", count: 22)) == nil)
    }
}
