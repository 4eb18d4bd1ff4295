import Access
import Audit
import Base
import Foundation
import Testing

@Suite struct RetentionTests {
    /// Three files of a day each, and one that is begun.
    private func makeTrail() throws -> (TestTrails, AuditTrails) {
        let test = try TestTrails {
            $0.fileSecondsMax = 86_400
            $0.headEveryEntries = 50
            $0.partEntries = 128
        }
        let trails = try test.open()
        for day in 0..<4 {
            for number in 0..<100 {
                _ = try trails.record(TestTrails.entry(day * 100 + number), tenant: test.tenant)
            }
            test.clock.move(seconds: 86_400)
        }
        return (test, trails)
    }

    @Test func `retired entries are gone, what remains is proven, and the whole is checked`() throws {
        let (test, trails) = try makeTrail()
        let key = try trails.publicKey(tenant: test.tenant)
        let starts = try test.folder.logStarts()
        #expect(starts == [0, 100, 200, 300])
        let now = test.clock.now()
        #expect(try trails.retire(tenant: test.tenant, olderThan: now.advanced(bySeconds: -4 * 86_400)).files == 0)
        let retired = try trails.retire(tenant: test.tenant, olderThan: now.advanced(bySeconds: -2 * 86_400))
        #expect(retired.retainedFrom == 200 && retired.files == 2)
        #expect(try test.folder.logStarts().first == 200)
        #expect(try test.folder.indexStarts().first == 128)
        let error = #expect(throws: AuditError.self) { try trails.entry(199, tenant: test.tenant) }
        #expect(error?.code == .missing)
        #expect(try trails.entry(200, tenant: test.tenant) == TestTrails.entry(200))
        try trails.prove(250, tenant: test.tenant).check(key)
        try trails.consistency(from: 50, to: 400, tenant: test.tenant).check(key)
        let page = try trails.entries(tenant: test.tenant, AuditQuery(agent: "user/5"), count: 1_000)
        #expect(page.entries.map(\.number).allSatisfy { $0 >= 200 })
        #expect(page.entries.count == (200..<400).count { $0 % 17 == 5 })
        let live = try trails.verify(tenant: test.tenant)
        #expect(live.isSound && live.retiredUpTo == 200 && live.entries == 201, "\(live.damages)")
        try trails.stop()
        let again = try test.open()
        #expect(
            try again.entries(tenant: test.tenant, AuditQuery(agent: "user/5"), count: 1_000).entries == page.entries)
        #expect(try again.record(TestTrails.entry(0), tenant: test.tenant) == 401)
        try again.stop()
        let report = try test.verify()
        #expect(report.isSound && report.retiredUpTo == 200, "\(report.damages)")
    }

    @Test func `entries that are gone without a word are dropped, not retired`() throws {
        let (test, trails) = try makeTrail()
        try trails.stop()
        try FileManager.default.removeItem(atPath: test.folder.log(from: 0))
        let report = try test.verify()
        #expect(report.damages.first?.kind == .dropped)
        #expect(report.damages.first?.entry == 0)
    }

    @Test func `more than was retired is dropped`() throws {
        let (test, trails) = try makeTrail()
        _ = try trails.retire(tenant: test.tenant, olderThan: test.clock.now().advanced(bySeconds: -3 * 86_400))
        try trails.stop()
        #expect(try test.verify().isSound)
        try FileManager.default.removeItem(atPath: test.folder.log(from: 100))
        let report = try test.verify()
        #expect(report.damages.first?.kind == .dropped)
        #expect(report.damages.first?.entry == 100)
    }

    @Test func `altered hashes of retired entries are found`() throws {
        let (test, trails) = try makeTrail()
        _ = try trails.retire(tenant: test.tenant, olderThan: test.clock.now().advanced(bySeconds: -2 * 86_400))
        try trails.stop()
        var bytes = try TestTrails.bytes(test.folder.hashes)
        bytes[40 * 32] ^= 1
        try TestTrails.write(bytes, test.folder.hashes)
        #expect(try test.verify().damages.first?.kind == .hashes)
    }
}
