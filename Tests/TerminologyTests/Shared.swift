import Base
import FHIR
import Foundation
import JSONTape
import Terminology

/// What all tests of this target use.
enum Shared {
    static let builtIn: Result<BuiltInTerminology, any Error> = Result { try BuiltInTerminology.load() }
    static let definitions: Result<Definitions, any Error> = Result { try Definitions.load() }

    static func terminology(_ resources: [String] = [], limits: TerminologyLimits = .init()) throws -> Terminology {
        Terminology(
            builtIn: try builtIn.get(), source: resources.isEmpty ? nil : try TestSource(resources), limits: limits)
    }

    static func valueSet(_ json: String) throws -> ValueSetModel {
        try JSONDocument(Array(json.utf8)).withRoot { try ValueSetModel($0) }
    }

    static func codeSystem(_ json: String) throws -> CodeSystemModel {
        try JSONDocument(Array(json.utf8)).withRoot { try CodeSystemModel($0) }
    }

    /// What a resource has wrong as R4 sees it: empty if nothing.
    static func findings(_ writer: ByteWriter) throws -> [String] {
        let definitions = try definitions.get()
        let document = try JSONDocument(writer.copy(), names: definitions.names)
        var findings: [StructureFinding] = []
        var references: [ReferenceSite] = []
        document.withRoot { root in
            _ = StructureChecker(definitions: definitions).check(root, findings: &findings, references: &references)
        }
        return findings.map { "\($0.code) \($0.path)" }
    }
}

/// Stored definitions in memory; the newest version of an address answers where none is named.
final class TestSource: TerminologySource, @unchecked Sendable {
    // Used by one test at a time.
    private struct Stored {
        var kind: String
        var canonical: Canonical
        var json: [UInt8]
    }

    private var stored: [Stored] = []
    private var changes: UInt64 = 1
    private(set) var reads = 0

    init(_ resources: [String]) throws {
        for resource in resources { try store(resource) }
    }

    func store(_ resource: String) throws {
        let json = Array(resource.utf8)
        let item = try JSONDocument(json).withRoot { root in
            Stored(
                kind: root.member("resourceType")?.string ?? "",
                canonical: Canonical(
                    url: root.member("url")?.string ?? "", version: root.member("version")?.string), json: json)
        }
        stored.removeAll { $0.kind == item.kind && $0.canonical == item.canonical }
        stored.append(item)
        changes += 1
    }

    func revision() -> UInt64 { changes }

    func codeSystem(_ canonical: Canonical) -> [UInt8]? { find("CodeSystem", canonical) }

    func valueSet(_ canonical: Canonical) -> [UInt8]? { find("ValueSet", canonical) }

    private func find(_ kind: String, _ canonical: Canonical) -> [UInt8]? {
        reads += 1
        let fitting = stored.filter {
            $0.kind == kind && $0.canonical.url == canonical.url
                && canonical.accepts(version: $0.canonical.version)
        }
        return fitting.max { Canonical.isOlder($0.canonical.version, than: $1.canonical.version) }?.json
    }
}

/// The error that `body` throws, as "code: detail"; empty if it throws none.
func refusal(_ body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch {
        return "\(error)"
    }
}
