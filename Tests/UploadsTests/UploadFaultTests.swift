import Access
import Base
import Foundation
import Glibc
import Testing
import Uploads

/// What a disk does, and a process that is killed.
@Suite struct UploadFaultTests {
    @Test func `what a killed process left behind is removed, and the rest goes on`() throws {
        let test = try TestUploads()
        let upload = try test.begin()
        try test.put(upload.id, 1, TestUploads.bytes(300_000))
        let writer = try test.writer(upload.id, 2, TestUploads.bytes(600_000))
        try TestUploads.write(TestUploads.bytes(300_000), to: writer)
        let lost = test.uploadFolder + "/" + String(repeating: "A", count: 22)
        try FileManager.default.createDirectory(atPath: lost, withIntermediateDirectories: false)
        #expect(FileManager.default.createFile(atPath: lost + "/1-abc", contents: Data([1])))
        #expect(test.files.count == 3)
        try test.reopen()
        #expect(test.files.count == 1)
        #expect(!FileManager.default.fileExists(atPath: lost))
        #expect(test.code { try TestUploads.write([1], to: writer) } == .stopping)
        try test.put(upload.id, 2, TestUploads.bytes(10))
        #expect(try test.complete(upload.id).receivedBytes == 300_010)
    }

    @Test func `a digest that was being made is made after a restart`() throws {
        let test = try TestUploads()
        let parts = (0..<2).map { TestUploads.bytes(4_000_000, seed: UInt64($0)) }
        let upload = try test.begin { $0.sha256 = TestUploads.sha256(parts.flatMap { $0 }) }
        for number in 1...2 { try test.put(upload.id, number, parts[number - 1]) }
        let begun = try test.store.complete(upload.id, tenant: .standard, waitMilliseconds: 0)
        #expect(begun.state == .verifying || begun.state == .complete)
        try test.reopen()
        #expect(try test.complete(upload.id).state == .complete)
        #expect(test.begun.all.count == 1)
    }

    @Test func `a database that is full refuses, loses nothing, and goes on`() throws {
        let test = try TestUploads()
        let upload = try test.begin()
        try test.put(upload.id, 1, [1])
        test.database.setWritesLeft(0)
        #expect(test.code { _ = try test.begin() } == .diskFull)
        #expect(test.code { try test.put(upload.id, 2, [2]) } == .diskFull)
        #expect(test.code { _ = try test.complete(upload.id) } == .diskFull)
        #expect(test.code { try test.store.cancel(upload.id, tenant: .standard) } == .diskFull)
        #expect(test.files.count == 1)
        test.database.setWritesLeft(.max)
        #expect(try FileManager.default.contentsOfDirectory(atPath: test.uploadFolder).count == 1)
        try test.put(upload.id, 2, [2])
        #expect(try test.complete(upload.id).receivedBytes == 2)
    }

    @Test func `a disk without the room that a part takes refuses it before it comes`() throws {
        let test = try TestUploads { $0.freeBytesMin = 1 << 60 }
        #expect(test.code { _ = try test.begin() } == .diskFull)
        let roomy = try TestUploads { $0.partBytesMax = 1 << 61 }
        let upload = try roomy.begin { $0.size = 1 << 42 }
        #expect(roomy.code { _ = try roomy.writer(upload.id, 1, [1], stated: 1 << 42) } == .diskFull)
    }

    @Test(.enabled(if: getuid() == 0, "needs root, to mount a disk that can be filled"))
    func `a disk that fills while a part comes ends the part alone`() throws {
        let disk = NSTemporaryDirectory() + "martlet-small-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        defer { rmdir(disk) }
        guard mount("tmpfs", disk, "tmpfs", 0, "size=4m") == 0 else {
            return print("SKIPPED: this machine lets nobody mount a small disk")
        }
        defer { umount2(disk, Int32(MNT_DETACH)) }
        let test = try TestUploads(uploadFolder: disk + "/uploads") { $0.syncs = true }
        let upload = try test.begin()
        let bytes = TestUploads.bytes(2_000_000)
        try test.put(upload.id, 1, TestUploads.bytes(500_000))
        let writer = try test.writer(upload.id, 2, bytes)
        #expect(FileManager.default.createFile(atPath: disk + "/filler", contents: Data(count: 2_500_000)))
        #expect(test.code { try TestUploads.write(bytes, to: writer) } == .diskFull)
        writer.abandon()
        #expect(test.files.count == 1)
        #expect(test.code { try test.put(upload.id, 2, bytes) } == .diskFull)
        try FileManager.default.removeItem(atPath: disk + "/filler")
        try test.put(upload.id, 2, bytes)
        #expect(try test.complete(upload.id).receivedBytes == 2_500_000)
    }

