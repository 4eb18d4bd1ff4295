import Access
import Audit
import Base
import HTTP
import JSONTape
import Jobs
import OnboardingAPI
import Testing

/// Jobs, for those who run the tenant.
@Suite struct JobRouteTests {
    private let test: TestOnboarding

    init() throws {
        test = try TestOnboarding()
    }

    private func enqueue(_ count: Int = 1, key: String? = nil, tenant: TenantName = .standard) throws -> [JobID] {
        let job = NewJob(
            queue: "ingest-part", tenant: tenant, payload: Array("Ann Smith".utf8), uniqueKey: key, group: "ingest/1")
        return try test.jobs.enqueue([NewJob](repeating: job, count: count)).map(\.id)
    }

    private func state(_ id: JobID) throws -> JobState? {
        try test.jobs.job(id, tenant: .standard)?.state
    }

    @Test func `jobs are listed in pages, by state, without what they were given`() async throws {
        let ids = try enqueue(5)
        _ = try test.jobs.cancel(ids[4], tenant: .standard)
        let first = try await test.send(.get, "/jobs?limit=2", as: "admin")
        #expect(first.status == .ok)
        let next = try #require(try TestOnboarding.text(first, "next"))
        #expect(next == ids[3].description)
        let second = try await test.send(.get, "/jobs?limit=9&after=\(next)", as: "admin")
        let body = try TestOnboarding.body(second)
        #expect(ids[..<3].allSatisfy { body.contains($0.description) })
        #expect(!body.contains(next))
        #expect(!body.contains("Ann"))
        #expect(body.contains(#""group":"ingest/1""#))
        let cancelled = try TestOnboarding.body(await test.send(.get, "/jobs?state=cancelled", as: "admin"))
        #expect(cancelled.contains(ids[4].description) && !cancelled.contains(ids[3].description))
        for query in ["state=lost", "after=x", "limit=0", "limit=201"] {
            #expect(try await test.send(.get, "/jobs?\(query)", as: "admin").status == .badRequest)
        }
    }

    @Test func `a job is read with its progress and its reason`() async throws {
        let id = try enqueue()[0]
        let claimed = try test.jobs.claim(["ingest-part"], worker: "w", count: 1, leaseSeconds: 30)
        _ = try test.jobs.heartbeat(claimed, progress: [id: JobProgress(done: 3, total: 9)])
        _ = try test.jobs.finish([(claimed[0], .failed(reason: "its file is gone", isFinal: true))])
        let answer = try await test.send(.get, "/jobs/\(id)", as: "admin")
        #expect(try TestOnboarding.text(answer, "state") == "dead")
        #expect(try TestOnboarding.text(answer, "progress", "total") == "9")
        #expect(try TestOnboarding.text(answer, "reason") == "its file is gone")
        #expect(try TestOnboarding.text(answer, "worker") == "w")
        #expect(test.trail.last?.entry.resources == ["job/\(id)"])
    }

    @Test func `a job is cancelled, put back and buried`() async throws {
        let id = try enqueue()[0]
        #expect(try await TestOnboarding.text(test.post("/jobs/\(id)/cancel", as: "admin"), "state") == "cancelled")
        #expect(try await TestOnboarding.text(test.post("/jobs/\(id)/retry", as: "whole"), "state") == "waiting")
        let buried = try await test.post("/jobs/\(id)/bury", #"{"reason":"by hand"}"#, as: "admin")
        #expect(try TestOnboarding.text(buried, "reason") == "by hand")
        #expect(try state(id) == .dead)
        #expect(test.trail.last?.entry.event == "job-bury")
        #expect(try await test.post("/jobs/\(id)/cancel", as: "admin").status == .conflict)
        #expect(try await test.post("/jobs/\(id)/bury", #"{"why":"x"}"#, as: "admin").status == .badRequest)
    }

    @Test func `a job whose key another one has is not put back`() async throws {
        let dead = try enqueue(key: "k")[0]
        _ = try test.jobs.bury(dead, tenant: .standard, reason: "x")
        let live = try enqueue(key: "k")[0]
        let answer = try await test.post("/jobs/\(dead)/retry", as: "admin")
        #expect(answer.status == .conflict)
        #expect(try TestOnboarding.body(answer).contains(live.description))
    }

    @Test func `jobs of another tenant answer as those that there are not`() async throws {
        let id = try enqueue()[0]
        let none = String(repeating: "A", count: 22)
        for path in ["", "/retry", "/bury", "/cancel"] {
            let theirs = try await test.send(path.isEmpty ? .get : .post, "/jobs/\(id)\(path)", as: "stranger")
            let missing = try await test.send(path.isEmpty ? .get : .post, "/jobs/\(none)\(path)", as: "stranger")
            #expect(theirs.status == .notFound)
            #expect(try theirs.body.collect() == missing.body.collect())
        }
        #expect(try TestOnboarding.body(await test.send(.get, "/jobs", as: "stranger")) == #"{"items":[],"next":null}"#)
        #expect(try state(id) == .waiting)
    }
}
