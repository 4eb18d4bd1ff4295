import Base
import FHIR
import Foundation
import JSONTape
import RecordStore
import SQLDatabase
import Synchronization
import Testing

/// A store whose process dies at one write after another, in the midst of flushes and merges: opened again it holds what
/// was acknowledged, its index agrees with the log, and the work goes on from there.
@Suite struct CrashPointTests {
    /// One commit's writes: by id the value to be stored, or `nil` to delete.
    private typealias Step = [(id: String, value: String?)]

    private static let stepCount = 24

    private static func step(_ number: Int) -> Step {
        var step: Step = (0..<10).map { ("o\((number * 7 + $0 * 3) % 90)", "\(number).\($0)0") }
        if number % 3 == 2 { step.append(("o\(number * 5 % 90)", nil)) }
        return step
    }

    private static func small() -> StoreLimits {
        var limits = StoreLimits()
        limits.flushPostings = 250
        limits.mergeSegments = 2
        return limits
    }

    private func commit(_ step: Step, to bench: IngestBench) throws {
        let batch = try bench.store.makeBatch(bench.scope)
        let parser = try JSONParser(names: bench.store.definitions.names)
        let type = try #require(bench.store.definitions.type(named: "Observation"))
        for (id, value) in step {
            try Array(id.utf8).withUnsafeBytes { idBytes in
                guard let value else { return batch.delete(type: type, id: idBytes) }
                let text =
                    #"{"resourceType":"Observation","id":"\#(id)","status":"final","code":{"coding":[{"code":"c"}]},"#
                    + #""subject":{"reference":"Patient/p\#(id.count)"},"valueQuantity":{"value":\#(value)}}"#
                try Array(text.utf8).withUnsafeBytes { bytes in
                    batch.put(try parser.parse(bytes), type: type, id: idBytes)
                }
            }
        }
        _ = try bench.store.commit(batch)
    }

    private func apply(_ step: Step, to state: inout [String: String]) {
        for (id, value) in step { state[id] = value }
    }

    /// What the store has, as searches and reads give it.
    private func state(of bench: IngestBench) throws -> [String: String] {
        var state: [String: String] = [:]
        for id in try bench.ids("Observation", [(name: "code", value: "c")]) {
            let text = try #require(try bench.json("Observation", id), "\(id) is found but cannot be read")
            let value = try #require(text.firstMatch(of: /"value":([0-9.]+)/)?.1)
            #expect(state.updateValue(String(value), forKey: id) == nil, "\(id) is found twice")
        }
        return state
    }

    private func expectSound(_ bench: IngestBench, _ state: [String: String], _ when: String) throws {
        #expect(try bench.store.check(bench.scope) { _, _ in }.findings == [], "\(when)")
        #expect(try bench.store.count(bench.scope, type: "Observation") == state.count, "\(when)")
        for length in 2...3 {
            let found = try bench.ids("Observation", [(name: "patient", value: "p\(length)")])
            #expect(Set(found) == Set(state.keys.filter { $0.count == length }), "\(when)")
        }
    }

    @Test(arguments: [false, true])
    func `whichever write a process dies at, what was acknowledged stays and the index agrees`(isKept: Bool) throws {
        var writes = 0
        var isOver = false
        var died = 0
        while !isOver {
            let process = DyingProcess(writesLeft: writes, isLastKept: isKept)
            let folder = NSTemporaryDirectory() + "martlet-crash-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            var acknowledged: [String: String] = [:]
            var reached = 0
            do {
                let bench = try IngestBench(limits: Self.small(), folder: folder) { process.database($0) }
                defer { if process.isDead { try? bench.close() } }
                while reached < Self.stepCount {
                    try commit(Self.step(reached), to: bench)
                    apply(Self.step(reached), to: &acknowledged)
                    reached += 1
                }
                try bench.close()
            } catch {
                #expect(process.isDead, "\(error)")
            }
            if process.isDead { died += 1 } else { isOver = true }
            let when = "died at write \(writes), step \(reached)"

            let opened = try IngestBench(limits: Self.small(), folder: folder)
            let found = try state(of: opened)
            if found != acknowledged {
                // Of the write that the process died at nobody knows; it is there as a whole or not at all.
                var whole = acknowledged
                if isKept, reached < Self.stepCount { apply(Self.step(reached), to: &whole) }
                #expect(found == whole, "\(when)")
            }
            try expectSound(opened, found, when)
            for number in reached..<Self.stepCount { try commit(Self.step(number), to: opened) }
            var complete: [String: String] = [:]
            for number in 0..<Self.stepCount { apply(Self.step(number), to: &complete) }
            #expect(try state(of: opened) == complete, "\(when)")
            try opened.close()
            let again = try IngestBench(limits: Self.small(), folder: folder)
            try expectSound(again, complete, "\(when), completed")
            try again.close()
            writes += writes < 12 ? 1 : 4
        }
        print("\(died) deaths, up to write \(writes)")
        #expect(died > 20)
    }

