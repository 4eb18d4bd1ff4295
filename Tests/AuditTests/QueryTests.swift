import Access
import Audit
import Base
import Foundation
import Testing

@Suite struct QueryTests {
    private let count = 1_000

    private func makeTrail() throws -> (TestTrails, AuditTrails) {
        let test = try TestTrails {
            $0.partEntries = 256
            $0.fileBytesMax = 20_000
            $0.batchEntriesMax = 37
            $0.headEveryEntries = 100
        }
        let trails = try test.open()
        try TestTrails.fill(trails, 0..<count)
        return (test, trails)
    }

    /// All pages of a query, put together.
    private func all(_ trails: AuditTrails, _ query: AuditQuery, pageCount: Int = 7) throws -> [NumberedEntry] {
        var found: [NumberedEntry] = []
        var before: UInt64?
        repeat {
            let page = try trails.entries(tenant: .standard, query, before: before, count: pageCount)
            found += page.entries
            before = page.next
        } while before != nil
        return found
    }

    /// Queries of each kind, alone and together.
    static let queries: [AuditQuery] = {
        func time(_ number: Int) -> Instant { TestTrails.entry(number).time }
        var byRole = AuditQuery(patient: "patient-3")
        byRole.role = "clinician"
        var byResource = AuditQuery()
        byResource.resource = "Observation/obs-77"
        var byAddress = AuditQuery()
        byAddress.address = "192.0.2.9"
        return [
            AuditQuery(), AuditQuery(patient: "patient-3"), AuditQuery(patient: "nobody"),
            AuditQuery(agent: "user/5"), AuditQuery(patient: "patient-9", agent: "user/9"),
            AuditQuery(category: .change), AuditQuery(event: "update"), AuditQuery(outcome: .seriousFailure),
            AuditQuery(outcome: .success), AuditQuery(from: time(300), to: time(700)),
            AuditQuery(agent: "user/5", from: time(300), to: time(301)),
            AuditQuery(patient: "patient-99", category: .change, event: "update", outcome: .seriousFailure),
            byRole, byResource, byAddress,
        ]
    }()

    @Test(arguments: Self.queries)
    func `a query finds just what a scan finds, newest first, in pages of any size`(_ query: AuditQuery) throws {
        let (test, trails) = try makeTrail()
        var expected: [NumberedEntry] = []
        for number in (0..<count).reversed() {
            let entry = try trails.entry(UInt64(number), tenant: test.tenant)
            if query.matches(entry) { expected.append(NumberedEntry(number: UInt64(number), entry: entry)) }
        }
        #expect(expected.count <= count)
        #expect(try all(trails, query) == expected)
        #expect(try all(trails, query, pageCount: 1_000) == expected)
        try trails.stop()
        // Once more from what lies on the disk alone.
        let again = try test.open()
        #expect(try all(again, query, pageCount: 100) == expected)
        try again.stop()
    }

    @Test func `entries come back as they were recorded`() throws {
        let (test, trails) = try makeTrail()
        for number in 0..<count {
            let entry = try trails.entry(UInt64(number), tenant: test.tenant)
            // Threads of the test add in order, so numbers follow.
            #expect(entry == TestTrails.entry(number))
        }
        let error = #expect(throws: AuditError.self) { try trails.entry(1_000, tenant: test.tenant) }
        #expect(error?.code == .missing)
        try trails.stop()
    }

    @Test func `an index part that is lost is made again, an altered one is refused`() throws {
        let (test, trails) = try makeTrail()
        try trails.stop()
        let path = test.folder.indexPart(from: 256)
        let saved = try TestTrails.bytes(path)
        let query = AuditQuery(patient: "patient-3")
        try FileManager.default.removeItem(atPath: path)
        let again = try test.open()
        #expect(try all(again, query).count == 2)
        try again.stop()
        #expect(FileManager.default.fileExists(atPath: path))
        // In the header, in the directory, and in the buckets, of which the patients need many but perhaps not each.
        for altered in [10..<11, 20..<21, 30..<31, 50..<51, saved.count / 2..<saved.count] {
            var bytes = saved
            for offset in altered { bytes[offset] ^= 1 }
            try TestTrails.write(bytes, path)
            let third = try test.open()
            let isRefused = Result {
                for patient in 0..<500 { _ = try all(third, AuditQuery(patient: "patient-\(patient)")) }
            }
            #expect(throws: AuditError.self, "\(altered)") { try isRefused.get() }
            try third.stop()
        }
    }

    @Test func `readers and a writer do not disturb each other`() throws {
        let (test, trails) = try makeTrail()
        let readers = (0..<3).map { reader in
            WorkerThread(name: "reader") {
                for round in 0..<10 {
                    let query = AuditQuery(patient: "patient-\(reader)")
                    let found = try? trails.entries(tenant: .standard, query, count: 10_000)
                    if found == nil || (found?.entries.count ?? 0) < 2 {
                        Issue.record("reader \(reader) found too little in round \(round)")
                    }
                }
            }
        }
        try TestTrails.fill(trails, 1_000..<2_500)
        for reader in readers { reader.join() }
        #expect(try all(trails, AuditQuery(patient: "patient-1")).count == 5)
        try trails.stop()
        #expect(try test.verify().isSound)
    }

    @Test func `a tenant without a trail has no entries and gets no trail by being asked`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        #expect(try trails.entries(tenant: test.tenant, count: 10).entries.isEmpty)
        #expect(try trails.heads(tenant: test.tenant, count: 10).isEmpty)
        let error = #expect(throws: AuditError.self) { try trails.verify(tenant: test.tenant) }
        #expect(error?.code == .missing)
        #expect(!FileManager.default.fileExists(atPath: test.base + "/audit"))
        try trails.stop()
    }
}
