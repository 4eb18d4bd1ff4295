import Base
import FHIR
import Foundation
import Glibc
import Intake
import JSONTape
import RecordStore
import SQLDatabase
import Synchronization
import Testing

/// A disk that fills up: a clear error, nothing acknowledged is lost, and with room again the work goes on.
@Suite struct FullDiskTests {
    private static func lines(_ count: Int) -> String {
        (0..<count).map { number in
            #"{"resourceType":"Patient","id":"p\#(number)","name":[{"family":"Family\#(number)"}],"active":true}"#
        }.joined(separator: "\n")
    }

    @Test func `an ingest that meets a full disk stops with a clear error, and repeated takes in the rest`() throws {
        let undisturbed = try IngestBench()
        let source = try undisturbed.file("lines.ndjson", Self.lines(20_000))
        let whole = try undisturbed.ingest(source)
        #expect(whole.created == 20_000)
        for writes in 0..<3 {
            let disk = FillingDisk()
            let bench = try IngestBench { disk.database($0) }
            disk.writesLeft = writes
            #expect { try bench.ingest(source) } throws: { error in
                (error as? StoreError)?.code == .full && "\(error)".contains("disk is full")
            }
            let stored = try bench.store.count(bench.scope, type: "Patient")
            #expect(stored < 20_000)
            #expect(try bench.store.now(bench.scope).sequence == UInt64(stored))
            #expect(throws: StoreError.self) { try bench.ingest(source) }
            disk.writesLeft = .max
            let report = try bench.ingest(source)
            #expect(report.created == 20_000 - stored)
            #expect(report.unchanged == stored)
            #expect(try bench.store.count(bench.scope, type: "Patient") == 20_000)
            let check = try bench.store.check(bench.scope) { _, _ in }
            #expect(check.findings == [])
            try bench.close()
            let opened = try IngestBench(folder: bench.folder)
            #expect(try opened.store.count(opened.scope, type: "Patient") == 20_000)
            try opened.close()
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to mount a disk that can be filled"))
    func `a real disk that is full loses nothing that was acknowledged`() throws {
        let disk = try SmallDisk(megabytes: 6)
        var random = SeededRandom(seed: 7)
        func resource(_ number: Int) -> String {
            let noise = Data((0..<30_000).map { _ in UInt8.random(in: 0...255, using: &random) }).base64EncodedString()
            return #"{"resourceType":"Binary","id":"b\#(number)","contentType":"x/y","data":"\#(noise)"}"#
        }
        var limits = StoreLimits()
        limits.flushPostings = 50
        var acknowledged: [String: String] = [:]
        var failures = 0
        do {
            let bench = try IngestBench(limits: limits, data: disk.path + "/store")
            let batch = try bench.store.makeBatch(bench.scope)
            let parser = try JSONParser(names: bench.store.definitions.names)
            let type = try #require(bench.store.definitions.type(named: "Binary"))
            for number in 0..<400 where failures < 5 {
                let text = resource(number)
                try Array(text.utf8).withUnsafeBytes { bytes in
                    let value = try parser.parse(bytes)
                    Array("b\(number)".utf8).withUnsafeBytes { batch.put(value, type: type, id: $0) }
                }
                do {
                    _ = try bench.store.commit(batch)
                    acknowledged["b\(number)"] = text
                } catch let error as StoreError {
                    #expect(error.code == .full, "\(error.detail)")
                    failures += 1
                }
                batch.removeAll()
            }
            #expect(failures == 5)
            #expect(acknowledged.count > 20)
            try expectStored(acknowledged, in: bench)
            #expect { try bench.ingest(bench.file("more.ndjson", resource(1000))) } throws: { error in
                (error as? StoreError)?.code == .full
            }
            // A close on a full disk may fail to write the index out; the log has it all.
            try? bench.close()
        }
        try disk.grow(megabytes: 64)
        let opened = try IngestBench(limits: limits, data: disk.path + "/store")
        try expectStored(acknowledged, in: opened)
        #expect(try opened.store.count(opened.scope, type: "Binary") == acknowledged.count)
        let more = try opened.ingest(opened.file("more.ndjson", resource(1000)))
        #expect(more.created == 1)
        #expect(try opened.store.check(opened.scope) { _, _ in }.findings == [])
        try opened.close()
    }

    private func expectStored(_ acknowledged: [String: String], in bench: IngestBench) throws {
        for (id, text) in acknowledged {
            let data = text.split(separator: "\"data\":").last
            let stored = try bench.json("Binary", id)
            #expect(stored?.hasSuffix(data ?? "?") == true, "\(id)")
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "needs root, to mount a disk that can be filled"))
    func `rejects that find no room stop the run instead of being lost`() throws {
        let disk = try SmallDisk(megabytes: 1)
        let bench = try IngestBench()
        let long = "{" + String(repeating: "x", count: 300_000)
        let source = try bench.file("bad.ndjson", (0..<20).map { _ in long }.joined(separator: "\n"))
        let options = IngestOptions(rejectsPath: disk.path + "/rejects.ndjson") { MemorySpool() }
        let run = IngestRun(store: bench.store, scope: bench.scope, paths: [source], options: options)
        #expect { try run.run() } throws: { error in
            (error as? IntakeError)?.code == .rejectsUnwritable && "\(error)".contains(disk.path + "/rejects.ndjson")
        }
    }
}

/// A file system of its own that is soon full. Only root may mount one.
private final class SmallDisk {
    let path: String

    init(megabytes: Int) throws {
        path = NSTemporaryDirectory() + "martlet-disk-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try #require(Self.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path))
    }

    deinit {
        _ = Self.run("umount", "-l", path)
        try? FileManager.default.removeItem(atPath: path)
    }

    func grow(megabytes: Int) throws {
        try #require(Self.run("mount", "-o", "remount,size=\(megabytes)m", path))
    }

    static let isPossible = (try? SmallDisk(megabytes: 1)) != nil

    private static func run(_ tool: String, _ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

/// Stands for a disk that takes so many writes more and then is full.
private final class FillingDisk: Sendable {
    private let left = Atomic<Int>(.max)

    var writesLeft: Int {
        get { left.load(ordering: .sequentiallyConsistent) }
        set { left.store(newValue, ordering: .sequentiallyConsistent) }
    }

    func database(_ database: SQLiteDatabase) -> any SQLDatabase {
        Database(database: database, disk: self)
    }

    /// - Throws: `SQLError.full` once no write is left.
    private func take() throws {
        if left.wrappingSubtract(1, ordering: .sequentiallyConsistent).oldValue <= 0 {
            left.store(0, ordering: .sequentiallyConsistent)
            throw SQLError(code: .full, detail: "the disk is full")
        }
    }

    private struct Database: SQLDatabase {
        let database: SQLiteDatabase
        let disk: FillingDisk

        var dialect: SQLDialect { database.dialect }

        /// The disk is found full at the end, when everything seemed to be written.
        func write<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
            try database.write { connection in
                let result = try body(connection)
                try disk.take()
                return result
            }
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
