import Access
import Base
import Compression
import FHIR
import Foundation
import Intake
import Jobs
import RecordStore
import Search
import SQLDatabase
import Synchronization
import Testing
import Vault

/// A store with the service that ingests into it, in a folder; opened again it goes on where it was.
final class ServiceBench {
    let folder: String
    let store: RecordStore
    let ingests: Ingests
    private let keys: SQLiteDatabase
    private let platform: any SQLDatabase
    private let queue: JobQueue
    private let workers: JobWorkers
    private static let definitions = Result { try Definitions.load() }

    /// What the ports say, changed by tests while all runs.
    final class Source: Sendable {
        let contents = Mutex<[String: [SourceContent]]>([:])
        let events = Mutex<[String]>([])
        let reports = Mutex<[String]>([])
        let watched = Mutex<WatchedFolder?>(nil)
    }

    let source: Source
    let scope: AccessScope

    init(
        folder: String, source: Source = Source(), partBytes: UInt64 = 4_000, process: MortalProcess? = nil,
        tenant: TenantName = .standard, change: (inout IngestServiceOptions) -> Void = { _ in }
    ) throws {
        self.folder = folder
        self.source = source
        scope = AccessScope(tenant: tenant, actor: "test")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let master = try MasterKeyFile.load(path: folder + "/master.key", mayCreate: true)
        keys = try SQLiteDatabase(path: folder + "/keys.db")
        let vault = try Vault(store: keys, masterKey: master)
        let wrap: (SQLiteDatabase) -> any SQLDatabase = { process?.database($0) ?? $0 }
        store = try RecordStore(
            database: wrap(SQLiteDatabase(path: folder + "/data.db")), vault: vault,
            definitions: Self.definitions.get(), dictionaries: Dictionaries(dictionary: []))
        platform = wrap(try SQLiteDatabase(path: folder + "/platform.db"))
        var queueOptions = JobQueueOptions()
        queueOptions.isAlone = true
        queueOptions.rules.backoffSeconds = 0.01
        queue = try JobQueue(database: platform, vault: vault, clock: SystemClock(), options: queueOptions)
        var options = IngestServiceOptions(folder: folder + "/ingests") { MemorySpool() }
        options.plan.partBytes = partBytes
        options.workers = 2
        options.fullDiskSeconds = 0.05
        change(&options)
        let ports = IngestPorts(
            contents: { [source] from, _ in
                if from.kind == .watched { return try WatchedFolder.contents(from) }
                guard let contents = source.contents.withLock({ $0[from.reference] }) else {
                    throw IntakeError(.source, "the source is gone")
                }
                return contents
            },
            settle: { [source] facts, totals in
                source.events.withLock { $0.append("\(facts.source.reference) \(facts.state)") }
                try source.watched.withLock { $0 }?.settle(facts, totals)
            },
            record: { [source] event, _ in source.events.withLock { $0.append("\(event.owner) \(event.kind)") } },
            report: { [source] error in source.reports.withLock { $0.append("\(error)") } })
        ingests = try Ingests(
            database: platform, queue: queue, store: store, vault: vault, clock: SystemClock(), ports: ports,
            options: options)
        workers = JobWorkers(queue) { [source] error in source.reports.withLock { $0.append("\(error)") } }
    }

    func start() throws {
        try ingests.serve(workers)
        workers.start()
    }

    func stop(seconds: Double = 20) throws {
        workers.drain(deadlineSeconds: seconds)
        ingests.stop()
        try? store.close()
        try? platform.close()
        try? keys.close()
    }

    /// Begins to ingest a file.
    func begin(_ path: String, name: String? = nil) throws -> IngestID {
        let name = name ?? path
        source.contents.withLock { contents in
            contents[path] = contents[path] ?? [try? SourceContent(path: path, name: name)].compactMap(\.self)
        }
        return try ingests.begin(IngestSource(.upload, path, name: name), tenant: scope.tenant, owner: "client/test")
    }

