import Access
import Base
import Foundation
import Glibc
import RecordStore
import SQLDatabase
import Search
import Testing
import Vault

/// Bits flipped in a closed store: whatever is read afterwards is an error, or what was there before.
@Suite struct DamageTests {
    private static let patients = 200

    /// How many bits are flipped: 1,000 where the program is optimised; `MARTLET_FLIPS` says otherwise.
    private static var flips: Int {
        if let text = ProcessInfo.processInfo.environment["MARTLET_FLIPS"], let count = Int(text) { return count }
        var isDebug = false
        assert({ isDebug = true }() == ())
        return isDebug ? 60 : 1_000
    }

    private static func resources(_ patient: Int) -> [String] {
        let reference = #""subject":{"reference":"Patient/p\#(patient)"}"#
        // Does not compress well, so that most of the file is content.
        var random = SeededRandom(seed: UInt64(patient))
        let noise = (0..<50).map { _ in String(UInt64.random(in: 0...(.max), using: &random), radix: 36) }.joined()
        return [
            #"{"resourceType":"Patient","id":"p\#(patient)","name":[{"family":"Family\#(patient % 17)"}],"birthDate":"19\#(50 + patient % 50)-01-02"}"#,
            #"{"resourceType":"Observation","id":"a\#(patient)","status":"final","code":{"coding":[{"code":"c\#(patient % 5)"}]},\#(reference),"effectiveDateTime":"2020-0\#(1 + patient % 9)-01"}"#,
            #"{"resourceType":"Condition","id":"b\#(patient)","code":{"text":"text \#(patient)"},"note":[{"text":"\#(noise)"}],\#(reference)}"#,
        ]
    }

    private static func make(_ folder: String) throws {
        var limits = StoreLimits()
        limits.flushPostings = 1_500
        let clock = StepClock()
        let test = try TestStore(limits: limits, folder: folder, clock: clock)
        for patient in 0..<patients {
            try test.put(resources(patient))
            if patient % 5 == 0 {
                try test.put(resources(patient)[1].replacingOccurrences(of: "final", with: "amended"))
            }
            if patient % 7 == 0 { _ = try test.delete("Condition", "b\(patient)") }
        }
        _ = try test.store.purge(test.scope, patient: "p3", reason: "asked for")
        let batch = try test.store.makeBatch(test.scope)
        try test.add([resources(4)[1].replacingOccurrences(of: "final", with: "preliminary")], to: batch)
        _ = try test.store.commit(batch)
        try test.close()
        // Without free pages: a bit in one of them changes nothing.
        let database = try SQLiteDatabase(path: folder + "/data.db")
        try database.compact()
        try database.close()
    }

    /// Everything that a store answers, as one text; the same at each call if nothing was changed.
    private static func answers(_ folder: String) throws -> String {
        let test = try TestStore(folder: folder)
        defer { try? test.close() }
        let store = test.store
        var lines: [String] = []
        let now = try store.now(test.scope)
        lines.append("\(now.sequence) \(try test.vault.tenantNames())")
        try store.forEachVersion(test.scope, HistoryWindow(point: now)) { version in
            lines.append(
                "\(version.sequence) \(version.replaces ?? 0) \(String(decoding: version.json, as: UTF8.self))")
            return true
        }
        for patient in stride(from: 0, to: patients, by: 3) {
            for (type, id) in [("Patient", "p"), ("Observation", "a"), ("Condition", "b")] {
                lines.append(try test.read(type, "\(id)\(patient)") ?? "none")
                lines += try store.history(test.scope, type: type, id: "\(id)\(patient)").map { "\($0.sequence)" }
                let point = LogPoint(sequence: now.sequence / 2)
                lines.append(
                    "\(try store.read(test.scope, type: type, id: "\(id)\(patient)", at: point)?.sequence ?? 0)")
            }
            try store.forEachInCompartment(test.scope, patient: "p\(patient)") { version in
                lines.append("\(version.sequence)")
                return true
            }
        }
        let middle = try store.entry(test.scope, sequence: now.sequence / 2).lastUpdated
        let date = String(decoding: try store.entry(test.scope, sequence: now.sequence / 2).json, as: UTF8.self)
        lines.append(date)
        for offset in [-3_000_000, -1_000_000, 0, 1_000_000, 3_000_000] as [Int64] {
            let point = try store.point(
                test.scope, at: Instant(microseconds: middle.microseconds + offset))
            lines.append("\(point.sequence)")
        }
        var searches: [(String, [(String, String)])] = [
            ("Patient", [("family", "family3")]), ("Patient", [("birthdate", "lt1970")]), ("Patient", []),
            ("Observation", [("code", "c2")]), ("Observation", [("status", "amended")]),
            ("Observation", [("date", "ge2020-05")]), ("Observation", [("code:missing", "false")]),
            ("Condition", []), ("Condition", [("subject.family", "family3")]), ("Observation", [("_sort", "date")]),
        ]
        for patient in stride(from: 0, to: patients, by: 11) {
            searches.append(("Condition", [("patient", "p\(patient)")]))
        }
        for (type, parameters) in searches {
            lines.append(try test.ids(test.query(type, parameters)).joined(separator: ","))
            lines.append("\(try store.count(test.scope, type: type))")
        }
        var walk = LogWalk(point: now)
        try store.forEachLive(test.scope, walk) { version, _ in
            lines.append("\(version.sequence)")
            return true
        }
        walk.findsDeletions = true
        try store.forEachLive(test.scope, walk) { version, _ in
            lines.append("\(version.sequence)")
            return true
        }
        lines += try store.erasures(test.scope).map { "\($0.at) \($0.entries) \($0.reason) \($0.patientHash)" }
        lines += try store.awaiting(test.scope).map { "\($0)" }
        lines += try test.vault.keyFacts().map { "\($0)" }
        return lines.joined(separator: "\n")
    }

