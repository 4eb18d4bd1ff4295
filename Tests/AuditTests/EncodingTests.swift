import Access
import Audit
import Base
import Compression
import Foundation
import JSONTape
import Testing
import Vault

@Suite struct EncodingTests {
    /// Entries with all that there is, with nothing, and with what is hard to write.
    private var entries: [AuditEntry] {
        var full = TestTrails.entry(99)
        full.onBehalfOf = "user/1"
        full.role = "clinician"
        full.purposeOfUse = "TREAT"
        full.detail = "said \"why\"\n\u{0}\u{1F}é\u{1F426}"
        full.patients = ["a", "", "b"]
        var empty = AuditEntry(.system, .execute, "", time: Instant(microseconds: .min), agent: "")
        empty.status = .max
        return AuditEntry.Category.allCases.flatMap { category in
            AuditEntry.Action.allCases.map { action in
                AuditEntry(category, action, "\(category)", time: Instant(microseconds: -1), agent: "x")
            }
        } + [full, empty]
    }

    @Test func `an entry is read back from its encoding and from its JSON`() throws {
        for entry in entries {
            let writer = ByteWriter()
            entry.encode(to: writer)
            #expect(AuditEntry(encoded: writer.bytes) == entry)
            let json = ByteWriter()
            entry.writeJSON(to: json)
            let read = try JSONDocument(json.copy()).withRoot { AuditEntry(json: $0) }
            #expect(read == entry, "\(String(decoding: json.bytes, as: UTF8.self))")
        }
    }

    @Test func `any other bytes are no encoding, and nothing crashes`() throws {
        var random = SeededRandom(seed: 7)
        for entry in entries.suffix(2) {
            let writer = ByteWriter()
            entry.encode(to: writer)
            let bytes = writer.copy()
            for count in 0..<bytes.count {
                #expect(bytes[..<count].withUnsafeBytes { AuditEntry(encoded: $0) } == nil)
            }
            for _ in 0..<20_000 {
                var changed = bytes
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                }
                guard let read = changed.withUnsafeBytes({ AuditEntry(encoded: $0) }) else { continue }
                // What can be read is written in the same way: an entry has one encoding.
                let again = ByteWriter()
                read.encode(to: again)
                #expect(again.copy() == changed)
            }
        }
    }

    @Test func `any other bytes are no proof, head or record, and nothing crashes`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        for number in 0..<9 { _ = try trails.record(TestTrails.entry(number), tenant: test.tenant) }
        let key = try trails.publicKey(tenant: test.tenant)
        let proof = try trails.prove(3, tenant: test.tenant)
        let text = Array(try proof.json(key).utf8)
        let note = try proof.head.note(key)
        try trails.stop()
        var random = SeededRandom(seed: 11)
        for _ in 0..<3_000 {
            var changed = text
            let place = Int.random(in: 0..<changed.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
            case 1: changed.remove(at: place)
            default: changed.removeLast(changed.count - place)
            }
            guard changed != text, let read = try? InclusionProof(json: changed) else { continue }
            if (try? read.check(key)) != nil { #expect(read == proof) }
        }
        for _ in 0..<3_000 {
            var changed = Array(note.utf8)
            changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(in: 32...126, using: &random)
            guard let read = TreeHead(note: String(decoding: changed, as: UTF8.self)) else { continue }
            #expect(!read.isSigned(by: key) || read == proof.head)
        }
    }

    @Test func `no other bytes open as a batch, and nothing crashes`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        try TestTrails.fill(trails, 0..<20)
        try trails.stop()
        let keys = try test.stolenKeys()
        let coder = try BatchCoder(keys, Dictionaries(dictionary: []))
        let log = try LogFrames(test.folder, file: 0)
        let frame = log.frames[log.frames.count - 1]
        var random = SeededRandom(seed: 13)
        for _ in 0..<5_000 {
            var changed = frame
            changed[Int.random(in: 0..<changed.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            guard let header = LogFrames.header(changed[...]) else { continue }
            let sealed = changed[24...]
            #expect(throws: AuditError.self) {
                try sealed.withUnsafeBytes { try coder.open(header, sealed: $0, file: log.first) }
            }
        }
    }

    @Test func `a batch does not open at another place, in another file or for another tenant`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        let other = try #require(TenantName("other"))
        _ = try trails.record(TestTrails.entry(0), tenant: test.tenant)
        _ = try trails.record(TestTrails.entry(0), tenant: other)
        try trails.stop()
        let keys = try test.stolenKeys()
        let log = try LogFrames(test.folder, file: 0)
        let header = try #require(log.header(0))
        let sealed = log.frames[0][24...]
        let coder = try BatchCoder(keys, Dictionaries(dictionary: []))
        #expect(
            try sealed.withUnsafeBytes { try coder.open(header, sealed: $0, file: 0) }.entry(0) == TestTrails.entry(0))
        var moved = header
        moved.first = 1
        #expect(throws: AuditError.self) { try sealed.withUnsafeBytes { try coder.open(moved, sealed: $0, file: 0) } }
        #expect(throws: AuditError.self) { try sealed.withUnsafeBytes { try coder.open(header, sealed: $0, file: 9) } }
        let others = try BatchCoder(
            TrailKeys.load(
                trails.folder(of: other), tenant: other,
                wrapping: TrailKeys.wrappingKey(test.vault.keys(ofTenant: "other"))),
            Dictionaries(dictionary: []))
        #expect(throws: AuditError.self) { try sealed.withUnsafeBytes { try others.open(header, sealed: $0, file: 0) } }
    }

    @Test func `the trail's keys are sealed anew for a new tenant key`() throws {
        let test = try TestTrails()
        let trails = try test.open()
        _ = try trails.record(TestTrails.entry(0), tenant: test.tenant)
        try trails.stop()
        let old = try TrailKeys.wrappingKey(test.vault.keys(ofTenant: test.tenant.description))
        let new = try SecretKey.random()
        #expect(throws: AuditError.self) {
            try TrailKeys.reseal(test.folder, tenant: test.tenant, from: new, to: old)
        }
        try TrailKeys.reseal(test.folder, tenant: test.tenant, from: old, to: new)
        let keys = try TrailKeys.load(test.folder, tenant: test.tenant, wrapping: new)
        #expect(
            try keys.signing.publicKey.pem
                == String(decoding: TestTrails.bytes(test.folder.publicKeyFile), as: UTF8.self))
        #expect(throws: AuditError.self) { try TrailKeys.load(test.folder, tenant: test.tenant, wrapping: old) }
    }
}
