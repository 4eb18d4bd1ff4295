import Access
import Audit
import Base
import Foundation
import Testing
import Vault

/// One trail of 100,000 entries, damaged in every way, one after the other.
@Suite(.serialized)
struct TamperTests {
    /// Damages the trail, checks it, and puts it back.
    private func damage(
        _ test: TestTrails, _ kind: AuditDamage.Kind, entry: UInt64? = nil, offset: UInt64? = nil,
        expecting expectation: AuditExpectation = AuditExpectation(), _ what: Comment,
        _ body: () throws -> Void, location: SourceLocation = #_sourceLocation
    ) throws {
        try body()
        let report = try test.verify(expecting: expectation)
        let first = report.damages.first
        #expect(first?.kind == kind, "\(what): \(report.damages)", sourceLocation: location)
        if let entry { #expect(first?.entry == entry, "\(what): \(report.damages)", sourceLocation: location) }
        if let offset { #expect(first?.offset == offset, "\(what): \(report.damages)", sourceLocation: location) }
        try test.restore()
    }

    private func makeTrail(_ count: Int, _ change: (inout AuditOptions) -> Void = { _ in }) throws -> TestTrails {
        let test = try TestTrails {
            $0.batchEntriesMax = 500
            $0.fileBytesMax = 1 << 20
            change(&$0)
        }
        let trails = try test.open()
        try TestTrails.fill(trails, 0..<count)
        try trails.stop()
        try test.save()
        return test
    }

    @Test func `of 100,000 entries each way to alter the log is detected and located`() throws {
        let test = try makeTrail(100_000)
        #expect(try test.verify().isSound)
        let starts = try test.folder.logStarts()
        #expect(starts.count > 3)
        try damage(test, .dropped, "a batch is taken out") {
            var log = try LogFrames(test.folder, file: 1)
            log.frames.remove(at: 3)
            try log.write()
        }
        try damage(test, .dropped, entry: starts[1], "a file is taken out") {
            try FileManager.default.removeItem(atPath: test.folder.log(from: starts[1]))
        }
        try damage(test, .edited, "a bit of a batch is turned") {
            var log = try LogFrames(test.folder, file: 1)
            log.frames[3][100] ^= 1
            try log.write()
        }
        try damage(test, .swapped, "two batches change places") {
            var log = try LogFrames(test.folder, file: 1)
            log.frames.swapAt(2, 3)
            try log.write()
        }
        try damage(test, .truncated, "the last file is cut at a batch") {
            var log = try LogFrames(test.folder, file: -1)
            log.frames.removeLast()
            try log.write()
        }
        try damage(test, .truncated, "the last file is cut within a batch") {
            var log = try LogFrames(test.folder, file: -1)
            log.frames[log.frames.count - 1].removeLast(7)
            try log.write()
        }
        try damage(test, .appended, entry: 100_000, "bytes are appended") {
            var log = try LogFrames(test.folder, file: -1)
            log.frames.append((0..<300).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) })
            try log.write()
        }
        try damage(test, .appended, entry: 100_000, "the last batch is appended once more") {
            var log = try LogFrames(test.folder, file: -1)
            log.frames.append(log.frames[log.frames.count - 1])
            try log.write()
        }
        try damage(test, .appended, "a batch is put in twice") {
            var log = try LogFrames(test.folder, file: 1)
            log.frames.insert(log.frames[2], at: 3)
            try log.write()
        }
    }

    @Test func `what a holder of all keys alters in 100,000 entries is found at the entry`() throws {
        let test = try makeTrail(100_000)
        let keys = try test.stolenKeys()
        let starts = try test.folder.logStarts()
        try damage(test, .edited, entry: starts[1] + 37, "an entry is rewritten under its seal") {
            var log = try LogFrames(test.folder, file: 1)
            try log.reseal(0, keys) { $0[37].agent = "user/innocent" }
            try log.write()
        }
        try damage(test, .edited, entry: starts[1] + 5, "two entries change places under their seal") {
            var log = try LogFrames(test.folder, file: 1)
            try log.reseal(0, keys) { $0.swapAt(5, 6) }
            try log.write()
        }
        try damage(test, .dropped, "an entry is left out under the seal") {
            var log = try LogFrames(test.folder, file: 1)
            try log.reseal(0, keys) { $0.remove(at: 5) }
            try log.write()
        }
    }

