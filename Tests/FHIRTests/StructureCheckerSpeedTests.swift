import Base
import FHIR
import JSONTape
import TestSupport
import Testing

/// What the check costs beside reading the JSON. The bounds hold for release builds and are many times what was
/// measured, so that only a real loss fails.
@Suite(.serialized) struct StructureCheckerSpeedTests {
    @Test(.enabled(if: SharedData.has("data/synthea/synthea-r4.zip"), "needs shared/data/synthea/synthea-r4.zip"))
    func `Synthea's observations are checked in microseconds`() throws {
        let zip = try #require(SharedData.file("data/synthea/synthea-r4.zip"))
        let definitions = try Shared.definitions.get()
        let parser = try JSONParser(names: definitions.names)
        let checker = StructureChecker(definitions: definitions)
        let observation = try #require(definitions.type(named: "Observation"))
        var findings: [StructureFinding] = []
        var references: [ReferenceSite] = []
        var count = 0
        var bytes = 0
        var nanoseconds: UInt64 = 0
        var bundles = 0
        try SharedData.eachFile(of: zip) { _, text in
            guard bundles < 40 else { return }
            bundles += 1
            let root = try text.withUnsafeBytes { try parser.parse($0) }
            for entry in root.member("entry").map({ $0.elements }).map(Array.init) ?? [] {
                guard let resource = entry.member("resource"),
                    resource.member("resourceType")?.equals("Observation") == true
                else { continue }
                references.removeAll(keepingCapacity: true)
                let start = monotonicNanoseconds()
                let type = checker.check(resource, findings: &findings, references: &references)
                nanoseconds += monotonicNanoseconds() - start
                #expect(type == observation)
                count += 1
                bytes += resource.utf8.count
            }
        }
        #expect(findings.isEmpty)
        let each = Double(nanoseconds) / Double(max(1, count))
        print("checked \(count) observations of \(bytes / max(1, count)) bytes in \(each) ns each")
        #if !DEBUG
            #expect(each < 50_000)
        #endif
    }
}
