import Access
import Base
import Foundation
import Glibc
import Jobs
import SQLDatabase
import Synchronization
import Vault

/// A machine whose clocks a test moves: the one that can be set, and the one that can't.
final class TestTime: Clock {
    private struct Clocks {
        var wall = Instant(microseconds: 1_764_000_000_000_000)
        var monotonic: UInt64 = 5_000_000_000
    }

    private let clocks = Mutex(Clocks())

    func now() -> Instant { clocks.withLock { $0.wall } }

    var monotonic: UInt64 { clocks.withLock { $0.monotonic } }

    /// Time goes by.
    func pass(_ seconds: Double) {
        clocks.withLock { clocks in
            clocks.wall = clocks.wall.advanced(bySeconds: seconds)
            clocks.monotonic += UInt64(seconds * 1e9)
        }
    }

    /// Somebody sets the clock.
    func jump(_ seconds: Double) {
        clocks.withLock { $0.wall = $0.wall.advanced(bySeconds: seconds) }
    }
}

/// A database with queues on it, in a folder of its own.
final class TestQueues: Sendable {
    /// Makes the databases under test; another system's tests name another.
    struct Backend: Sendable {
        var name: String
        var open: @Sendable (_ folder: String) throws -> any SQLDatabase

        static let sqlite = Backend(name: "SQLite") { try SQLiteDatabase(path: $0 + "/platform.db") }
        static let all = [sqlite]
    }

    let time = TestTime()
    let database: any SQLDatabase
    let vault: Vault
    let folder: String
    private let keys: any SQLDatabase

    init(_ backend: Backend = .sqlite) throws {
        folder = NSTemporaryDirectory() + "martlet-jobs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        database = try backend.open(folder)
        keys = try SQLiteDatabase(path: folder + "/keys.db")
        vault = try Vault(store: keys, masterKey: SecretKey.random())
    }

    deinit {
        try? database.close()
        try? keys.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A queue as another process would open it.
    func queue(isAlone: Bool = false, _ change: (inout JobQueueOptions) -> Void = { _ in }) throws -> JobQueue {
        var options = JobQueueOptions()
        options.isAlone = isAlone
        options.seed = 7
        options.monotonic = { [time] in time.monotonic }
        change(&options)
        return try JobQueue(database: database, vault: vault, clock: time, options: options)
    }
}

extension TenantName {
    static let north = TenantName("north-clinic") ?? .standard
    static let south = TenantName("south-clinic") ?? .standard
}

func job(
    _ text: String = "", queue: String = "mail", tenant: TenantName = .north, key: String? = nil, priority: Int = 0,
    notBefore: Instant? = nil, attemptsMax: Int = 8, group: String? = nil
) -> NewJob {
    NewJob(
        queue: queue, tenant: tenant, payload: Array(text.utf8), uniqueKey: key, priority: priority,
        notBefore: notBefore, attemptsMax: attemptsMax, group: group)
}

extension ClaimedJob {
    var text: String { String(decoding: payload, as: UTF8.self) }
}

extension JobQueue {
    func take(_ count: Int = 1, of queue: String = "mail", leaseSeconds: Double = 30) throws -> [ClaimedJob] {
        try claim([queue], worker: "test", count: count, leaseSeconds: leaseSeconds)
    }
}