    @Test func `heads that were replaced, taken out, cut or signed anew are detected`() throws {
        let test = try makeTrail(3_000) { $0.headEveryEntries = 500 }
        let heads = test.folder.heads
        let saved = try TestTrails.bytes(heads)
        let record = TreeHead.recordBytes
        #expect(saved.count > 32 + 5 * record)
        try damage(test, .headReplaced, offset: UInt64(32 + 2 * record), "a root is replaced") {
            var bytes = saved
            bytes[32 + 2 * record + 20] ^= 1
            try TestTrails.write(bytes, heads)
        }
        try damage(test, .headReplaced, offset: UInt64(32 + 2 * record), "a head is taken out") {
            try TestTrails.write(saved[..<(32 + 2 * record)] + saved[(32 + 3 * record)...], heads)
        }
        try damage(test, .truncated, "heads are cut") {
            try TestTrails.write(saved[..<(32 + 2 * record)], heads)
        }
        try damage(test, .truncated, "heads and log are cut together") {
            try TestTrails.write(saved[..<(32 + record)], heads)
            let kept = try #require(
                saved.withUnsafeBytes { TreeHead(record: .init(rebasing: $0[32..<32 + record]), origin: "") })
            var log = try LogFrames(test.folder, file: 0)
            log.frames.removeAll { frame in (LogFrames.header(frame[...])?.first ?? 0) >= kept.size }
            try log.write()
        }
        try damage(test, .resigned, "all heads are signed with another key") {
            let other = try Ed25519SigningKey(seed: SecretKey.random())
            try TestTrails.write(saved[..<32] + resigned(saved, test, other), heads)
        }
        try damage(test, .headReplaced, "one head is signed with another key") {
            let other = try Ed25519SigningKey(seed: SecretKey.random())
            let all = try resigned(saved, test, other)
            try TestTrails.write(saved[..<(saved.count - record)] + all.suffix(record), heads)
        }
        try damage(test, .headReplaced, "the file of heads is another's") {
            var bytes = saved
            bytes[10] ^= 1
            try TestTrails.write(bytes, heads)
        }
        try damage(test, .headReplaced, "the anchor is altered") {
            var bytes = try TestTrails.bytes(test.anchor)
            bytes[bytes.count - 1] ^= 1
            try TestTrails.write(bytes, test.anchor)
        }
    }

    /// The records of all heads, chained and signed with another key.
    private func resigned(_ saved: [UInt8], _ test: TestTrails, _ key: Ed25519SigningKey) throws -> [UInt8] {
        let keys = try test.stolenKeys()
        let origin = TreeHead.origin(test.tenant, keys.id)
        let writer = ByteWriter()
        var previous = TreeHash.zero
        for start in stride(from: 32, to: saved.count, by: TreeHead.recordBytes) {
            let old = try #require(
                saved.withUnsafeBytes {
                    TreeHead(record: .init(rebasing: $0[start..<start + TreeHead.recordBytes]), origin: origin)
                })
            let head = try TreeHead(
                origin: origin, size: old.size, root: old.root, time: old.time, previous: previous, key: key)
            head.write(to: writer)
            previous = try head.hash()
        }
        return writer.copy()
    }

    @Test func `a trail written anew by a holder of all keys and places is told by a head kept elsewhere`() throws {
        let test = try makeTrail(2_000)
        let published = try #require(try test.verify().lastHead)
        let keys = try test.stolenKeys()
        let expectation = AuditExpectation(heads: [published])
        #expect(try test.verify(expecting: expectation).isSound)
        func rewrite() throws {
            var log = try LogFrames(test.folder, file: 0)
            try log.reseal(0, keys) { $0[1].agent = "user/innocent" }
            try log.write()
            for path in [test.folder.heads, test.folder.hashes, test.anchor] {
                try FileManager.default.removeItem(atPath: path)
            }
            let trails = try test.open()
            try trails.signHead(tenant: test.tenant)
            try trails.stop()
        }
        try rewrite()
        #expect(try test.verify().isSound)
        try test.restore()
        try damage(test, .resigned, expecting: expectation, "all is written anew") { try rewrite() }
    }

    @Test func `another trail in its place is told by the key's fingerprint`() throws {
        let test = try makeTrail(100)
        let fingerprint = try #require(try test.verify().fingerprint)
        let expectation = AuditExpectation(fingerprint: fingerprint)
        #expect(try test.verify(expecting: expectation).isSound)
        try damage(test, .resigned, expecting: expectation, "a new trail is begun") {
            try FileManager.default.removeItem(atPath: test.folder.path)
            try FileManager.default.removeItem(atPath: test.anchor)
            let trails = try test.open()
            try TestTrails.fill(trails, 0..<100)
            try trails.stop()
        }
    }

    @Test func `missing and foreign files are told`() throws {
        let test = try makeTrail(1_000)
        let folder = test.folder
        try damage(test, .hashes, entry: 0, "the hashes are gone") {
            try FileManager.default.removeItem(atPath: folder.hashes)
        }
        try damage(test, .hashes, "a hash is altered") {
            var bytes = try TestTrails.bytes(folder.hashes)
            bytes[5_000] ^= 1
            try TestTrails.write(bytes, folder.hashes)
        }
        try damage(test, .truncated, entry: 0, "all files of entries are gone") {
            try FileManager.default.removeItem(atPath: folder.log(from: 0))
        }
        try damage(test, .truncated, "all of the trail is gone") {
            try FileManager.default.removeItem(atPath: folder.path)
        }
        try damage(test, .unreadable, "the key is altered") {
            var bytes = try TestTrails.bytes(folder.keyFile)
            bytes[60] ^= 1
            try TestTrails.write(bytes, folder.keyFile)
        }
        try damage(test, .edited, "the start of a file is altered") {
            var log = try TestTrails.bytes(folder.log(from: 0))
            log[3] ^= 1
            try TestTrails.write(log, folder.log(from: 0))
        }
    }

    @Test func `a damaged trail takes no entries`() throws {
        let test = try makeTrail(1_000)
        func expectRefusal() throws {
            let trails = try test.open()
            let error = #expect(throws: AuditError.self) {
                try trails.record(TestTrails.entry(0), tenant: test.tenant)
            }
            #expect(error?.code == .damaged)
            try? trails.stop()
            try test.restore()
        }
        var log = try LogFrames(test.folder, file: 0)
        log.frames.removeLast()
        try log.write()
        try expectRefusal()
        try TestTrails.write(try TestTrails.bytes(test.folder.heads).dropLast(144), test.folder.heads)
        try expectRefusal()
        try FileManager.default.removeItem(atPath: test.folder.keyFile)
        try expectRefusal()
        try FileManager.default.removeItem(atPath: test.folder.path)
        try expectRefusal()
    }

    @Test func `hashes that are lost are made again from the entries`() throws {
        let test = try makeTrail(1_000)
        try FileManager.default.removeItem(atPath: test.folder.hashes)
        let trails = try test.open()
        #expect(try trails.record(TestTrails.entry(0), tenant: test.tenant) == 1_000)
        try trails.stop()
        let report = try test.verify()
        #expect(report.isSound, "\(report.damages)")
    }
}
