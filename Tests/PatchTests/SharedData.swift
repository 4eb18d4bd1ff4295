import FHIR
import Foundation

/// What the tests of this target share.
enum Shared {
    static let definitions: Result<Definitions, any Error> = Result { try Definitions.load() }

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
}
