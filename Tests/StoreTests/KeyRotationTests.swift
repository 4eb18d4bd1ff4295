import Access
import Base
import Foundation
import RecordStore
import SQLDatabase
import Synchronization
import Testing
import Vault

@Suite struct KeyRotationTests {
    private static func record(_ patient: Int, value: Int = 0) -> [String] {
        [
            #"{"resourceType":"Patient","id":"p\#(patient)","name":[{"family":"Family\#(patient)"}]}"#,
            #"{"resourceType":"Observation","id":"o\#(patient)","status":"final","code":{"text":"c\#(value)"},"subject":{"reference":"Patient/p\#(patient)"}}"#,
        ]
    }

    /// What every version of a store reads.
    private static func content(_ test: TestStore) throws -> [String] {
        var texts: [String] = []
        let point = try test.store.now(test.scope)
        try test.store.forEachVersion(test.scope, HistoryWindow(point: point)) { version in
            texts.append(String(decoding: version.json, as: UTF8.self))
            return true
        }
        return texts
    }

    @Test func `a patient's new key opens everything, and the old one is gone`() throws {
        let test = try TestStore()
        for patient in 0..<5 { try test.put(Self.record(patient)) }
        for value in 1..<40 { try test.put(Self.record(2, value: value)) }
        let before = try Self.content(test)
        let numbers = try Self.keyIDs(test)
        let report = try #require(try test.store.rotateKey(test.scope, patient: "p2"))
        #expect(report.blocks >= 40)
        #expect(try Self.content(test) == before)
        #expect(try test.store.rotateKey(test.scope, patient: "nobody") == nil)
        try test.put(Self.record(2, value: 99))
        let after = try Self.content(test)
        let newNumbers = try Self.keyIDs(test)
        #expect(numbers.count == newNumbers.count && numbers.subtracting(newNumbers).count == 1)
        try test.close()
        let again = try TestStore(folder: test.folder)
        #expect(try Self.content(again) == after)
        #expect(try again.store.check(again.scope) { _, _ in }.findings.isEmpty)
        try again.close()
    }

    private static func keyIDs(_ test: TestStore) throws -> Set<Int64> {
        var numbers: Set<Int64> = []
        try test.keys.read { connection in
            try connection.query("SELECT key_id FROM patient_keys", []) { row in
                numbers.insert(row.integer(0))
                return true
            }
        }
        return numbers
    }

