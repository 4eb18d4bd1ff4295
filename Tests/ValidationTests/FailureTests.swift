import FHIR
import JSONTape
import Synchronization
import Terminology
import Testing
import Validation

/// Definitions that cannot be had or used: nothing passes for valid because of it, and nothing is remembered wrongly.
@Suite struct FailureTests {
    private static let base = "http://example.org/"

    /// Definitions by their addresses; those under `failing` cannot be read.
    private final class Stored: ProfileSource, TerminologySource {
        struct Unreadable: Error {}

        let failing = Mutex<Set<String>>([])
        private let texts: [String: String]

        init(_ texts: [String: String]) {
            self.texts = texts
        }

        private func text(_ address: String) throws -> [UInt8]? {
            if failing.withLock({ $0.contains(address) }) { throw Unreadable() }
            return texts[address].map { Array($0.utf8) }
        }

        func structureDefinition(_ canonical: Canonical) throws -> [UInt8]? { try text(canonical.url) }
        func valueSet(_ canonical: Canonical) throws -> [UInt8]? { try text(canonical.url) }
        func codeSystem(_ canonical: Canonical) throws -> [UInt8]? { nil }
        func revision() throws -> UInt64 { 1 }
    }

    private static func profile(_ name: String, _ elements: String) -> String {
        """
        {"resourceType":"StructureDefinition","url":"\(base)\(name)","name":"\(name)","status":"active",
         "kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",
         "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","differential":{"element":[\(elements)]}}
        """
    }

    private static let patient = """
        {"resourceType":"Patient","language":"en","generalPractitioner":[{"reference":"Organization/1"}]}
        """

    /// Validates one after another by the same validator.
    private struct Bench {
        let stored: Stored
        let validator: ResourceValidator

        init(_ texts: [String: String]) throws {
            stored = Stored(texts)
            let definitions = try Shared.definitions.get()
            validator = ResourceValidator(
                try Shared.rules.get(),
                terminology: Terminology(builtIn: try BuiltInTerminology.load(), source: stored),
                profiles: ProfileLibrary(definitions, source: stored), now: Shared.now)
        }

        /// "severity code location" of what is not merely information.
        func findings(_ profile: String) throws -> [String] {
            let document = try JSONDocument(
                Array(FailureTests.patient.utf8), names: try Shared.definitions.get().names)
            var findings: [ValidationFinding] = []
            var references: [ReferenceSite] = []
            document.withRoot { root in
                _ = validator.validate(
                    root, profiles: [FailureTests.base + profile], findings: &findings, references: &references)
            }
            return findings.filter { $0.severity != .information && $0.rule != "dom-6" }
                .map { "\($0.severity.rawValue) \($0.code.rawValue) \($0.location)" }
        }
    }

    @Test func `a profile that cannot be read is an error, and is asked for again`() throws {
        let practice = Self.base + "practice"
        let bench = try Bench([
            Self.base + "cared-for": Self.profile(
                "cared-for",
                """
                {"id":"Patient.generalPractitioner","path":"Patient.generalPractitioner",
                 "type":[{"code":"Reference","targetProfile":["\(practice)"]}]}
                """),
            practice: Self.profile("practice", "{\"path\":\"Patient\"}"),
        ])
        bench.stored.failing.withLock { _ = $0.insert(practice) }
        #expect(try bench.findings("cared-for") == ["error exception Patient"])
        bench.stored.failing.withLock { $0.removeAll() }
        // It is a profile of patients, and an organization is none.
        #expect(try bench.findings("cared-for") == ["error structure Patient.generalPractitioner[0].reference"])
    }

    @Test func `a value set that cannot be read is an error, and is asked for again`() throws {
        let languages = Self.base + "languages"
        let bench = try Bench([
            Self.base + "bound": Self.profile(
                "bound",
                """
                {"id":"Patient.language","path":"Patient.language",
                 "binding":{"strength":"required","valueSet":"\(languages)"}}
                """),
            languages: """
            {"resourceType":"ValueSet","url":"\(languages)","status":"active","compose":{"include":[
             {"system":"urn:ietf:bcp:47","concept":[{"code":"fr"}]}]}}
            """,
        ])
        bench.stored.failing.withLock { _ = $0.insert(languages) }
        #expect(try bench.findings("bound") == ["error exception Patient"])
        bench.stored.failing.withLock { $0.removeAll() }
        #expect(try bench.findings("bound") == ["error code-invalid Patient.language"])
    }

    @Test func `a constraint that cannot be compiled is told of every resource`() throws {
        let bench = try Bench([
            Self.base + "odd": Self.profile(
                "odd",
                """
                {"id":"Patient","path":"Patient","constraint":[
                 {"key":"odd-1","severity":"error","human":"odd","expression":"name.where("}]}
                """)
        ])
        for _ in 0..<2 { #expect(try bench.findings("odd") == ["warning exception Patient"]) }
    }
}
