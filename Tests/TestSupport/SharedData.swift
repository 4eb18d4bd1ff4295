package import Foundation

/// Files that lie beside the project and that tests may use: below the folder that `MARTLET_SHARED` names, or `shared`
/// beside the package.
package enum SharedData {
    /// The folder, if it is there.
    package static let folder: URL? = {
        let given = ProcessInfo.processInfo.environment["MARTLET_SHARED"].map { URL(filePath: $0) }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = given ?? package.deletingLastPathComponent().appending(path: "shared")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    /// A file that is there.
    package static func file(_ path: String) -> URL? {
        guard let file = folder?.appending(path: path), FileManager.default.fileExists(atPath: file.path) else {
            return nil
        }
        return file
    }

    /// Whether a file is there; says loudly when it is not.
    package static func has(_ path: String) -> Bool {
        if file(path) != nil { return true }
        print("SKIPPED: a test needs the shared file \(path)")
        return false
    }

    /// Hands out the JSON files of a zip one after another, in the order of their names, unpacked in a folder that is
    /// removed afterwards.
    /// - Parameter pattern: of the names, as `unzip` takes it.
    package static func eachFile(
        of zip: URL, only pattern: String = "*", _ body: (_ name: String, _ bytes: [UInt8]) throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-tests-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let unzip = Process()
        unzip.executableURL = URL(filePath: "/usr/bin/unzip")
        unzip.arguments = ["-qq", zip.path, pattern, "-d", folder.path]
        try unzip.run()
        unzip.waitUntilExit()
        guard unzip.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        for name in names where name.hasSuffix("json") {
            try body(name, Array(Data(contentsOf: folder.appending(path: name))))
        }
    }

    /// The JSON files of a zip in the order of their names.
    package static func files(of zip: URL) throws -> [(name: String, bytes: [UInt8])] {
        var files: [(name: String, bytes: [UInt8])] = []
        try eachFile(of: zip) { files.append((name: $0, bytes: $1)) }
        return files
    }
}
