import Access
import Compression
import FHIR
import Foundation
import Intake
import RecordStore
import SQLDatabase
import Vault

/// A store in a folder of its own for a test's runs, and a folder for their input.
final class IngestBench {
    /// The input, the rejects and the spools.
    let folder: String
    /// The store's files.
    let data: String
    let store: RecordStore
    let keys: SQLiteDatabase
    let scope = AccessScope(tenant: .standard, actor: "test")

    private let ownsFolder: Bool
    private static let definitions = Result { try Definitions.load() }

    /// - Parameters:
    ///   - folder: where a bench was before, whose store is opened again; `nil` for a new one, which goes with the bench.
    ///   - data: where the store's files lie; below `folder` if not told.
    ///   - wrap: what stands between the store and its database.
    init(
        limits: StoreLimits = StoreLimits(), folder: String? = nil, data: String? = nil,
        wrap: (SQLiteDatabase) -> any SQLDatabase = { $0 }
    ) throws {
        ownsFolder = folder == nil
        self.folder = folder ?? NSTemporaryDirectory() + "martlet-ingest-\(UUID().uuidString)"
        self.data = data ?? self.folder + "/store"
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: self.data, withIntermediateDirectories: true)
        let master = try MasterKeyFile.load(path: self.data + "/master.key", mayCreate: true)
        keys = try SQLiteDatabase(path: self.data + "/keys.db")
        store = try RecordStore(
            database: wrap(SQLiteDatabase(path: self.data + "/data.db")), vault: Vault(store: keys, masterKey: master),
            definitions: Self.definitions.get(), dictionaries: Dictionaries(dictionary: []), limits: limits)
    }

    deinit {
        if ownsFolder { try? FileManager.default.removeItem(atPath: folder) }
    }

    func close() throws {
        try store.close()
        try keys.close()
    }

    func ingest(_ paths: String..., limits: IntakeLimits = IntakeLimits()) throws -> IngestReport {
        try ingest(paths, limits: limits)
    }

    func ingest(_ paths: [String], limits: IntakeLimits = IntakeLimits()) throws -> IngestReport {
        let folder = folder
        var options = IngestOptions(rejectsPath: folder + "/rejects.ndjson") {
            try SealedSpool(prefix: folder + "/spool")
        }
        options.limits = limits
        return try IngestRun(store: store, scope: scope, paths: paths, options: options).run()
    }

    /// Writes a file into the folder and gives its path.
    func file(_ name: String, _ text: String) throws -> String {
        try file(name, Array(text.utf8))
    }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// The lines of the rejects file, as they are.
    func rejects() -> [String] {
        let text = (try? String(contentsOfFile: folder + "/rejects.ndjson", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }
}
