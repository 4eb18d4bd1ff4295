import FHIR
import Foundation
import JSONTape

/// One load for all tests of this target.
enum Shared {
    static let definitions: Result<Definitions, any Error> = Result { try Definitions.load() }
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
