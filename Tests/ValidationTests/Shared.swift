import Base
import FHIR
import Foundation
import JSONTape
import Terminology
import TestSupport
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

    /// R4's examples in the order of their names; none where they are not at hand.
    static let examples: Result<[(name: String, bytes: [UInt8])], any Error> = Result {
        try SharedData.file("data/examples/r4-examples.zip").map(SharedData.files) ?? []
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
