import Base
import FHIR
import Foundation
import JSONTape
import Terminology
import Validation

/// One load for all tests of this target.
enum Shared {
    static let definitions: Result<Definitions, any Error> = Result { try Definitions.load() }
    static let rules: Result<ValidationRules, any Error> = Result { try ValidationRules(definitions.get()) }
    static let terminology: Result<Terminology, any Error> = Result {
        Terminology(builtIn: try BuiltInTerminology.load())
    }
    /// 2024-01-01.
    static let now = Instant(microseconds: 1_704_067_200_000_000)

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

    /// The files of a zip in the order of their names.
    static func files(of zip: URL) throws -> [(name: String, bytes: [UInt8])] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "validation-tests-\(UUID().uuidString)")
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

    static let examples: Result<[(name: String, bytes: [UInt8])], any Error> = Result {
        try file("data/examples/r4-examples.zip").map { try files(of: $0) } ?? []
    }
}

/// StructureDefinitions by their urls.
struct StoredProfiles: ProfileSource {
    let texts: [String: String]

    func structureDefinition(_ canonical: Canonical) throws -> [UInt8]? {
        texts[canonical.url].map { Array($0.utf8) }
    }
}

/// What validation says of one text.
struct Validated {
    var findings: [ValidationFinding] = []

    var errors: [ValidationFinding] { findings.filter { $0.severity == .error } }

    /// "code location" of each error.
    var summary: [String] { errors.map { "\($0.code.rawValue) \($0.location)" } }

    init(_ text: String, profiles: [String] = [], library: [String: String]? = nil) throws {
        let definitions = try Shared.definitions.get()
        let library = library.map { ProfileLibrary(definitions, source: StoredProfiles(texts: $0)) }
        let validator = ResourceValidator(
            try Shared.rules.get(), terminology: try Shared.terminology.get(), profiles: library, now: Shared.now)
        let bytes = Array(text.utf8)
        let document = try JSONDocument(bytes, names: definitions.names)
        var references: [ReferenceSite] = []
        document.withRoot { root in
            _ = validator.validate(root, profiles: profiles, findings: &findings, references: &references)
        }
    }
}

extension SeededRandom {
    /// A number from 0 to below a limit.
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
