import Access
import Base
import Compression
import FHIR
import Foundation
import JSONTape
import RecordStore
import SQLDatabase
import Search
import Vault

/// A record store on SQLite in a folder of its own, which goes when the test ends.
final class TestStore: @unchecked Sendable {
    // Safe to share: nothing changes after `init`.
    let folder: String
    let store: RecordStore
    let keys: SQLiteDatabase
    let vault: Vault
    let scope = AccessScope(tenant: .standard, actor: "test")
    private let ownsFolder: Bool

    static let definitions = Result { try Definitions.load() }

    /// - Parameter wrap: stands between the program and its two databases.
    init(
        limits: StoreLimits = StoreLimits(), folder: String? = nil, clock: any Base.Clock = SystemClock(),
        wrap: (SQLiteDatabase) -> any SQLDatabase = { $0 }, report: @escaping @Sendable (any Error) -> Void = { _ in }
    ) throws {
        ownsFolder = folder == nil
        self.folder = folder ?? NSTemporaryDirectory() + "martlet-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        keys = try SQLiteDatabase(path: self.folder + "/keys.db")
        vault = try MasterKeySource.file(self.folder + "/master.key").open(wrap(keys), mayCreate: true)
        store = try RecordStore(
            database: wrap(SQLiteDatabase(path: self.folder + "/data.db")), vault: vault,
            definitions: Self.definitions.get(), dictionaries: Dictionaries(dictionary: []), clock: clock,
            limits: limits, report: report)
    }

    deinit {
        if ownsFolder { try? FileManager.default.removeItem(atPath: folder) }
    }

    func close() throws {
        try store.close()
        try keys.close()
    }

    /// Puts resources given as JSON into a batch and commits it.
    @discardableResult
    func put(_ texts: String..., precondition: Precondition = .none) throws -> CommitReceipt {
        try put(texts, precondition: precondition)
    }

    @discardableResult
    func put(_ texts: [String], precondition: Precondition = .none) throws -> CommitReceipt {
        let batch = try store.makeBatch(scope)
        try add(texts, to: batch, precondition: precondition)
        return try store.commit(batch)
    }

    func add(_ texts: [String], to batch: WriteBatch, precondition: Precondition = .none) throws {
        let parser = try JSONParser(names: store.definitions.names)
        for text in texts {
            try Array(text.utf8).withUnsafeBytes { bytes in
                let resource = try parser.parse(bytes)
                guard let name = resource.member("resourceType"),
                    let type = store.definitions.resourceType(named: name.utf8),
                    let id = resource.member("id")
                else { throw StoreError(code: .invalid, detail: "no type or id") }
                batch.put(resource, type: type, id: id.utf8, precondition: precondition)
            }
        }
    }

    func delete(_ type: String, _ id: String, precondition: Precondition = .none) throws -> CommitReceipt {
        let batch = try store.makeBatch(scope)
        try addDeletion(type, id, to: batch, precondition: precondition)
        return try store.commit(batch)
    }

    func addDeletion(
        _ type: String, _ id: String, to batch: WriteBatch, precondition: Precondition = .none
    ) throws {
        guard let typeID = store.definitions.type(named: type) else {
            throw StoreError(code: .invalid, detail: "no type")
        }
        Array(id.utf8).withUnsafeBytes { batch.delete(type: typeID, id: $0, precondition: precondition) }
    }

    func read(_ type: String, _ id: String) throws -> String? {
        try store.read(scope, type: type, id: id).map { String(decoding: $0.json, as: UTF8.self) }
    }

    func query(_ type: String, _ parameters: (String, String)...) throws -> SearchQuery {
        try query(type, parameters)
    }

    func query(_ type: String, _ parameters: [(String, String)]) throws -> SearchQuery {
        guard let typeID = store.definitions.type(named: type) else {
            throw StoreError(code: .invalid, detail: "no type")
        }
        return try SearchQuery.parse(
            type: typeID, parameters: parameters.map { (name: $0.0, value: $0.1) }, plans: store.plans,
            now: SystemClock().now())
    }

    /// The ids of all matches of a query, page by page.
    func ids(_ query: SearchQuery, pageCount: Int = 1000, point: LogPoint? = nil) throws -> [String] {
        var ids: [String] = []
        var cursor: SearchCursor?
        repeat {
            let page = try store.search(
                scope, query, SearchWindow(count: pageCount, cursor: cursor, point: cursor == nil ? point : nil))
            ids += page.matches.map(\.id)
            cursor = page.next
        } while cursor != nil
        return ids
    }
}