    /// Waits until `condition` holds.
    @discardableResult
    func wait(
        _ id: IngestID, seconds: Double = 60, until condition: (IngestFacts) -> Bool = { !$0.state.isLive }
    ) throws -> IngestFacts {
        let end = monotonicNanoseconds() + UInt64(seconds * 1e9)
        while true {
            let facts = try ingests.facts(id, tenant: scope.tenant)
            if condition(facts) { return facts }
            try #require(
                monotonicNanoseconds() < end, "\(facts) after \(seconds) s: \(source.reports.withLock { $0.suffix(3) })"
            )
            usleep(5_000)
        }
    }

    /// The lines of all rejects, in pages of `count`.
    func rejects(_ id: IngestID, pagesOf count: Int = 1000) throws -> [String] {
        var lines: [String] = []
        var after: RejectsCursor?
        repeat {
            let page = try ingests.rejects(id, tenant: scope.tenant, after: after, count: count)
            var bytes: [UInt8] = []
            while let piece = try page.next() { bytes += piece }
            let text = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            #expect(text.count == page.lines && page.lines <= count)
            lines += text
            after = try page.after.map { try #require(RejectsCursor($0.description)) }
        } while after != nil
        return lines
    }

    /// Every resource by its type and id, without what differs from run to run.
    func resources() throws -> [String: String] {
        var all: [String: String] = [:]
        try store.forEachCurrent(scope) { name, json in all[name] = json }
        return all
    }
}

extension RecordStore {
    /// Hands out every resource by `Type/id`, as it is stored, without `meta.versionId` and `meta.lastUpdated`.
    func forEachCurrent(_ scope: AccessScope, _ body: (String, String) -> Void) throws {
        for type in definitions.types where type.kind == .resource {
            guard let typeID = definitions.type(named: type.name) else { continue }
            let query = try SearchQuery.parse(
                type: typeID, parameters: [], plans: plans(scope), now: SystemClock().now())
            var cursor: SearchCursor?
            repeat {
                let page = try search(scope, query, SearchWindow(count: 500, cursor: cursor))
                for match in page.matches {
                    guard let stored = try read(scope, type: type.name, id: match.id) else { continue }
                    let text = String(decoding: stored.json, as: UTF8.self)
                        .replacing(/"versionId":"[0-9]+",?/, with: "")
                        .replacing(/"lastUpdated":"[^"]*",?/, with: "")
                    body("\(type.name)/\(match.id)", text)
                }
                cursor = page.next
            } while cursor != nil
        }
    }
}

/// Stands for a process that does so many writes and dies at the next: none succeeds from then on.
final class MortalProcess: Sendable {
    private let left: Atomic<Int>
    private let isLastKept: Bool

    init(writesLeft: Int, isLastKept: Bool) {
        left = Atomic(writesLeft)
        self.isLastKept = isLastKept
    }

    var isDead: Bool { left.load(ordering: .sequentiallyConsistent) < 0 }

    func database(_ database: SQLiteDatabase) -> any SQLDatabase { Database(database: database, process: self) }

    private static let death = SQLError(code: .inputOutput, detail: "the process died")

    private struct Database: SQLDatabase {
        let database: SQLiteDatabase
        let process: MortalProcess

        var dialect: SQLDialect { database.dialect }

        func write<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
            let before = process.left.wrappingSubtract(1, ordering: .sequentiallyConsistent).oldValue
            if before < 0 { throw MortalProcess.death }
            let result = try database.write { connection in
                let result = try body(connection)
                if before == 0, !process.isLastKept { throw MortalProcess.death }
                return result
            }
            if before == 0 { throw MortalProcess.death }
            return result
        }

        func read<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
            if process.isDead { throw MortalProcess.death }
            return try database.read(body)
        }

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

/// A file whose reading stops at a place until it is let go, or fails there.
final class HeldAccess: RandomAccess, Sendable {
    enum Mode: Sendable {
        case open, held, failing
    }

    private let bytes: [UInt8]
    private let from: UInt64
    let mode: Mutex<Mode>
    let isReached = Atomic<Bool>(false)
    var byteCount: UInt64 { UInt64(bytes.count) }

    init(_ bytes: [UInt8], from: UInt64, _ mode: Mode) {
        self.bytes = bytes
        self.from = from
        self.mode = Mutex(mode)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        guard offset < byteCount else { return 0 }
        // A reader gets what lies before the place first.
        let end = offset < from ? min(from, byteCount) : byteCount
        if offset >= from { try pass() }
        let count = min(buffer.count, Int(end - offset))
        buffer.copyBytes(from: bytes[Int(offset)..<Int(offset) + count])
        return count
    }

    private func pass() throws {
        isReached.store(true, ordering: .sequentiallyConsistent)
        for _ in 0..<2_000 {
            switch mode.withLock({ $0 }) {
            case .open: return
            case .failing: throw IntakeError(.unreadable, "the disk fails")
            case .held: usleep(5_000)
            }
        }
    }
}
