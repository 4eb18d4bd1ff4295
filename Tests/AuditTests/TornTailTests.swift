import Access
import Audit
import Base
import Foundation
import Testing

@Suite struct TornTailTests {
    @Test func `a write cut at any byte loses that batch alone`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        for number in 0..<3 { _ = try trails.record(TestTrails.entry(number), tenant: test.tenant) }
        try trails.signHead(tenant: test.tenant)
        for number in 3..<5 { _ = try trails.record(TestTrails.entry(number), tenant: test.tenant) }
        try test.save()
        let log = try LogFrames(test.folder, file: 0)
        #expect(log.frames.count == 5)
        let last = log.frames[4]
        for kept in 0..<last.count {
            try test.restore()
            try TestTrails.write(log.head + log.frames[..<4].joined() + last[..<kept], log.path)
            let found = try test.verify()
            #expect(found.isSound && found.entries == 4 && found.tornBytes == UInt64(kept), "\(kept): \(found)")
            let again = try test.open()
            // The cut itself is written down before anything else.
            let next: UInt64 = kept == 0 ? 4 : 5
            #expect(try again.record(TestTrails.entry(9), tenant: test.tenant) == next, "\(kept)")
            let report = try again.verify(tenant: test.tenant)
            #expect(report.isSound && report.entries == next + 1, "\(kept): \(report.damages)")
        }
        try trails.stop()
    }

    @Test func `a write with a hole from a loss of power is cut`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        _ = try trails.record(TestTrails.entry(0), tenant: test.tenant)
        var large = TestTrails.entry(1)
        large.detail = String((0..<4_000).map { _ in "abcdefghijklmnop".randomElement() ?? "a" })
        _ = try trails.record(large, tenant: test.tenant)
        try test.save()
        var log = try LogFrames(test.folder, file: 0)
        for index in 512..<1_024 { log.frames[1][index] = 0 }
        try log.write()
        #expect(try test.verify().tornBytes > 0)
        let again = try test.open()
        #expect(try again.record(TestTrails.entry(2), tenant: test.tenant) == 2)
        #expect(try again.verify(tenant: test.tenant).isSound)
        try trails.stop()
    }

    @Test func `an altered batch behind the last head is no torn write`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        for number in 0..<4 { _ = try trails.record(TestTrails.entry(number), tenant: test.tenant) }
        try test.save()
        for index in 2..<4 {
            try test.restore()
            var log = try LogFrames(test.folder, file: 0)
            log.frames[index][60] ^= 1
            try log.write()
            #expect(try !test.verify().isSound)
            let again = try test.open()
            let error = #expect(throws: AuditError.self) { try again.record(TestTrails.entry(9), tenant: test.tenant) }
            #expect(error?.code == .damaged)
        }
        try trails.stop()
    }

    @Test func `a head cut at any byte is signed again`() throws {
        let test = try TestTrails()
        try test.makeTwoHeads()
        let heads = try TestTrails.bytes(test.folder.heads)
        for cut in stride(from: 0, through: TreeHead.recordBytes, by: 9) {
            try test.restore()
            try TestTrails.write(heads.dropLast(cut), test.folder.heads)
            let again = try test.open()
            #expect(try again.record(TestTrails.entry(9), tenant: test.tenant) == 5)
            try again.stop()
            let report = try test.verify()
            #expect(report.isSound && report.entries == 6, "\(cut): \(report.damages)")
        }
    }

    @Test func `a head with a hole from a loss of power is signed again`() throws {
        let test = try TestTrails()
        try test.makeTwoHeads()
        let heads = try TestTrails.bytes(test.folder.heads)
        let start = heads.count - TreeHead.recordBytes
        for hole in [start..<heads.count, start..<start + 8, heads.count - 64..<heads.count] {
            try test.restore()
            var torn = heads
            for place in hole { torn[place] = 0 }
            try TestTrails.write(torn, test.folder.heads)
            let again = try test.open()
            #expect(try again.record(TestTrails.entry(9), tenant: test.tenant) == 5)
            try again.stop()
            let report = try test.verify()
            #expect(report.isSound && report.entries == 6, "\(hole): \(report.damages)")
        }
    }

    @Test func `heads that the disk does not give back are not taken for torn ones`() throws {
        let test = try TestTrails()
        try test.makeTwoHeads()
        let heads = try TestTrails.bytes(test.folder.heads)
        test.storage.fail(.unreadable)
        let unreadable = try test.open()
        let error = #expect(throws: AuditError.self) {
            try unreadable.record(TestTrails.entry(9), tenant: test.tenant)
        }
        #expect(error?.code == .storage)
        #expect(try TestTrails.bytes(test.folder.heads) == heads)
        test.storage.fail(.none)
        let again = try test.open()
        #expect(try again.record(TestTrails.entry(9), tenant: test.tenant) == 5)
        try again.stop()
        #expect(try test.verify().isSound)
    }
}