    @Test func `a bit that turned, a chunk that moved and a part that was put back are found`() throws {
        let test = try TestUploads()
        let upload = try test.begin()
        let bytes = TestUploads.bytes(3 * 262_144 + 1000)
        try test.put(upload.id, 1, bytes)
        let old = try #require(test.files.first)
        let oldBytes = try Data(contentsOf: URL(fileURLWithPath: old))
        try test.put(upload.id, 1, TestUploads.bytes(bytes.count, seed: 2), replaces: true)
        _ = try test.complete(upload.id)
        let path = try #require(test.files.first)
        let url = URL(fileURLWithPath: path)
        let good = try Data(contentsOf: url)
        func readsAll() throws -> UploadError.Code? {
            let content = try test.store.content(upload.id, tenant: .standard)
            return test.code { _ = try test.read(content) }
        }
        #expect(try readsAll() == nil)
        var random = SeededRandom(seed: 3)
        for _ in 0..<50 {
            var bad = good
            bad[Int.random(in: 0..<bad.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try bad.write(to: url)
            #expect(try readsAll() == .damaged)
        }
        let chunk = 262_144 + 28
        try (good[chunk..<2 * chunk] + good[..<chunk] + good[(2 * chunk)...]).write(to: url)
        #expect(try readsAll() == .damaged)
        try good.prefix(2 * chunk).write(to: url)
        #expect(try readsAll() == .damaged)
        try oldBytes.write(to: url)
        #expect(try readsAll() == .damaged)
        try FileManager.default.removeItem(atPath: path)
        #expect(try readsAll() == .damaged)
        try good.write(to: url)
        #expect(try readsAll() == nil)
    }

    /// Random steps against a model that holds all parts in memory.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `random steps leave what a simple model says`(_ seed: UInt64) throws {
        let test = try TestUploads()
        var random = SeededRandom(seed: seed)
        var upload = try test.begin { $0.partCount = 5 }
        var model: [Int: [UInt8]] = [:]
        var completed = 0
        for _ in 0..<250 {
            let number = Int.random(in: 1...5, using: &random)
            let bytes = TestUploads.bytes(
                Int.random(in: 0...3, using: &random) * 131_072, seed: UInt64.random(in: 0...1, using: &random))
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<6:
                let replaces = Bool.random(using: &random)
                let code = test.code { try test.put(upload.id, number, bytes, replaces: replaces) }
                if let present = model[number], present != bytes, !replaces {
                    #expect(code == .partDiffers)
                } else {
                    #expect(code == nil)
                    model[number] = bytes
                }
            case 6:
                guard let writer = try? test.writer(upload.id, number, bytes, replaces: true) else { continue }
                try TestUploads.write(Array(bytes.prefix(1000)), to: writer)
                writer.abandon()
            case 7: try test.reopen()
            case 8:
                test.database.setWritesLeft(0)
                #expect(test.code { try test.put(upload.id, number, bytes + [1], replaces: true) } == .diskFull)
                test.database.setWritesLeft(.max)
            case 9:
                let missing = (1...5).filter { model[$0] == nil }
                #expect(try test.store.missing(upload.id, tenant: .standard).flatMap { Array($0) } == missing)
                guard missing.isEmpty else { continue }
                _ = try test.complete(upload.id)
                let content = try test.store.content(upload.id, tenant: .standard)
                #expect(try test.read(content) == (1...5).flatMap { model[$0] ?? [] })
                try test.store.remove(upload.id, tenant: .standard)
                completed += 1
                upload = try test.begin { $0.partCount = 5 }
                model = [:]
            case 10 where Int.random(in: 0..<6, using: &random) == 0:
                try test.store.cancel(upload.id, tenant: .standard)
                upload = try test.begin { $0.partCount = 5 }
                model = [:]
            default:
                let parts = try test.store.parts(upload.id, tenant: .standard, count: 9)
                #expect(parts.map(\.number) == model.keys.sorted())
                #expect(parts.allSatisfy { TestUploads.sha256(model[$0.number] ?? []) == $0.sha256 })
            }
            let seen = try test.store.upload(upload.id, tenant: .standard)
            #expect(seen?.receivedBytes == UInt64(model.values.reduce(0) { $0 + $1.count }))
            #expect(test.files.count == model.count)
        }
        #expect(completed > 0)
    }
}
