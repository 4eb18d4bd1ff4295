import Base
import BulkData
import Foundation
import Testing

/// Pulls from the server in Python, well-behaved and not.
@Suite(.enabled(if: Peer.isThere, "needs Python 3"), .serialized) struct PullRunTests {
    private func pulled(
        _ options: String..., level: PullOrder.Level = .system,
        limits: @escaping (inout PullLimits) -> Void = { _ in },
        check: (Peer, PullFixture, PullState) throws -> Void
    ) throws {
        let peer = try Self.peer(options)
        let fixture = try PullFixture(limits: limits)
        defer { fixture.remove() }
        let state = try fixture.pull(try PullOrder(base: peer.base, level: level))
        try check(peer, fixture, state)
    }

    private static func peer(_ options: [String]) throws -> Peer { try Peer(options) }

    @Test(arguments: ["2", "3", "4"])
    func `everything that a server has arrives, whatever its version`(_ stu: String) throws {
        try pulled("--stu", stu, "--polls", "2", "--retry-after", "date") { (peer, fixture, state) throws in
            #expect(state.phase == .done)
            #expect(fixture.collected.count("Patient") == 20)
            #expect(fixture.collected.count("Observation") == 100)
            #expect(state.counts.created == 120)
            #expect(try peer.requests().contains { $0.method == "DELETE" && $0.path == "/jobs/1" })
            #expect(!FileManager.default.fileExists(atPath: fixture.folder + "/pulls/1"))
        }
    }

    @Test func `patients alone, groups, pages of a manifest and compressed answers are served`() throws {
        try pulled("--pages", "1", "--gzip", "--lines-per-file", "7", level: .group("g1")) { _, fixture, state in
            #expect(state.phase == .done)
            #expect(fixture.collected.count("Observation") == 100)
        }
        try pulled("--gzip", level: .patients) { _, fixture, _ in #expect(fixture.collected.count("Patient") == 20) }
    }

    @Test(arguments: [["--etag", "strong"], ["--etag", "none"], ["--etag", "weak"], ["--no-ranges"], ["--gzip"]])
    func `downloads that are cut off go on`(_ more: [String]) throws {
        let options = ["--break-after", "9000", "--breaks", "2", "--lines-per-file", "1000"] + more
        let peer = try Peer(options)
        let fixture = try PullFixture()
        defer { fixture.remove() }
        let state = try fixture.pull(try PullOrder(base: peer.base))
        #expect(state.phase == .done)
        #expect(fixture.collected.count("Observation") == 100)
        let ranges = try peer.requests().compactMap(\.range)
        // Compressed, the file is too small to be cut.
        if !more.contains("--gzip") { #expect(ranges.contains { $0 != "bytes=0-" }) }
    }

    @Test func `busy servers, failing files and wrong lengths are lived with`() throws {
        try pulled("--busy", "3", "--fail-files", "4", "--wrong-length", "2") { _, fixture, state in
            #expect(state.phase == .done)
            #expect(fixture.collected.count("Observation") == 100)
        }
    }

    @Test func `ranges that begin elsewhere than asked are seen, and the file comes anew`() throws {
        try pulled("--wrong-range", "--break-after", "9000", "--breaks", "1", "--lines-per-file", "1000") {
            _, fixture, state in
            #expect(state.phase == .done)
            #expect(fixture.collected.count("Observation") == 100)
        }
    }

    @Test func `links that expire half way are renewed, and nothing comes twice`() throws {
        try pulled("--expire-links", "2", "--lines-per-file", "10", limits: { $0.downloadsMax = 1 }) {
            (peer, fixture, state) throws in
            #expect(state.phase == .done)
            #expect(fixture.collected.count("Observation") == 100)
            #expect(try peer.exports() == 1)
            let good = try peer.requests().filter { $0.path.hasPrefix("/files/") }
            #expect(good.count == 13)
        }
    }

    @Test func `an export that expires half way is asked for anew, and what is unchanged does not come again`() throws {
        try pulled(
            "--expire-links", "3", "--expire-export", "--lines-per-file", "10", limits: { $0.downloadsMax = 1 }
        ) { (peer, fixture, state) throws in
            #expect(state.phase == .done)
            #expect(try peer.exports() == 2)
            #expect(fixture.collected.count("Observation") == 100)
            #expect(try peer.requests().count { $0.ifNoneMatch != nil } == 3)
        }
    }

    @Test func `a manifest that changes is followed`() throws {
        try pulled("--change-manifest", "--expire-links", "2", "--lines-per-file", "10") { _, fixture, state in
            #expect(state.phase == .done)
            #expect(fixture.collected.count("Observation") == 100)
        }
    }

    @Test func `what a server reports as lost is counted`() throws {
        try pulled("--outcomes", "--stu", "4") { _, _, state in
            #expect(state.counts.serverErrors == 1)
            #expect(state.hasRejects)
        }
    }

    @Test func `the next pull brings what changed and what was deleted`() throws {
        let peer = try Peer()
        let fixture = try PullFixture()
        defer { fixture.remove() }
        let order = try PullOrder(base: peer.base)
        let first = try fixture.pull(order)
        try peer.change(
            #"{"put":[{"resourceType":"Patient","id":"p1","active":false},{"resourceType":"Patient","id":"new"}],"delete":["Observation/o0-0"]}"#
        )
        let second = try fixture.pull(order)
        #expect(second.order.since == first.transactionTime)
        #expect(second.counts.created == 1)
        #expect(second.counts.updated == 1)
        #expect(second.counts.deleted == 1)
        #expect(fixture.collected.all["Observation/o0-0"] == nil)
        #expect(fixture.collected.all["Patient/p1"]?.contains("false") == true)
        let third = try fixture.pull(order)
        #expect(third.counts == PullCounts())
        #expect(third.order.since == second.transactionTime)
    }

    @Test(arguments: ["404", "405", "501", "400"])
    func `a server without exports is searched, page by page, and then for what changed`(_ status: String) throws {
        let peer = try Peer("--no-export", status)
        let fixture = try PullFixture()
        defer { fixture.remove() }
        let order = try PullOrder(base: peer.base)
        let state = try fixture.pull(order)
        #expect(state.phase == .done)
        #expect(fixture.collected.count("Patient") == 20)
        #expect(fixture.collected.count("Observation") == 100)
        try peer.change(#"{"put":[{"resourceType":"Patient","id":"later"}]}"#)
        let second = try fixture.pull(order)
        #expect(second.counts.created == 1)
        #expect(second.counts.updated == 0)
    }

    @Test func `tokens are got by a key, renewed when they end or are refused, and shown to the server alone`() throws {
        let peer = try Peer("--auth", "--token-uses", "4", "--polls", "3", "--lines-per-file", "10")
        let fixture = try PullFixture()
        defer { fixture.remove() }
        let state = try fixture.pull(try PullOrder(base: peer.base), clientKey: try TestKeys.p384JSON())
        #expect(state.phase == .done)
        #expect(fixture.collected.count("Observation") == 100)
        #expect(try peer.tokens() > 3)
        #expect(try !fixture.holds("token-1"))
    }

    @Test func `files that want no token get none`() throws {
        let peer = try Peer("--auth", "--files-without-token")
        let fixture = try PullFixture()
        defer { fixture.remove() }
        let state = try fixture.pull(try PullOrder(base: peer.base), clientKey: try TestKeys.p384JSON())
        #expect(state.phase == .done)
        #expect(try peer.requests().allSatisfy { !$0.path.hasPrefix("/files/") || !$0.hasToken })
    }

    @Test func `without the key that a server wants the pull fails and says so`() throws {
        try pulled("--auth") { _, _, state in
            #expect(state.phase == .failed)
            #expect(state.problem?.detail.contains("401") == true)
        }
    }

    @Test(arguments: [
        "private-file", "redirect-private", "redirect-loop", "endless-pages", "bad-json", "huge-manifest", "bad-status",
        "script-link", "no-location", "giant-file",
    ])
    func `a server that means harm ends its pull, and nothing else`(_ kind: String) throws {
        try pulled(
            "--hostile", kind,
            limits: {
                $0.fileBytesMax = 20 << 20
                $0.manifestPagesMax = 50
            }
        ) { _, fixture, state in
            #expect(state.phase == .failed)
            #expect(fixture.collected.all.isEmpty)
            let detail = try #require(state.problem?.detail)
            #expect(!detail.contains("sig="))
        }
    }

    @Test func `a search without an end is ended`() throws {
        try pulled("--no-export", "501", "--hostile", "endless-search", limits: { $0.searchPagesMax = 30 }) {
            _, _, state in
            #expect(state.phase == .failed)
        }
    }

    @Test func `a token is never shown to another origin than it is for`() throws {
        let peer = try Peer("--auth", "--hostile", "other-origin")
        let fixture = try PullFixture(allowed: ["127.0.0.1", "localhost"])
        defer { fixture.remove() }
        let state = try fixture.pull(try PullOrder(base: peer.base), clientKey: try TestKeys.p384JSON())
        #expect(state.phase == .failed)
        #expect(try !peer.requests().contains { $0.path == "/steal" })
    }

    @Test func `private addresses are not asked unless they are allowed`() throws {
        let peer = try Peer()
        let fixture = try PullFixture(allowed: ["10.9.8.7"])
        defer { fixture.remove() }
        let state = try fixture.pull(try PullOrder(base: peer.base))
        #expect(state.phase == .failed)
        #expect(try peer.requests().isEmpty)
    }

    @Test func `what was downloaded lies sealed on the disk`() throws {
        let peer = try Peer()
        let fixture = try PullFixture()
        defer { fixture.remove() }
        let found = try fixture.pulls.begin(NewPull(try PullOrder(base: peer.base)), tenant: fixture.tenant)
        let looking = Collected { [folder = fixture.folder] in
            let hasName = try PullFixture.holds("Peer1", in: folder)
            let hasAddress = try PullFixture.holds("127.0.0.1", in: folder)
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder + "/pulls")
            #expect(!hasName && !hasAddress)
            #expect(files.count > 3)
        }
        _ = try fixture.pulls.run(found.id, tenant: fixture.tenant, delivery: looking)
        #expect(looking.count("Patient") == 20)
        #expect(try !FileManager.default.contentsOfDirectory(atPath: fixture.folder + "/pulls").contains(found.id))
    }

    @Test func `a pull that is left at any moment goes on where it was`() throws {
        let peer = try Peer(
            "--polls", "2", "--lines-per-file", "5", "--delay", "0.02", "--break-after", "2000", "--breaks", "1")
        var fixture = try PullFixture { $0.downloadsMax = 2 }
        defer { fixture.remove() }
        let begun = try fixture.pulls.begin(NewPull(try PullOrder(base: peer.base)), tenant: fixture.tenant)
        var rounds = 0
        while true {
            let pulls = fixture.pulls
            let leaver = Thread { [delay = UInt32(20_000 + rounds * 25_000)] in
                usleep(delay)
                pulls.leave()
            }
            leaver.start()
            let record = try pulls.run(begun.id, tenant: fixture.tenant, delivery: fixture.collected)
            rounds += 1
            if record.state.isOver {
                #expect(record.state.phase == .done)
                break
            }
            try #require(rounds < 60)
            fixture = try PullFixture(reusing: fixture) { $0.downloadsMax = 2 }
        }
        #expect(rounds > 1)
        #expect(fixture.collected.count("Observation") == 100)
        // An order for an export that was cut off before its answer is given once more.
        #expect(try peer.exports() <= 2)
    }

    @Test func `a pull that is stopped is over, and its files are gone`() throws {
        let peer = try Peer("--polls", "1000000", "--retry-after", "none")
        let fixture = try PullFixture()
        defer { fixture.remove() }
        let begun = try fixture.pulls.begin(NewPull(try PullOrder(base: peer.base)), tenant: fixture.tenant)
        let (pulls, tenant) = (fixture.pulls, fixture.tenant)
        let stopper = Thread {
            usleep(200_000)
            _ = try? pulls.cancel(begun.id, tenant: tenant)
        }
        stopper.start()
        let record = try fixture.pulls.run(begun.id, tenant: fixture.tenant, delivery: fixture.collected)
        #expect(record.state.phase == .cancelled)
        #expect(try fixture.pulls.cancel(begun.id, tenant: fixture.tenant) == false)
        #expect(try fixture.pulls.unfinished(tenant: fixture.tenant).isEmpty)
    }
}
