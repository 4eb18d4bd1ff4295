import Access
import Base
import Compression
import FHIR
import Foundation
import Intake
import JSONTape
import RecordStore
import SQLDatabase
import Search
import Testing
import Vault

/// A store and a folder of its own for a test's runs.
final class IngestBench {
    let folder = NSTemporaryDirectory() + "martlet-ingest-\(UUID().uuidString)"
    let store: RecordStore
    let scope = AccessScope(tenant: .standard, actor: "test")

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let master = try MasterKeyFile.load(path: folder + "/master.key", mayCreate: true)
        let keys = try SQLiteDatabase(path: folder + "/keys.db")
        store = try RecordStore(
            database: SQLiteDatabase(path: folder + "/data.db"), vault: Vault(store: keys, masterKey: master),
            definitions: Definitions.load(), dictionaries: Dictionaries(dictionary: []))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func ingest(_ paths: String...) throws -> IngestReport {
        let folder = folder
        let options = IngestOptions(rejectsPath: folder + "/rejects.ndjson") { try SealedSpool(folder: folder) }
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

/// The folder of shared data beside the package, or `nil` with a loud word.
func sharedData(_ name: String) -> String? {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let shared =
        ProcessInfo.processInfo.environment["MARTLET_SHARED"]
        ?? root.deletingLastPathComponent().appendingPathComponent("shared").path
    let path = shared + "/data/" + name
    guard FileManager.default.fileExists(atPath: path) else {
        print("SKIPPED: \(name) is not at \(path)")
        return nil
    }
    return path
}

@Suite struct IngestRunTests {
    @Test func `every Synthea patient comes in once, with every reference resolved`() throws {
        guard let zip = sharedData("synthea/synthea-r4.zip") else { return }
        let bench = try IngestBench()
        let first = try bench.ingest(zip)
        #expect(first.patients == 217)
        #expect(first.resources == 66_003)
        #expect(first.created == 65_483)
        #expect(first.unchanged == 520)
        #expect(first.rejected == 0)
        #expect(first.unresolvedCount == 0)
        print("ingest:", first.seconds, "s", Double(first.resources) / first.seconds, "resources/s")
        let again = try bench.ingest(zip)
        #expect(again.unchanged == 66_003)
        #expect(again.created + again.updated == 0)
        print("again:", again.seconds)
        let bytes = try bench.store.bytesOnDisk()
        print("bytes per resource:", bytes / first.created)
    }

    @Test func `a bulk export's conditional references are resolved or listed`() throws {
        guard let zip = sharedData("bulk/bulk-10-patients.zip") else { return }
        let bench = try IngestBench()
        let first = try bench.ingest(zip)
        print(first.resourcesByType, first.unresolvedCount, first.skipped, bench.rejects().prefix(3))
        #expect(first.patients == 13)
        #expect(first.rejected == 0)
        let again = try bench.ingest(zip)
        #expect(again.created + again.updated == 0)
        #expect(again.unresolvedCount == first.unresolvedCount)
    }
}
