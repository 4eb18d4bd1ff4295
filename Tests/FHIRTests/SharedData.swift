import FHIR
import Foundation
import JSONTape

/// One load for all tests of this target.
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

    /// Hands out the files of a zip one after another, in the order of their names, unpacked in a folder that is
    /// removed afterwards.
    static func eachFile(of zip: URL, _ body: (_ name: String, _ bytes: [UInt8]) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fhir-tests-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let unzip = Process()
        unzip.executableURL = URL(filePath: "/usr/bin/unzip")
        unzip.arguments = ["-qq", zip.path, "-d", folder.path]
        try unzip.run()
        unzip.waitUntilExit()
        guard unzip.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        for name in names where name.hasSuffix("json") {
            try body(name, Array(Data(contentsOf: folder.appending(path: name))))
        }
    }
}

/// What a checker says of one text.
struct Checked {
    var type: String?
    var findings: [StructureFinding] = []
    /// The texts of the references found.
    var references: [(text: String, kind: ReferenceSite.Kind)] = []

    /// "code path" of each finding.
    var summary: [String] { findings.map { "\($0.code) \($0.path)" } }

    init(_ text: String) throws {
        let definitions = try Shared.definitions.get()
        let document = try JSONDocument(Array(text.utf8), names: definitions.names, depthMax: 1000)
        let checker = StructureChecker(definitions: definitions)
        var sites: [ReferenceSite] = []
        document.withRoot { root in
            type = checker.check(root, findings: &findings, references: &sites).map { definitions[$0].name }
            references = sites.map { site in
                (JSONValue(tape: root.tape, index: Int(site.nodeIndex)).text, site.kind)
            }
        }
    }
}
