import Base
import BulkData
import Synchronization
import Testing

/// What others announce, fetched from the server in Python.
@Suite(.enabled(if: Peer.isThere, "needs Python 3"), .serialized) struct AnnouncementTests {
    private func item(_ peer: Peer, _ job: Int) throws -> Announcement.Item {
        let url = "http://127.0.0.1:\(peer.port)/jobs/\(job)"
        let order = try PullOrder(base: peer.base, source: .manifest(#require(WebLocation(url))))
        return Announcement.Item(url: url, order: order)
    }

    private final class Started: Sendable {
        let ids = Mutex<[String]>([])
    }

    private func announcements(_ fixture: PullFixture) -> (Announcements, Started) {
        let started = Started()
        return (Announcements(pulls: fixture.pulls) { pull in started.ids.withLock { $0.append(pull.id) } }, started)
    }

    @Test func `what is announced is fetched once the submission is complete, without what was replaced`() throws {
        let peer = try Peer("--polls", "0")
        for _ in 0..<2 { try peer.export() }
        let fixture = try PullFixture()
        defer { fixture.remove() }
        let (announcements, started) = announcements(fixture)
        func submit(_ job: Int?, replacing replaced: Int? = nil, _ status: Announcement.Status = .open) throws {
            try announcements.submit(
                submitter: "ids|lab", id: "s1", item: job.map { try item(peer, $0) },
                replacing: replaced.map { "http://127.0.0.1:\(peer.port)/jobs/\($0)" }, status: status,
                owner: "client/a",
                tenant: fixture.tenant)
        }
        try submit(1)
        #expect(throws: BulkDataError.self) { try submit(1) }
        #expect(throws: BulkDataError.self) { try submit(nil, replacing: 7) }
        try submit(2, replacing: 1)
        #expect(started.ids.withLock { $0.isEmpty })
        try submit(nil, .complete)
        #expect(throws: BulkDataError.self) { try submit(1) }
        let ids = started.ids.withLock { $0 }
        #expect(ids.count == 1)
        let ended = try fixture.pulls.run(ids[0], tenant: fixture.tenant, delivery: fixture.collected)
        #expect(ended.state.phase == .done)
        #expect(fixture.collected.count("Patient") == 20)
        let key = try #require(
            try announcements.key(submitter: "ids|lab", id: "s1", owner: "client/a", tenant: fixture.tenant))
        let status = try #require(try announcements.status(key, owner: "client/a", tenant: fixture.tenant))
        #expect(status.pulls.count == 1)
        #expect(status.pulls[0]?.state.isOver == true)
        #expect(try announcements.status(key, owner: "client/b", tenant: fixture.tenant) == nil)
        #expect(try announcements.key(submitter: "ids|lab", id: "s1", owner: "client/b", tenant: fixture.tenant) == nil)
    }

    @Test func `a submission that is stopped leaves nothing`() throws {
        let peer = try Peer("--polls", "0")
        try peer.export()
        let fixture = try PullFixture()
        defer { fixture.remove() }
        let (announcements, started) = announcements(fixture)
        for status in [Announcement.Status.open, .aborted] {
            try announcements.submit(
                submitter: "ids|lab", id: "s1", item: status == .open ? try item(peer, 1) : nil, replacing: nil,
                status: status, owner: "client/a", tenant: fixture.tenant)
        }
        #expect(started.ids.withLock { $0.isEmpty })
        #expect(try peer.requests().allSatisfy { !$0.path.hasPrefix("/files/") })
        let key = try announcements.begin(item(peer, 1), owner: "client/a", tenant: fixture.tenant)
        #expect(started.ids.withLock { $0.count } == 1)
        #expect(try announcements.cancel(key, owner: "client/b", tenant: fixture.tenant) == false)
        #expect(try announcements.cancel(key, owner: "client/a", tenant: fixture.tenant))
        #expect(try fixture.pulls.unfinished(tenant: fixture.tenant).isEmpty)
        #expect(try announcements.status(key, owner: "client/a", tenant: fixture.tenant) == nil)
    }
}
