import Access
import Audit
import Base
import Foundation
import HTTP
import Intake
import Jobs
import JSONTape
import OnboardingAPI
import Synchronization
import Testing

@Suite struct IngestRouteTests {
    /// A file with one patient and two rejects, taken in.
    private func ingested(_ test: TestOnboarding, workers: JobWorkers) throws -> IngestID {
        let text = #"{"resourceType":"Patient","id":"a"}"# + "\nbroken one\nbroken two\n"
        let path = test.folder + "/Patient.ndjson"
        try Data(text.utf8).write(to: URL(filePath: path))
        let content = try SourceContent(path: path, name: "Patient.ndjson")
        test.sources.contents.withLock { $0["u"] = [content] }
        let id = try test.ingests.begin(
            IngestSource(.upload, "u", name: "Patient.ndjson"), tenant: .standard, owner: "client/pusher")
        try test.ingests.serve(workers)
        workers.start()
        for _ in 0..<4_000 where try test.ingests.facts(id, tenant: .standard).state.isLive { usleep(5_000) }
        return id
    }

    @Test func `an ingest tells its state, its report, and page by page what it rejected`() async throws {
        let test = try TestOnboarding()
        let workers = JobWorkers(test.jobs) { Issue.record("a job: \($0)") }
        defer { workers.drain(deadlineSeconds: 10) }
        let id = try ingested(test, workers: workers)
        let object = try await test.send(.get, "/ingests/\(id)")
        #expect(try TestOnboarding.text(object, "state") == "finishedWithRejects")
        #expect(try TestOnboarding.text(object, "source", "upload") == "u")
        #expect(try TestOnboarding.text(object, "progress", "parts", "done") == "1")
        #expect(try TestOnboarding.text(object, "counts", "Patient") == "1")
        let list = try await TestOnboarding.body(test.send(.get, "/ingests?state=finishedWithRejects"))
        #expect(list.contains(id.description))
        #expect(
            try await TestOnboarding.body(test.send(.get, "/ingests?state=running")) == #"{"items":[],"next":null}"#)
        let report = try await test.send(.get, "/ingests/\(id)/report")
        #expect(try TestOnboarding.text(report, "totals", "rejected") == "2")
        #expect(try TestOnboarding.body(report).contains(#"{"code":"invalid-json","count":2}"#))

        let first = try await test.send(.get, "/ingests/\(id)/rejects?limit=1")
        #expect(first.headers["content-type"] == "application/x-ndjson")
        #expect(try TestOnboarding.body(first).contains("broken one"))
        #expect(try !TestOnboarding.body(first).contains("broken two"))
        let link = try #require(first.headers["link"]?.firstMatch(of: /<\/api\/v1(.*)>; rel="next"/)?.1)
        let second = try await test.send(.get, String(link))
        #expect(try TestOnboarding.body(second).contains("broken two"))
        #expect(second.headers["link"] == nil)
        #expect(test.trail.last?.entry.resources == ["ingest/\(id)"])
        #expect(test.trail.last?.entry.detail == "1 rejects")
    }

    @Test func `what was rejected is shown to who sent it and who may read all, and to nobody else`() async throws {
        let test = try TestOnboarding()
        let workers = JobWorkers(test.jobs) { Issue.record("a job: \($0)") }
        defer { workers.drain(deadlineSeconds: 10) }
        let id = try ingested(test, workers: workers)
        for (asker, status) in [
            ("pusher", HTTPStatus.ok), ("whole", .ok), ("admin", .forbidden), ("reader", .forbidden),
            ("stranger", .notFound),
        ] {
            let answer = try await test.send(.get, "/ingests/\(id)/rejects", as: asker)
            #expect(answer.status == status, "\(asker)")
        }
        let lists = try await TestOnboarding.body(test.send(.get, "/ingests/\(id)/report", as: "whole"))
        #expect(lists.contains("unresolvedReferences"))
        let counts = try await TestOnboarding.body(test.send(.get, "/ingests/\(id)/report", as: "admin"))
        #expect(counts.contains("findings") && !counts.contains("unresolvedReferences"))
    }

    @Test func `events tell how far an ingest is, and end with it`() async throws {
        let test = try TestOnboarding()
        let workers = JobWorkers(test.jobs) { Issue.record("a job: \($0)") }
        defer { workers.drain(deadlineSeconds: 10) }
        let paused = try test.ingests.begin(
            IngestSource(.upload, "none", name: "n"), tenant: .standard, owner: "client/pusher")
        try test.ingests.pause(paused, tenant: .standard)
        _ = try ingested(test, workers: workers)
        let first = try await test.send(.get, "/ingests/\(paused)", headers: ["Accept": "text/event-stream"])
        #expect(first.headers["content-type"] == "text/event-stream")
        let text = try TestOnboarding.body(first)
        #expect(text.contains("event: progress\ndata: {") && text.contains(#""state":"paused""#))
        let event = try #require(text.firstMatch(of: /id: ([0-9a-f]+)\n/)?.1)
        let waiting = Task {
            try await test.send(
                .get, "/ingests/\(paused)",
                headers: ["Accept": "text/event-stream", "Last-Event-ID": String(event)])
        }
        try await Task.sleep(for: .milliseconds(300))
        let cancelled = try await test.send(.post, "/ingests/\(paused)/cancel")
        #expect(try TestOnboarding.text(cancelled, "state") == "cancelled")
        let last = try await TestOnboarding.body(waiting.value)
        #expect(last.contains("event: end\n") && last.contains(#""state":"cancelled""#))
        let end = try #require(last.firstMatch(of: /id: ([0-9a-f]+)\n/)?.1)
        let over = try await test.send(
            .get, "/ingests/\(paused)", headers: ["Accept": "text/event-stream", "Last-Event-ID": String(end)])
        #expect(over.status == .noContent)
    }

    @Test func `an ingest that is over is not paused, and one that is unknown is not found`() async throws {
        let test = try TestOnboarding()
        let id = try test.ingests.begin(
            IngestSource(.upload, "none", name: "n"), tenant: .standard, owner: "client/pusher")
        #expect(try await TestOnboarding.text(test.send(.post, "/ingests/\(id)/pause"), "state") == "paused")
        #expect(try await TestOnboarding.text(test.send(.post, "/ingests/\(id)/resume"), "state") == "waiting")
        #expect(try await test.send(.post, "/ingests/\(id)/retry").status == .conflict)
        #expect(try await TestOnboarding.text(test.send(.post, "/ingests/\(id)/cancel"), "state") == "cancelled")
        let late = try await test.send(.post, "/ingests/\(id)/pause")
        #expect(late.status == .conflict)
        #expect(try TestOnboarding.text(late, "detail") == "The ingest is over.")
        for path in ["AAAAAAAAAAAAAAAAAAAAAA", "no", id.description + "A"] {
            #expect(try await test.send(.get, "/ingests/\(path)").status == .notFound)
        }
        #expect(try await test.send(.get, "/ingests/\(id)", as: "stranger").status == .notFound)
        #expect(try await test.send(.get, "/ingests/\(id)/rejects?after=x").status == .badRequest)
        #expect(try await test.send(.get, "/ingests?state=odd").status == .badRequest)
    }
}
