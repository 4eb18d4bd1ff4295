import FHIR
import Foundation
import Search

/// What all tests of this target share.
enum Shared {
    static let plans: Result<SearchPlans, any Error> = Result { SearchPlans(definitions: try Definitions.load()) }

    /// The folder of shared files: `MARTLET_SHARED`, or `shared` beside the package.
    static let folder: URL? = {
        let given = ProcessInfo.processInfo.environment["MARTLET_SHARED"].map { URL(filePath: $0) }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = given ?? package.deletingLastPathComponent().appending(path: "shared")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    /// A shared file that is there.
    static func file(_ path: String) -> URL? {
        guard let file = folder?.appending(path: path), FileManager.default.fileExists(atPath: file.path) else {
            return nil
        }
        return file
    }

    /// Whether a shared file is there; says loudly when it is not.
    static func has(_ path: String) -> Bool {
        if file(path) != nil { return true }
        print("SKIPPED: a test needs the shared file \(path)")
        return false
    }

    /// The JSON files of a zip in the order of their names.
    static func files(of zip: URL) throws -> [(name: String, bytes: [UInt8])] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-tests-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let unzip = Process()
        unzip.executableURL = URL(filePath: "/usr/bin/unzip")
        unzip.arguments = ["-qq", zip.path, "-d", folder.path]
        try unzip.run()
        unzip.waitUntilExit()
        guard unzip.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        return try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasSuffix("json") }
            .map { ($0, Array(try Data(contentsOf: folder.appending(path: $0)))) }
    }
}
