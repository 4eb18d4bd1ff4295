import Access
import Base
import BulkData
import Foundation
import JSONTape
import SQLDatabase
import Synchronization
import Testing
import Vault
import WebClient

/// An installation that pulls, in a folder of its own, and keeps what is delivered in memory.
final class PullFixture {
    let folder: String
    let pulls: Pulls
    let collected = Collected()
    let tenant: TenantName
    private let database: SQLiteDatabase
    private let keys: SQLiteDatabase

    /// - Parameter reusing: the folder of another fixture, as after a restart.
    init(
        reusing other: PullFixture? = nil, allowed: [String] = ["127.0.0.1"],
        limits: (inout PullLimits) -> Void = { _ in }
    )
        throws
    {
        folder = try other?.folder ?? Self.makeFolder()
        keys = try SQLiteDatabase(path: folder + "/keys.db")
        database = try SQLiteDatabase(path: folder + "/platform.db")
        let master = try [UInt8](repeating: 7, count: 32).withUnsafeBytes { try SecretKey(copying: $0) }
        let vault = try Vault(store: keys, masterKey: master)
        var patience = PullLimits()
        patience.pollSecondsMin = 0.01
        patience.pollSecondsMax = 0.05
        patience.retrySecondsMin = 0.01
        patience.retrySecondsMax = 0.05
        limits(&patience)
        var options = WebClientOptions(addresses: AddressPolicy(allowing: allowed.compactMap { AllowedAddress($0) }))
        options.silentSecondsMax = 10
        pulls = try Pulls(
            database: database, vault: vault, folder: folder + "/pulls", web: options,
            clock: SystemClock(), limits: patience)
        tenant = try #require(TenantName("t"))
        if let other { collected.records.withLock { $0 = other.collected.all } }
    }

    private static func makeFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-pull-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Pulls to the end.
    func pull(_ order: PullOrder, clientKey: [UInt8]? = nil) throws -> PullState {
        let begun = try pulls.begin(NewPull(order, clientKey: clientKey), tenant: tenant)
        return try pulls.run(begun.id, tenant: tenant, delivery: collected).state
    }

    /// Whether a text stands in any file of the folder.
    func holds(_ text: String) throws -> Bool { try Self.holds(text, in: folder) }

    static func holds(_ text: String, in folder: String) throws -> Bool {
        let wanted = Data(text.utf8)
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            if data.range(of: wanted) != nil { return true }
        }
        return false
    }
}

/// Takes what is delivered into a dictionary.
final class Collected: PullDelivery {
    let records = Mutex<[String: String]>([:])
    let deliveries = Mutex(0)
    let beforeDelivery: @Sendable () throws -> Void

    init(_ beforeDelivery: @escaping @Sendable () throws -> Void = {}) {
        self.beforeDelivery = beforeDelivery
    }

    var all: [String: String] { records.withLock { $0 } }
    func count(_ type: String) -> Int { all.keys.count { $0.hasPrefix(type + "/") } }

    func deliver(
        _ files: [PulledFile], of pull: PullRecord, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> PullCounts {
        try beforeDelivery()
        deliveries.withLock { $0 += 1 }
        var counts = PullCounts()
        for file in files {
            var text: [UInt8] = []
            let reader = try file.open()
            while let piece = try reader.next() { text.append(contentsOf: piece) }
            #expect(UInt64(text.count) == file.byteCount)
            for line in text.split(separator: UInt8(ascii: "\n")) {
                try JSONDocument(Array(line)).withRoot { root in
                    if file.content == .deletions {
                        for entry in root.member("entry")?.elements ?? root.elements {
                            let url = try #require(entry.member("request")?.member("url")?.string)
                            records.withLock { $0[url] = nil }
                            counts.deleted += 1
                        }
                    } else {
                        let type = try #require(root.member("resourceType")?.string)
                        let id = try #require(root.member("id")?.string)
                        let old = records.withLock { $0.updateValue(root.text, forKey: type + "/" + id) }
                        if old == nil { counts.created += 1 } else { counts.updated += 1 }
                    }
                }
            }
        }
        return counts
    }
}
