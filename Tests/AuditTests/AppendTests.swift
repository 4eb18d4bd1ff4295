import Access
import Audit
import Base
import Foundation
import Synchronization
import Testing

@Suite struct AppendTests {
    @Test func `entries are numbered from 0 and the trail is sound after a stop`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        for number in 0..<10 {
            #expect(try trails.record(TestTrails.entry(number), tenant: test.tenant) == UInt64(number))
        }
        try trails.stop()
        let report = try test.verify()
        #expect(report.isSound, "\(report.damages)")
        #expect(report.entries == 10)
        #expect(report.heads == 1)
        #expect(report.hasAnchor)
        #expect(report.lastHead?.size == 10)
    }

    @Test func `a trail goes on after it was stopped and after a crash`() throws {
        let test = try TestTrails { $0.headEveryEntries = 7 }
        for round in 0..<4 {
            let trails = try test.open()
            for number in 0..<10 {
                let expected = UInt64(round * 10 + number)
                #expect(try trails.record(TestTrails.entry(number), tenant: test.tenant) == expected)
            }
            // The odd ones are let go as if the process had been killed.
            if round % 2 == 0 { try trails.stop() }
        }
        let report = try test.verify()
        #expect(report.isSound, "\(report.damages)")
        #expect(report.entries == 40)
    }

    @Test func `sixty-four threads get a number each and all are durable`() throws {
        let test = try TestTrails { $0.headEveryEntries = 100 }
        let trails = try test.open()
        let seen = Mutex<Set<UInt64>>([])
        let threads = (0..<64).map { thread in
            WorkerThread(name: "client \(thread)") {
                for index in 0..<50 {
                    guard let number = try? trails.record(TestTrails.entry(thread * 50 + index), tenant: .standard)
                    else { continue }
                    seen.withLock { _ = $0.insert(number) }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(seen.withLock { $0 } == Set(0..<3_200))
        let live = try trails.verify(tenant: test.tenant)
        #expect(live.isSound, "\(live.damages)")
        try trails.stop()
        let report = try test.verify()
        #expect(report.isSound, "\(report.damages)")
        #expect(report.entries == 3_200)
    }

    @Test func `a check while entries are added finds nothing`() throws {
        let test = try TestTrails {
            $0.headEveryEntries = 50
            $0.fileBytesMax = 20_000
            $0.partEntries = 128
        }
        let trails = try test.open()
        _ = try trails.record(TestTrails.entry(0), tenant: test.tenant)
        let writer = WorkerThread(name: "writer") {
            for number in 1..<600 { _ = try? trails.record(TestTrails.entry(number), tenant: .standard) }
        }
        for _ in 0..<5 {
            let report = try trails.verify(tenant: test.tenant)
            #expect(report.isSound, "\(report.damages)")
        }
        writer.join()
        try trails.stop()
        #expect(try test.verify().entries == 600)
    }

    @Test func `a head is signed after a while without another entry`() throws {
        let test = try TestTrails { $0.headEverySeconds = 0.02 }
        let trails = try test.open()
        _ = try trails.record(TestTrails.entry(0), tenant: test.tenant)
        var heads = 0
        for _ in 0..<500 where heads == 0 {
            usleep(10_000)
            heads = try trails.heads(tenant: test.tenant, count: 10).count
        }
        #expect(heads == 1)
        try trails.stop()
        #expect(try test.verify().heads == 1)
    }

    @Test func `entries that wait beyond the limit are refused at once`() throws {
        let test = try TestTrails { $0.waitingMax = 0 }
        let trails = try test.open()
        let error = #expect(throws: AuditError.self) { try trails.record(TestTrails.entry(0), tenant: test.tenant) }
        #expect(error?.code == .busy)
        try trails.stop()
    }

    @Test func `tenants have trails of their own`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        let other = try #require(TenantName("other"))
        #expect(try trails.record(TestTrails.entry(0), tenant: test.tenant) == 0)
        #expect(try trails.record(TestTrails.entry(1), tenant: other) == 0)
        #expect(try trails.record(TestTrails.entry(2), tenant: other) == 1)
        #expect(try Set(trails.tenants()) == [test.tenant, other])
        #expect(try trails.verify(tenant: other).entries == 2)
        #expect(try trails.verify(tenant: test.tenant).entries == 1)
        try trails.stop()
    }

    @Test func `files roll over and the trail stays whole`() throws {
        let test = try TestTrails {
            $0.fileBytesMax = 4_000
            $0.headEveryEntries = 30
        }
        let trails = try test.open()
        for number in 0..<200 { _ = try trails.record(TestTrails.entry(number), tenant: test.tenant) }
        try trails.stop()
        #expect(try test.folder.logStarts().count > 5)
        let report = try test.verify()
        #expect(report.isSound, "\(report.damages)")
        #expect(report.entries == 200)
        let again = try test.open()
        #expect(try again.record(TestTrails.entry(200), tenant: test.tenant) == 200)
        try again.stop()
        #expect(try test.verify().isSound)
    }

    @Test func `an entry that is too large fails alone`() throws {
        let test = try TestTrails { $0.entryBytesMax = 1_000 }
        let trails = try test.open()
        var large = TestTrails.entry(1)
        large.detail = String(repeating: "x", count: 2_000)
        #expect(try trails.record(TestTrails.entry(0), tenant: test.tenant) == 0)
        let error = #expect(throws: AuditError.self) { try trails.record(large, tenant: test.tenant) }
        #expect(error?.code == .tooLarge)
        #expect(try trails.record(TestTrails.entry(2), tenant: test.tenant) == 1)
        try trails.stop()
        #expect(try test.verify().entries == 2)
    }

    @Test func `after a stop nothing is taken`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        _ = try trails.record(TestTrails.entry(0), tenant: test.tenant)
        try trails.stop()
        let error = #expect(throws: AuditError.self) { try trails.record(TestTrails.entry(1), tenant: test.tenant) }
        #expect(error?.code == .stopped)
    }

    @Test(arguments: [FailingStorage.Failure.full, .unsynced, .half])
    func `a failing disk fails entries, and when it works again the trail goes on`(
        _ failure: FailingStorage.Failure
    ) throws {
        let test = try TestTrails()
        let trails = try test.open()
        for number in 0..<5 { _ = try trails.record(TestTrails.entry(number), tenant: test.tenant) }
        test.storage.fail(failure)
        for number in 5..<8 {
            let error = #expect(throws: AuditError.self) {
                try trails.record(TestTrails.entry(number), tenant: test.tenant)
            }
            #expect(error?.code == .storage)
        }
        test.storage.fail(.none)
        #expect(try trails.record(TestTrails.entry(8), tenant: test.tenant) == 5)
        let live = try trails.verify(tenant: test.tenant)
        #expect(live.isSound, "\(live.damages)")
        try trails.stop()
        let report = try test.verify()
        #expect(report.isSound, "\(report.damages)")
        #expect(report.entries == 6)
    }

    @Test func `a trail that could not be made is made once there is room`() throws {
        let test = try TestTrails()
        test.storage.fail(.full)
        let trails = try test.open()
        #expect(throws: AuditError.self) { try trails.record(TestTrails.entry(0), tenant: test.tenant) }
        try? trails.stop()
        test.storage.fail(.none)
        let again = try test.open()
        #expect(try again.record(TestTrails.entry(0), tenant: test.tenant) == 0)
        try again.stop()
        #expect(try test.verify().isSound)
    }

    @Test func `nothing of an entry stands in clear in any file or file name`() throws {
        let test = try TestTrails { $0.partEntries = 64 }
        let trails = try test.open()
        var entry = TestTrails.entry(1)
        entry.agent = "user/planted-agent-value"
        entry.patients = ["planted-patient-value"]
        entry.detail = "planted-detail-value"
        for _ in 0..<200 { _ = try trails.record(entry, tenant: test.tenant) }
        try trails.stop()
        let paths = try FileManager.default.subpathsOfDirectory(atPath: test.base)
        #expect(paths.contains { $0.contains("index-") })
        for path in paths {
            #expect(!path.contains("planted"))
            guard let data = FileManager.default.contents(atPath: test.base + "/" + path) else { continue }
            #expect(data.range(of: Data("planted".utf8)) == nil, "\(path)")
        }
    }
}
