import Access
import Base
import Foundation
import Martlet
import RecordStore
import Testing
import WebApp

@Suite struct DataFolderTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
    }

    private func open(_ absence: MartletStore.Absence = .create) throws -> MartletStore {
        try MartletStore.open(DataFolder(home.path("data")), absence: absence, holder: "test")
    }

    private func complaint(_ body: () throws -> Void) -> MartletError? {
        do {
            try body()
            return nil
        } catch {
            return error as? MartletError
        }
    }

    @Test func `a new store has its folders, keys and modes`() throws {
        try open().close()
        #expect(try home.mode("data") == 0o700)
        #expect(try home.mode("data/keys") == 0o700)
        for file in ["data.db", "keys/keys.db", "keys/master.key", "lock"] {
            #expect(try home.mode("data/\(file)") == 0o600, "\(file)")
        }
    }

    @Test func `a store opens again with the same keys`() throws {
        let first = try open()
        let pageKey = first.pageKey
        try first.close()
        let second = try open(.refuse)
        #expect(second.pageKey == pageKey)
        try second.close()
    }

    @Test func `a folder without a store is refused where one must be`() {
        let error = complaint { _ = try open(.refuse) }
        #expect(error?.code == .folder)
        #expect(error?.detail == "there is no store in \(home.path("data"))")
        #expect(!DataFolder.exists(home.path("data")))
    }

    @Test func `a folder of something else is left alone`() throws {
        try FileManager.default.createDirectory(atPath: home.path("data"), withIntermediateDirectories: true)
        try home.write("data/thesis.txt", "mine")
        let error = complaint { _ = try open() }
        #expect(error?.code == .folder)
        #expect(error?.detail.contains("thesis.txt") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path("data")) == ["thesis.txt"])
    }

    @Test func `a file is no folder`() throws {
        try home.write("data", "x")
        #expect(complaint { _ = try open() }?.detail == "\(home.path("data")) is not a folder")
    }

    @Test func `no key is made anew where records lie`() throws {
        try open().close()
        try FileManager.default.removeItem(atPath: home.path("data/keys/master.key"))
        #expect(throws: (any Error).self) { try open() }
        #expect(!DataFolder.exists(home.path("data/keys/master.key")))
    }

    @Test func `lost keys and lost records are told, not replaced`() throws {
        let store = try open()
        _ = try store.records.now(.init(tenant: .standard, actor: "test"))
        try store.close()
        try FileManager.default.moveItem(atPath: home.path("data/data.db"), toPath: home.path("data.db"))
        #expect(complaint { _ = try open() }?.detail.contains("data.db is missing") == true)
        try FileManager.default.moveItem(atPath: home.path("data.db"), toPath: home.path("data/data.db"))
        try FileManager.default.moveItem(atPath: home.path("data/keys/keys.db"), toPath: home.path("keys.db"))
        #expect(complaint { _ = try open() }?.detail.contains("keys.db is missing") == true)
        #expect(!DataFolder.exists(home.path("data/keys/keys.db")))
    }

    @Test func `a key folder open to others is refused`() throws {
        try open().close()
        try home.setMode("data/keys", 0o755)
        #expect(complaint { _ = try open() }?.detail.contains("set its mode to 0700") == true)
    }

    @Test func `a store is opened once at a time, and the second is told by whom`() throws {
        let store = try open()
        let error = complaint { _ = try open() }
        #expect(error?.code == .inUse)
        #expect(error?.detail.contains("'martlet test', process \(getpid())") == true)
        try store.close()
        try open().close()
    }

    @Test func `how an ingest ended is kept for the next start`() throws {
        let record = IngestRecord(DataFolder(home.path))
        #expect(record.load() == nil)
        let result = StatusFacts.Ingest(
            finishedAt: Instant(microseconds: 1_764_000_000_123_456), seconds: 12.5, created: 3, updated: 2,
            unchanged: 1, rejected: 4)
        try record.save(result)
        try record.save(result)
        let loaded = try #require(record.load())
        #expect(loaded.finishedAt == result.finishedAt)
        #expect(loaded.seconds == 12.5)
        #expect(loaded.created == 3)
        #expect(loaded.updated == 2)
        #expect(loaded.unchanged == 1)
        #expect(loaded.rejected == 4)
    }

    @Test(arguments: ["", "{", "[]", "{\"finishedAtMicroseconds\":\"x\"}", "{\"finishedAtMicroseconds\":1e99}"])
    func `a damaged record of an ingest is none`(_ text: String) throws {
        try home.write("last-ingest.json", text)
        #expect(IngestRecord(DataFolder(home.path)).load() == nil)
    }
}