    private static func findings(_ folder: String) throws -> [String] {
        let test = try TestStore(folder: folder)
        defer { try? test.close() }
        return try test.store.check(test.scope) { _, _ in }.findings
    }

    private static func read(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @Test func `a bit that is flipped in a closed store is noticed, or changes no answer`() throws {
        // In memory where that can be: a thousand starts and ends would wait for the disk most of the time.
        let memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : NSTemporaryDirectory()
        let folder = memory + "martlet-damage-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.make(folder)
        // A start writes what is left over from before.
        let before = try Self.answers(folder)
        #expect(try Self.answers(folder) == before)
        let files = try ["data.db", "keys.db"].map { ($0, try Self.read(folder + "/" + $0)) }
        var random = SeededRandom(seed: UInt64(ProcessInfo.processInfo.environment["MARTLET_SEED"] ?? "") ?? 11)
        var noticed = 0
        var wrong: [String] = []
        for flip in 0..<Self.flips {
            // Half of them where structure is dense: the beginnings of pages, and the small file.
            let (name, bytes) = files[flip % 4 == 3 ? 1 : 0]
            var place = Int.random(in: 0..<bytes.count, using: &random)
            if flip % 4 == 1 { place = place / 16_384 * 16_384 + Int.random(in: 0..<128, using: &random) }
            if flip % 16 == 0 { place = Int.random(in: 0..<108, using: &random) }
            let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            for (name, bytes) in files {
                for suffix in ["-wal", "-shm"] { unlink(folder + "/" + name + suffix) }
                try Self.write(bytes, to: folder + "/" + name)
            }
            var flipped = bytes
            flipped[place] ^= bit
            try Self.write(flipped, to: folder + "/" + name)
            do {
                let after = try Self.answers(folder)
                if after != before {
                    wrong.append("\(name) byte \(place) bit \(bit): \(Self.difference(before, after))")
                }
            } catch {
                noticed += 1
                if !Self.namesPlace(error) { wrong.append("\(name) byte \(place) bit \(bit): \(error)") }
            }
        }
        print("\(Self.flips) bits flipped: \(noticed) noticed, \(Self.flips - noticed - wrong.count) without a trace")
        #expect(wrong == [])
        #expect(noticed > Self.flips / 5)
    }

    @Test func `a row that is missing, exchanged, altered, or put back as it once was, is noticed`() throws {
        let folder = NSTemporaryDirectory() + "martlet-rows-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.make(folder)
        let data = folder + "/data.db"
        let older = try Self.rows(data)
        do {
            let test = try TestStore(folder: folder)
            for patient in 100..<120 {
                try test.put(Self.resources(patient)[1].replacingOccurrences(of: "final", with: "corrected"))
            }
            _ = try test.store.purge(test.scope, patient: "p9", reason: "asked for")
            try test.close()
        }
        let before = try Self.answers(folder)
        let bytes = try Self.read(data)
        let swap = { (table: String, column: String, key: String) in
            """
            UPDATE \(table) SET \(column) = (SELECT b.\(column) FROM \(table) b WHERE b.\(key) <> \(table).\(key)
              AND length(b.\(column)) > 40 ORDER BY b.\(key) LIMIT 1)
            WHERE \(key) = (SELECT MAX(\(key)) FROM \(table) WHERE length(\(column)) > 40)
            """
        }
        var changes: [(String, [SQLValue])] = [
            swap("blocks", "bytes", "position"), swap("segment_pages", "bytes", "position"),
            swap("segments", "directory", "segment_id"), swap("segments", "filter", "segment_id"),
            swap("erasures", "bytes", "erasure_id"),
            "DELETE FROM blocks WHERE position = (SELECT MAX(position) FROM blocks)",
            "DELETE FROM blocks WHERE position = (SELECT MIN(position) FROM blocks)",
            "DELETE FROM blocks", "DELETE FROM segment_pages WHERE position % 16777216 = 1",
            "DELETE FROM segments WHERE first_seq = 1", "DELETE FROM segments",
            "DELETE FROM segments WHERE last_seq = (SELECT MAX(last_seq) FROM segments)",
            "UPDATE segments SET state = 0 WHERE first_seq = 1",
            "UPDATE segments SET first_seq = 2 WHERE first_seq = 1",
            "UPDATE segments SET last_seq = last_seq + 1", "DELETE FROM dead_chunks", "DELETE FROM manifests",
            "DELETE FROM erasures WHERE erasure_id = 1", "UPDATE erasures SET state = 2",
            "UPDATE blocks SET committed_at = committed_at + 1 WHERE length(bytes) = 0",
            "UPDATE blocks SET key_id = 1 WHERE length(bytes) = 0",
            "UPDATE blocks SET mark = mark + 1 WHERE length(bytes) = 0",
            "UPDATE blocks SET position = position + 1 WHERE position = (SELECT MAX(position) FROM blocks)",
            "INSERT INTO awaited_references VALUES (1, 5, 5)", "INSERT INTO custom_paths VALUES (1, 5, 2, 5, 5)",
            "UPDATE blocks SET position = position + (7 << 40)",
        ].map { ($0, []) }
        changes.append(("UPDATE dead_chunks SET bytes = $1", [.blob(older.dead)]))
        changes.append(("UPDATE manifests SET bytes = $1", [.blob(older.manifest)]))
        for (change, values) in changes {
            for suffix in ["-wal", "-shm"] { unlink(data + suffix) }
            try Self.write(bytes, to: data)
            let database = try SQLiteDatabase(path: data)
            try database.write { try $0.execute(change, values) }
            try database.close()
            do {
                let after = try Self.answers(folder)
                // What stands beside a block without content is looked at by few.
                let isFound = try after == before && !Self.findings(folder).isEmpty
                #expect(isFound, "\(change): \(Self.difference(before, after))")
            } catch {
                #expect(Self.namesPlace(error), "\(change): \(error)")
            }
        }
    }

    /// The sealed rows of which a tenant has one.
    private static func rows(_ path: String) throws -> (dead: [UInt8], manifest: [UInt8]) {
        let database = try SQLiteDatabase(path: path)
        defer { try? database.close() }
        return try database.read { connection in
            var found: [[UInt8]] = []
            for sql in ["SELECT bytes FROM dead_chunks", "SELECT bytes FROM manifests"] {
                try connection.query(sql, []) { row in
                    found.append(Array(row.blob(0)))
                    return false
                }
            }
            return (try #require(found.first), try #require(found.last))
        }
    }

    private static func namesPlace(_ error: any Error) -> Bool {
        switch error {
        case let error as StoreError: [.damaged, .unavailable].contains(error.code)
        case let error as VaultError: [.damaged, .masterKey, .storage].contains(error.code)
        case is SQLError: true
        default: false
        }
    }

    private static func difference(_ before: String, _ after: String) -> String {
        let before = before.split(separator: "\n", omittingEmptySubsequences: false)
        let after = after.split(separator: "\n", omittingEmptySubsequences: false)
        let place = zip(before, after).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? -1
        let line = place >= 0 ? "\(before[place].prefix(200)) became \(after[place].prefix(200))" : ""
        return "\(before.count) lines, then \(after.count); line \(place): \(line)"
    }
}

/// A clock that goes on by a second at each look.
private final class StepClock: Base.Clock, @unchecked Sendable {
    // Safe to share: the time is used under `lock`.
    private let lock = Lock()
    private var time: Int64 = 1_700_000_000_000_000

    func now() -> Instant {
        lock.withLock {
            time += 1_000_000
            return Instant(microseconds: time)
        }
    }
}
