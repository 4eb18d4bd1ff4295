import Access
import Base
import Foundation
import Jobs
import Testing

@Suite struct ScheduleTests {
    private let test: TestQueues
    private let queue: JobQueue
    private let schedules: JobSchedules

    init() throws {
        test = try TestQueues()
        queue = try test.queue()
        schedules = JobSchedules(queue) { Issue.record($0) }
    }

    private func schedule(
        _ cron: String, name: String = "nightly", missed: JobSchedule.MissedPolicy = .coalesce
    ) throws -> JobSchedule {
        JobSchedule(
            name: name, tenant: .north, cron: try CronExpression(cron), zone: "UTC", queue: "mail",
            payload: Array("go".utf8), missed: missed)
    }

    /// The moments that jobs were asked for, in minutes from the start.
    private func fired(since start: Instant) throws -> [Int64] {
        let jobs = try queue.take(1000)
        _ = try queue.finish(jobs.map { ($0, .done(result: nil)) })
        return jobs.compactMap { $0.nominal.map { ($0.microseconds - start.microseconds) / 60_000_000 } }.sorted()
    }

    @Test func `each time asks for one job, meant for that moment`() throws {
        let start = test.time.now()
        try schedules.put(schedule("*/10 * * * *"))
        for _ in 0..<60 {
            test.time.pass(60)
            _ = try schedules.fire()
            _ = try schedules.fire()
        }
        #expect(try fired(since: start) == [10, 20, 30, 40, 50, 60])
        #expect(try schedules.list(tenant: .north).first?.missed.isEmpty == true)
    }

    @Test(arguments: 0..<8)
    func `a clock that jumps an hour fires nothing twice and loses nothing`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let start = test.time.now()
        try schedules.put(schedule("*/10 * * * *", missed: .all(max: 1000)))
        var seen: [Int64] = []
        var off = 0.0
        for _ in 0..<100 {
            test.time.pass(Double.random(in: 0...900, using: &random))
            if Int.random(in: 0..<4, using: &random) == 0 {
                let jump = off > 0 ? -3600.0 : off < 0 ? 3600.0 : Bool.random(using: &random) ? 3600 : -3600
                test.time.jump(jump)
                off += jump
            }
            // A new process now and then.
            if Int.random(in: 0..<8, using: &random) == 0 {
                _ = try JobSchedules(test.queue()) { Issue.record($0) }.fire()
            }
            _ = try schedules.fire()
            seen += try fired(since: start)
        }
        test.time.jump(-off)
        test.time.pass(7200)
        _ = try schedules.fire()
        seen += try fired(since: start)
        let end = (test.time.now().microseconds - start.microseconds) / 60_000_000
        #expect(seen.sorted() == Array(stride(from: 10, through: end, by: 10)))
    }

    @Test func `what was missed while no server ran comes to one job, and is recorded`() throws {
        let start = test.time.now()
        try schedules.put(schedule("0 * * * *"))
        test.time.pass(5 * 3600 + 100)
        let next = try #require(try schedules.fire())
        #expect(next > test.time.now())
        #expect(try fired(since: start).count == 1)
        let facts = try #require(try schedules.list(tenant: .north).first)
        #expect(facts.missed.map(\.count) == [4])
        #expect(facts.missed[0].last.microseconds == facts.last.microseconds - 3_600_000_000)
        #expect(facts.missed[0].first.microseconds == facts.last.microseconds - 4 * 3_600_000_000)
        #expect(facts.next == next)
    }

    @Test func `missed times are all made up for, or left out, where that is wanted`() throws {
        let start = test.time.now()
        try schedules.put(schedule("0 * * * *", name: "all", missed: .all(max: 3)))
        try schedules.put(schedule("0 * * * *", name: "none", missed: .skip))
        test.time.pass(6 * 3600 + 100)
        _ = try schedules.fire()
        #expect(try fired(since: start).count == 3)
        let facts = try schedules.list(tenant: .north)
        #expect(facts.map(\.schedule.name) == ["all", "none"])
        #expect(facts.map { $0.missed.map(\.count) } == [[3], [6]])
    }

    @Test func `two processes ask for a firing once`() throws {
        let other = JobSchedules(try test.queue()) { Issue.record($0) }
        let start = test.time.now()
        try schedules.put(schedule("*/5 * * * *"))
        for _ in 0..<6 {
            test.time.pass(300)
            _ = try other.fire()
            _ = try schedules.fire()
        }
        #expect(try fired(since: start).count == 6)
    }

    @Test func `a schedule that is put in again goes on where it was, and new times begin now`() throws {
        let start = test.time.now()
        try schedules.put(schedule("*/10 * * * *"))
        test.time.pass(600)
        try schedules.put(schedule("*/10 * * * *"))
        #expect(try fired(since: start).count == 1)
        test.time.pass(601)
        try schedules.put(schedule("*/7 * * * *"))
        #expect(try fired(since: start).count == 1)
        let facts = try #require(try schedules.list(tenant: .north).first)
        #expect(facts.last == test.time.now())
        #expect(facts.schedule.payload == Array("go".utf8))
        #expect(try schedules.remove("nightly", tenant: .south) == false)
        #expect(try schedules.remove("nightly", tenant: .north))
        test.time.pass(3600)
        #expect(try schedules.fire() == nil)
        #expect(try fired(since: start).isEmpty)
    }

    @Test func `a clock that was years ahead does not keep a schedule from firing`() throws {
        test.time.jump(50 * 365 * 86_400)
        try schedules.put(schedule("*/10 * * * *"))
        test.time.pass(600)
        _ = try schedules.fire()
        test.time.jump(-50 * 365 * 86_400)
        let start = test.time.now()
        _ = try schedules.fire()
        _ = try fired(since: start)
        test.time.pass(600)
        _ = try schedules.fire()
        #expect(try fired(since: start).count == 1)
    }

    @Test func `its own thread fires when the time has come`() throws {
        schedules.start()
        let start = test.time.now()
        try schedules.put(schedule("*/10 * * * *"))
        test.time.pass(600)
        for _ in 0..<1000 where try queue.counts().isEmpty { usleep(10_000) }
        schedules.stop()
        #expect(try fired(since: start).count == 1)
    }

    @Test func `malformed schedules are refused`() throws {
        var wrong = [try schedule("@daily", name: ""), try schedule("@daily", missed: .all(max: 0))]
        wrong.append(try schedule("@daily"))
        wrong[2].zone = "Mars/Olympus"
        wrong.append(try schedule("@daily"))
        wrong[3].queue = "No Queue"
        for wrong in wrong { #expect(throws: JobsError.self) { try schedules.put(wrong) } }
        #expect(try schedules.list(tenant: .north).isEmpty)
    }
}
