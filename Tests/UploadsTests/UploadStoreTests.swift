import Access
import Base
import Foundation
import Synchronization
import Testing
import Uploads

@Suite struct UploadStoreTests {
    @Test func `parts in any order, from several threads, make the whole`() throws {
        let test = try TestUploads()
        let parts = (0..<24).map {
            TestUploads.bytes([0, 1, 262_144, 262_145, 600_000, 5_000][$0 % 6], seed: UInt64($0))
        }
        let whole = parts.flatMap { $0 }
        let upload = try test.begin {
            $0.partCount = 24
            $0.size = UInt64(whole.count)
            $0.sha256 = TestUploads.sha256(whole)
        }
        let failures = Mutex<[String]>([])
        let store = test.store
        let threads = (0..<4).map { thread in
            WorkerThread(name: "put") {
                for number in stride(from: 24 - thread, to: 0, by: -4) {
                    do {
                        let bytes = parts[number - 1]
                        let opening = try store.beginPart(
                            upload.id, number: number, statedBytes: UInt64(bytes.count),
                            digests: PartDigests(md5: TestUploads.md5(bytes)), replaces: false, tenant: .standard)
                        guard case .writer(let writer) = opening else { continue }
                        try TestUploads.write(bytes, to: writer)
                        _ = try writer.finish()
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(failures.withLock { $0 } == [])
        let done = try test.complete(upload.id)
        #expect(done.state == .complete && done.ingest == "ingest-of-\(upload.id)")
        #expect(test.begun.all.map(\.id) == [upload.id])
        #expect(done.receivedParts == 24 && done.receivedBytes == UInt64(whole.count))
        let content = try test.store.content(upload.id, tenant: .standard)
        #expect(try test.read(content) == whole)
        var random = SeededRandom(seed: 5)
        for _ in 0..<200 {
            let offset = Int.random(in: 0...whole.count, using: &random)
            let count = Int.random(in: 0...700_000, using: &random)
            let expected = Array(whole[offset..<min(whole.count, offset + count)])
            #expect(try test.read(content, at: UInt64(offset), count: count) == expected)
        }
    }

    @Test func `nothing of a file is in clear on the disk`() throws {
        let test = try TestUploads()
        let mark = "Grossmutter-Petronella-1931"
        let text = Array(String(repeating: mark + " ", count: 20_000).utf8)
        let upload = try test.begin { $0.fileName = mark + ".ndjson" }
        try test.put(upload.id, 1, text)
        try test.put(upload.id, 2, Array(mark.utf8))
        _ = try test.complete(upload.id)
        let paths = test.files + ["", "-wal"].map { test.folder + "/platform.db" + $0 }
        #expect(test.files.count == 2)
        for path in paths {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(bytes.range(of: Data(mark.utf8)) == nil, "\(path)")
        }
    }

    @Test func `a part sent again is fine with the same bytes, refused with others, and replaced on purpose`() throws {
        let test = try TestUploads()
        let upload = try test.begin()
        let first = TestUploads.bytes(300_000)
        let other = TestUploads.bytes(300_000, seed: 2)
        let part = try test.put(upload.id, 1, first)
        #expect(try test.put(upload.id, 1, first) == part)
        #expect(try test.put(upload.id, 1, first, digests: PartDigests(md5: TestUploads.md5(first))) == part)
        #expect(test.code { try test.put(upload.id, 1, other) } == .partDiffers)
        // Where the header does not tell, the bytes do.
        let md5 = PartDigests(md5: TestUploads.md5(other))
        #expect(test.code { try test.put(upload.id, 1, other, digests: md5) } == .partDiffers)
        #expect(test.code { try test.put(upload.id, 1, Array(first.prefix(10))) } == .partDiffers)
        #expect(test.files.count == 1)
        #expect(try test.put(upload.id, 1, other, replaces: true).sha256 == TestUploads.sha256(other))
        #expect(test.files.count == 1)
        let seen = try test.store.upload(upload.id, tenant: .standard)
        #expect(seen?.receivedParts == 1 && seen?.receivedBytes == 300_000)
        _ = try test.complete(upload.id)
        #expect(try test.read(test.store.content(upload.id, tenant: .standard)) == other)
    }

    @Test func `two machines that send one part at once end with one of it`() throws {
        let test = try TestUploads()
        let upload = try test.begin()
        let bytes = TestUploads.bytes(1000)
        let other = TestUploads.bytes(1000, seed: 2)
        let (first, second) = (try test.writer(upload.id, 1, bytes), try test.writer(upload.id, 1, bytes))
        let third = try test.writer(upload.id, 1, other, digests: PartDigests(md5: TestUploads.md5(other)))
        for writer in [first, second] { try TestUploads.write(bytes, to: writer) }
        try TestUploads.write(other, to: third)
        #expect(try first.finish().isNew)
        #expect(try !second.finish().isNew)
        #expect(test.code { _ = try third.finish() } == .partDiffers)
        #expect(test.files.count == 1)
        #expect(try test.store.upload(upload.id, tenant: .standard)?.receivedBytes == 1000)
    }

    @Test func `what is not as stated leaves nothing and can be sent again`() throws {
        let test = try TestUploads()
        let upload = try test.begin { $0.partCount = 3 }
        let bytes = TestUploads.bytes(500_000)
        let wrong = PartDigests(sha256: TestUploads.sha256([1]))
        #expect(test.code { try test.put(upload.id, 1, bytes, digests: wrong) } == .digestMismatch)
        let both = PartDigests(md5: TestUploads.md5([1]), sha256: TestUploads.sha256(bytes))
        #expect(test.code { try test.put(upload.id, 1, bytes, digests: both) } == .digestMismatch)
        #expect(
            test.code { try test.put(upload.id, 1, bytes, stated: 500_001) }
                == .sizeMismatch(stated: 500_001, received: 500_000))
        #expect(
            test.code { try test.put(upload.id, 1, bytes, stated: 400_000) }
                == .sizeMismatch(stated: 400_000, received: 400_012))
        for number in [-1, 0, 4, 10_001, .max] {
            #expect(test.code { try test.put(upload.id, number, bytes) } == .numberOutOfRange(max: 3))
        }
        #expect(test.files == [])
        try test.put(upload.id, 1, bytes)
        #expect(try test.store.parts(upload.id, tenant: .standard, count: 10).map(\.number) == [1])
    }

    @Test func `sizes that were announced are held to`() throws {
        let test = try TestUploads { $0.partBytesMax = 5_000 }
        let upload = try test.begin {
            $0.size = 2_500
            $0.partSize = 1_000
        }
        #expect(upload.partCount == 3)
        #expect(
            test.code { try test.put(upload.id, 1, TestUploads.bytes(999)) }
                == .sizeMismatch(stated: 1_000, received: 999))
        #expect(
            test.code { try test.put(upload.id, 3, TestUploads.bytes(501)) }
                == .sizeMismatch(stated: 500, received: 501))
        #expect(test.code { try test.put(upload.id, 4, [1]) } == .numberOutOfRange(max: 3))
        for (number, count) in [(3, 500), (1, 1_000), (2, 1_000)] {
            try test.put(upload.id, number, TestUploads.bytes(count, seed: UInt64(number)))
        }
        #expect(try test.complete(upload.id).state == .complete)
        let loose = try test.begin { $0.size = 100 }
        try test.put(loose.id, 1, TestUploads.bytes(60))
        #expect(
            test.code { try test.put(loose.id, 2, TestUploads.bytes(41)) } == .sizeMismatch(stated: 100, received: 101))
        #expect(test.code { _ = try test.complete(loose.id) } == .totalMismatch(stated: 100, received: 60))
        try test.put(loose.id, 2, TestUploads.bytes(40))
        #expect(try test.complete(loose.id).state == .complete)
        let large = try test.begin()
        #expect(test.code { try test.put(large.id, 1, TestUploads.bytes(5_001)) } == .partTooLarge(max: 5_000))
    }

    @Test func `what contradicts itself is not begun`() throws {
        let test = try TestUploads()
        let changes: [(inout NewUpload) -> Void] = [
            { $0.fileName = "" }, { $0.fileName = "a/b" }, { $0.fileName = "a\nb" }, { $0.fileName = ".." },
            { $0.fileName = String(repeating: "ä", count: 128) }, { $0.contentType = "a\u{1}" },
            { $0.partCount = 0 }, { $0.partCount = 10_001 }, { $0.partSize = 0 }, { $0.partSize = (5 << 30) + 1 },
            { $0.size = (5 << 40) + 1 }, { $0.sha256 = [1] },
            {
                $0.size = 10_001
                $0.partSize = 1
            },
            {
                $0.size = 10
                $0.partSize = 5
                $0.partCount = 3
            },
        ]
        for (index, change) in changes.enumerated() {
            #expect(test.code { _ = try test.begin(change) } == .invalid, "\(index)")
        }
        #expect(try test.store.uploads(tenant: .standard, count: 10).isEmpty)
    }

    @Test func `missing parts are told as ranges`() throws {
        let test = try TestUploads()
        let upload = try test.begin { $0.partCount = 12 }
        #expect(try test.store.missing(upload.id, tenant: .standard) == [1...12])
        for number in [2, 3, 7, 11] { try test.put(upload.id, number, [UInt8(number)]) }
        let missing = [1...1, 4...6, 8...10, 12...12]
        #expect(try test.store.missing(upload.id, tenant: .standard) == missing)
        #expect(test.code { _ = try test.complete(upload.id) } == .incomplete(missing: missing))
        for range in missing { for number in range { try test.put(upload.id, number, [UInt8(number)]) } }
        #expect(try test.store.missing(upload.id, tenant: .standard) == [])
        _ = try test.complete(upload.id)
        #expect(try test.read(test.store.content(upload.id, tenant: .standard)) == (1...12).map { UInt8($0) })
        let open = try test.begin()
        #expect(test.code { _ = try test.complete(open.id) } == .incomplete(missing: [1...1]))
        try test.put(open.id, 3, [1])
        #expect(test.code { _ = try test.complete(open.id) } == .incomplete(missing: [1...2]))
    }

    @Test(arguments: [1, 3])
    func `a whole with another digest fails, takes other parts, and is complete then`(_ count: Int) throws {
        let test = try TestUploads()
        let parts = (0..<count).map { TestUploads.bytes(300_000, seed: UInt64($0)) }
        let upload = try test.begin { $0.sha256 = TestUploads.sha256(parts.flatMap { $0 }) }
        for number in 1...count { try test.put(upload.id, number, parts[number - 1]) }
        try test.put(upload.id, 1, [1, 2, 3], replaces: true)
        #expect(test.code { _ = try test.complete(upload.id) } == .wholeMismatch)
        #expect(try test.state(upload.id) == .failed)
        #expect(test.code { _ = try test.complete(upload.id) } == .wholeMismatch)
        #expect(test.begun.all.isEmpty)
        try test.put(upload.id, 1, parts[0], replaces: true)
        #expect(try test.state(upload.id) == .open)
        #expect(try test.complete(upload.id).state == .complete)
        #expect(test.begun.all.count == 1)
        #expect(test.code { try test.put(upload.id, 1, [9], replaces: true) } == .closed)
    }

    @Test func `of many completes at once one completes, and all get the same`() throws {
        for hasDigest in [false, true] {
            let test = try TestUploads()
            let parts = (0..<3).map { TestUploads.bytes(400_000, seed: UInt64($0)) }
            let upload = try test.begin { if hasDigest { $0.sha256 = TestUploads.sha256(parts.flatMap { $0 }) } }
            for number in 1...3 { try test.put(upload.id, number, parts[number - 1]) }
            let answers = Mutex<[String]>([])
            let store = test.store
            let threads = (0..<6).map { _ in
                WorkerThread(name: "complete") {
                    let done = try? store.complete(upload.id, tenant: .standard, waitMilliseconds: 20_000)
                    answers.withLock { $0.append("\(done?.state.name ?? "-") \(done?.ingest ?? "-")") }
                }
            }
            for thread in threads { thread.join() }
            #expect(Set(answers.withLock { $0 }) == ["complete ingest-of-\(upload.id)"])
            #expect(test.begun.all.count == 1)
        }
    }

    @Test func `a cancel during a part ends the part, and leaves nothing`() throws {
        let test = try TestUploads()
        let upload = try test.begin()
        try test.put(upload.id, 1, TestUploads.bytes(1000))
        let bytes = TestUploads.bytes(600_000)
        let (first, second) = (try test.writer(upload.id, 2, bytes), try test.writer(upload.id, 3, bytes))
        try TestUploads.write(bytes, to: first)
        try bytes.prefix(300_000).withUnsafeBytes { try second.write($0) }
        try test.store.cancel(upload.id, tenant: .standard)
        try test.store.cancel(upload.id, tenant: .standard)
        #expect(test.code { _ = try first.finish() } == .cancelled)
        #expect(test.code { try bytes.withUnsafeBytes { try second.write($0) } } == .cancelled)
        second.abandon()
        #expect(test.files == [])
        #expect(try test.state(upload.id) == .cancelled)
        #expect(test.code { try test.put(upload.id, 2, bytes) } == .cancelled)
        #expect(test.code { _ = try test.complete(upload.id) } == .cancelled)
        #expect(try test.store.upload(upload.id, tenant: .standard)?.facts.fileName == "records.zip")
    }

    @Test func `an upload that nothing comes for expires, and is forgotten later`() throws {
        let test = try TestUploads {
            $0.idleSeconds = 100
            $0.rememberedSeconds = 1000
        }
        let upload = try test.begin()
        try test.put(upload.id, 1, [1])
        test.clock.advance(90)
        try test.put(upload.id, 2, [2])
        test.clock.advance(90)
        let writer = try test.writer(upload.id, 3, [3])
        try TestUploads.write([3], to: writer)
        #expect(try test.state(upload.id) == .open)
        test.clock.advance(10)
        #expect(try test.state(upload.id) == .expired)
        #expect(test.code { try test.put(upload.id, 3, [3]) } == .expired)
        #expect(test.code { _ = try test.complete(upload.id) } == .expired)
        #expect(test.code { try test.store.cancel(upload.id, tenant: .standard) } == .expired)
        try test.store.expire()
        #expect(test.code { _ = try writer.finish() } == .expired)
        #expect(test.files == [])
        #expect(try test.store.uploads(tenant: .standard, count: 9).map(\.state) == [.expired])
        test.clock.advance(1001)
        try test.store.expire()
        #expect(try test.store.upload(upload.id, tenant: .standard) == nil)
    }

    @Test func `a tenant has no more room than its quota, and each its own`() throws {
        let test = try TestUploads {
            $0.tenantBytesMax = 1_000
            $0.openCountMax = 4
        }
        let upload = try test.begin()
        try test.put(upload.id, 1, TestUploads.bytes(600))
        let writer = try test.writer(upload.id, 2, TestUploads.bytes(300))
        #expect(test.code { try test.put(upload.id, 3, TestUploads.bytes(101)) } == .quota(bytesLeft: 100))
        writer.abandon()
        #expect(test.code { _ = try test.begin { $0.size = 401 } } == .quota(bytesLeft: 400))
        let announced = try test.begin { $0.size = 400 }
        #expect(test.code { try test.put(upload.id, 2, [1]) } == .quota(bytesLeft: 0))
        try test.put(announced.id, 1, TestUploads.bytes(400))
        #expect(test.code { _ = try test.begin() } == .quota(bytesLeft: 0))
        _ = try test.begin(tenant: TestUploads.other) { $0.size = 1_000 }
        try test.store.cancel(announced.id, tenant: .standard)
        try test.put(upload.id, 2, TestUploads.bytes(400))
        try test.put(upload.id, 2, TestUploads.bytes(399), replaces: true)
        for _ in 0..<3 { _ = try test.begin() }
        #expect(test.code { _ = try test.begin() } == .tooMany(max: 4))
    }

    @Test func `another tenant's upload is as one that there is not`() throws {
        let test = try TestUploads()
        let upload = try test.begin()
        try test.put(upload.id, 1, [1])
        let other = TestUploads.other
        #expect(try test.store.upload(upload.id, tenant: other) == nil)
        #expect(try test.store.uploads(tenant: other, count: 9).isEmpty)
        let calls: [() throws -> Void] = [
            { _ = try test.store.parts(upload.id, tenant: other, count: 9) },
            { _ = try test.store.missing(upload.id, tenant: other) },
            { try test.store.cancel(upload.id, tenant: other) },
            { _ = try test.store.complete(upload.id, tenant: other, waitMilliseconds: 0) },
            { try test.store.remove(upload.id, tenant: other) },
            { _ = try test.store.content(upload.id, tenant: other) },
            {
                _ = try test.store.beginPart(
                    upload.id, number: 1, statedBytes: 1, digests: PartDigests(), replaces: true, tenant: other)
            },
        ]
        for call in calls { #expect(test.code(call) == .notFound) }
        #expect(try test.state(upload.id) == .open)
    }

    @Test func `uploads are listed newest first, in pages`() throws {
        let test = try TestUploads()
        let ids = try (0..<5).map { _ in try test.begin().id }
        try test.store.cancel(ids[1], tenant: .standard)
        let first = try test.store.uploads(tenant: .standard, count: 2).map(\.id)
        #expect(first == [ids[4], ids[3]])
        #expect(
            try test.store.uploads(tenant: .standard, after: first[1], count: 9).map(\.id) == [ids[2], ids[1], ids[0]])
        #expect(try test.store.uploads(tenant: .standard, states: [.cancelled], count: 9).map(\.id) == [ids[1]])
    }

    @Test func `what was taken in can be removed, and is known all the same`() throws {
        let test = try TestUploads()
        let upload = try test.begin()
        try test.put(upload.id, 1, [1, 2])
        #expect(test.code { try test.store.remove(upload.id, tenant: .standard) } == .closed)
        _ = try test.complete(upload.id)
        #expect(test.code { try test.store.cancel(upload.id, tenant: .standard) } == .closed)
        try test.database.write { try test.store.setIngested(upload.id, tenant: .standard, on: $0) }
        #expect(try test.read(test.store.content(upload.id, tenant: .standard)) == [1, 2])
        try test.store.remove(upload.id, tenant: .standard)
        try test.store.remove(upload.id, tenant: .standard)
        #expect(test.code { _ = try test.store.content(upload.id, tenant: .standard) } == .closed)
        #expect(test.files == [])
        #expect(try test.state(upload.id) == .ingested)
        #expect(try test.store.upload(upload.id, tenant: .standard)?.ingest == "ingest-of-\(upload.id)")
    }
}