    @Test func `a check finds every row that is missing from the index`() throws {
        let folder = NSTemporaryDirectory() + "martlet-gaps-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bench = try IngestBench(limits: Self.small(), folder: folder)
        for number in 0..<Self.stepCount { try commit(Self.step(number), to: bench) }
        try bench.close()
        let path = bench.data + "/data.db"
        let whole = try #require(FileManager.default.contents(atPath: path))
        var gaps = 0
        for table in ["segment_pages", "dead_chunks"] {
            var positions: [Int64] = []
            let database = try SQLiteDatabase(path: path)
            try database.read { connection in
                try connection.query("SELECT position FROM \(table) ORDER BY position", []) { row in
                    positions.append(row.integer(0))
                    return true
                }
            }
            try database.close()
            for position in positions {
                try whole.write(to: URL(fileURLWithPath: path))
                let database = try SQLiteDatabase(path: path)
                try database.write {
                    try $0.execute("DELETE FROM \(table) WHERE position = $1", [.integer(position)])
                }
                try database.close()
                gaps += 1
                do {
                    let damaged = try IngestBench(limits: Self.small(), folder: folder)
                    let findings = try damaged.store.check(damaged.scope) { _, _ in }.findings
                    #expect(!findings.isEmpty, "\(table) without \(position)")
                    try? damaged.close()
                } catch let error as StoreError {
                    #expect(error.code == .damaged)
                }
            }
        }
        #expect(gaps >= 4)
        try whole.write(to: URL(fileURLWithPath: path))
        let mended = try IngestBench(limits: Self.small(), folder: folder)
        #expect(try mended.store.check(mended.scope) { _, _ in }.findings == [])
        try mended.close()
    }
}

/// Stands for a process that does so many writes and dies at the next: none succeeds from then on.
private final class DyingProcess: Sendable {
    private let left: Atomic<Int>
    private let isLastKept: Bool

    init(writesLeft: Int, isLastKept: Bool) {
        left = Atomic(writesLeft)
        self.isLastKept = isLastKept
    }

    var isDead: Bool { left.load(ordering: .sequentiallyConsistent) < 0 }

    func database(_ database: SQLiteDatabase) -> any SQLDatabase {
        Database(database: database, process: self)
    }

    private static let death = SQLError(code: .inputOutput, detail: "the process died")

    private struct Database: SQLDatabase {
        let database: SQLiteDatabase
        let process: DyingProcess

        var dialect: SQLDialect { database.dialect }

        func write<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
            let before = process.left.wrappingSubtract(1, ordering: .sequentiallyConsistent).oldValue
            if before < 0 { throw DyingProcess.death }
            let result = try database.write { connection in
                let result = try body(connection)
                if before == 0, !process.isLastKept { throw DyingProcess.death }
                return result
            }
            if before == 0 { throw DyingProcess.death }
            return result
        }

        func read<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result { try database.read(body) }

        func readTransaction<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
            try database.readTransaction(body)
        }

        func overwriteDeleted() throws { try database.overwriteDeleted() }
        func emptyJournal() throws { try database.emptyJournal() }
        func compact() throws { try database.compact() }
        func verify() throws { try database.verify() }
        func bytesOnDisk() throws -> Int { try database.bytesOnDisk() }
        func close() throws { try database.close() }
    }
}