    @Test func `reads and writes go on while a patient's key is rotated`() throws {
        let test = try TestStore()
        defer { try? test.close() }
        for value in 0..<60 { try test.put(Self.record(1, value: value)) }
        let isDone = Atomic<Bool>(false)
        let faults = Mutex<[String]>([])
        let threads = (0..<2).map { number in
            WorkerThread(name: "worker \(number)") {
                var value = 1000 * (number + 1)
                while !isDone.load(ordering: .relaxed) {
                    do {
                        value += 1
                        if number == 0 { try test.put(Self.record(1, value: value)) }
                        _ = try #require(try test.read("Observation", "o1"))
                        let count = try test.store.history(test.scope, type: "Observation", id: "o1").count
                        if count < 60 { faults.withLock { $0.append("\(count) versions") } }
                    } catch {
                        faults.withLock { $0.append("\(error)") }
                    }
                }
            }
        }
        for _ in 0..<5 { #expect(try test.store.rotateKey(test.scope, patient: "p1") != nil) }
        isDone.store(true, ordering: .relaxed)
        for thread in threads { thread.join() }
        #expect(faults.withLock { $0 } == [])
        #expect(try test.store.check(test.scope) { _, _ in }.findings.isEmpty)
    }

    @Test func `the wrapping key of a tenant changes under the records, also in a store of an older program`() throws {
        let test = try TestStore()
        for patient in 0..<30 { try test.put(Self.record(patient)) }
        let before = try Self.content(test)
        #expect(try test.vault.keyFacts().map(\.keys) == [31])
        let first = try #require(try test.vault.keyFacts().first).wrappingKey
        #expect(try test.vault.rotateWrappingKey(ofTenant: "nobody") == nil)
        #expect(try test.vault.rotateWrappingKey(ofTenant: test.scope.tenant.description) == 31)
        let facts = try #require(try test.vault.keyFacts().first)
        #expect(facts.wrappingKey > first && facts.keys == 31)
        try test.put(Self.record(99))
        let after = try Self.content(test)
        #expect(Array(after.suffix(before.count)) == before)
        try test.close()
        let again = try TestStore(folder: test.folder)
        #expect(try Self.content(again) == after)
        try again.close()
    }

    @Test func `a new master key takes the file's place, and the old one opens nothing`() throws {
        let test = try TestStore()
        for patient in 0..<3 { try test.put(Self.record(patient)) }
        let before = try Self.content(test)
        let path = test.folder + "/master.key"
        let old = try MasterKeyFile.load(path: path, mayCreate: false)
        let fingerprint = try test.vault.masterKeyFingerprint
        #expect(try MasterKeySource.file(path).rotate(test.vault, to: nil) == 2)
        #expect(try test.vault.masterKeyFingerprint != fingerprint)
        #expect(try Self.content(test) == before)
        try test.close()
        let store = try SQLiteDatabase(path: test.folder + "/keys.db")
        let refusal = #expect(throws: VaultError.self) { try Vault(store: store, masterKey: old) }
        #expect(refusal?.code == .masterKey && refusal?.detail.contains(fingerprint) == true)
        try store.close()
        let again = try TestStore(folder: test.folder)
        #expect(try Self.content(again) == before)
        try again.close()
    }

    @Test func `a rotation that is cut short at any write leaves everything readable, and is finished`() throws {
        let first = try TestStore()
        for patient in 0..<4 { try first.put(Self.record(patient)) }
        let before = try Self.content(first)
        try first.close()
        let copy = first.folder + "-copy"
        for step in 0..<40 {
            for isLastKept in [false, true] {
                try? FileManager.default.removeItem(atPath: copy)
                try FileManager.default.copyItem(atPath: first.folder, toPath: copy)
                let death = DyingDatabase(writesLeft: step, isLastKept: isLastKept)
                var isComplete = false
                do {
                    let test = try TestStore(folder: copy, wrap: { death.database($0) })
                    defer { try? test.close() }
                    _ = try test.store.rotateKey(test.scope, patient: "p1")
                    _ = try test.vault.rotateWrappingKey(ofTenant: test.scope.tenant.description)
                    _ = try MasterKeySource.file(copy + "/master.key").rotate(test.vault, to: nil)
                    isComplete = true
                } catch {}
                let again = try TestStore(folder: copy)
                #expect(try Self.content(again) == before, "step \(step)")
                #expect(try again.store.rotateKey(again.scope, patient: "p1") != nil)
                #expect(try again.store.check(again.scope) { _, _ in }.findings.isEmpty)
                try again.close()
                if isComplete { return }
            }
        }
        Issue.record("the rotations never came to their end")
    }
}

/// Databases of a process that dies at a write: before it, or just after it became durable.
final class DyingDatabase: Sendable {
    private let left: Atomic<Int>
    private let isLastKept: Bool

    init(writesLeft: Int, isLastKept: Bool) {
        left = Atomic(writesLeft)
        self.isLastKept = isLastKept
    }

    func database(_ database: SQLiteDatabase) -> any SQLDatabase {
        Database(database: database, process: self)
    }

    private static let death = SQLError(code: .inputOutput, detail: "the process died")

    private func take<Result>(_ body: () throws -> Result) throws -> Result {
        let before = left.wrappingSubtract(1, ordering: .sequentiallyConsistent).oldValue
        if before < 0 || (before == 0 && !isLastKept) { throw Self.death }
        let result = try body()
        if before == 0 { throw Self.death }
        return result
    }

    private struct Database: SQLDatabase {
        let database: SQLiteDatabase
        let process: DyingDatabase

        var dialect: SQLDialect { database.dialect }

        func write<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
            try process.take { try database.write(body) }
        }

        func read<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result { try database.read(body) }

        func readTransaction<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
            try database.readTransaction(body)
        }

        func overwriteDeleted() throws { try database.overwriteDeleted() }
        func emptyJournal() throws { try process.take { try database.emptyJournal() } }
        func compact() throws { try process.take { try database.compact() } }
        func verify() throws { try database.verify() }
        func bytesOnDisk() throws -> Int { try database.bytesOnDisk() }
        func close() throws { try database.close() }
    }
}
