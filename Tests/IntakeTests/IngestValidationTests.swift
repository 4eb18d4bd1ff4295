import Testing

import Intake
import Validation

/// How far ingest checks.
@Suite struct IngestValidationTests {
    private static let lines = """
        {"resourceType":"Patient","id":"good"}
        {"resourceType":"Patient","id":"unknown","martlet":1}
        {"resourceType":"Patient","id":"backwards","name":[{"period":{"start":"2020-01-01","end":"2010-01-01"}}]}
        {"resourceType":"Patent","id":"other"}
        """

    @Test(arguments: [("off", 3), ("structure", 2), ("full", 1)])
    func `each mode takes what it lets through`(mode: String, wanted: Int) throws {
        let bench = try IngestBench()
        let path = try bench.file("all.ndjson", Self.lines)
        let spool = bench.folder + "/spool"
        var options = IngestOptions(rejectsPath: bench.folder + "/rejects.ndjson") { try SealedSpool(prefix: spool) }
        options.validation = try #require(ValidationMode(rawValue: mode))
        let report = try IngestRun(store: bench.store, scope: bench.scope, paths: [path], options: options).run()
        #expect(report.created == wanted)
        #expect(report.rejected == 4 - wanted)
        let rejects = bench.rejects()
        #expect(rejects.allSatisfy { $0.contains(path) })
        #expect(rejects.contains { $0.contains(#""line":4,"#) && $0.contains("Patent") })
        if mode != "off" {
            #expect(rejects.contains { $0.contains(#""line":2,"#) && $0.contains("Patient has no element martlet") })
        }
        if mode == "full" {
            #expect(
                rejects.contains {
                    $0.contains(#""line":3,"#) && $0.contains(#""path":"Patient.name[0].period""#)
                        && $0.contains("per-1")
                })
        }
        try bench.close()
    }

    @Test func `an entry of a Bundle is told by its number`() throws {
        let bench = try IngestBench()
        let entries = Self.lines.split(separator: "\n").map { #"{"resource":\#($0)}"# }.joined(separator: ",\n")
        let bundle = #"{"resourceType":"Bundle","type":"collection","entry":[\#(entries)]}"#
        let path = try bench.file("bundle.json", bundle)
        let spool = bench.folder + "/spool"
        var options = IngestOptions(rejectsPath: bench.folder + "/rejects.ndjson") { try SealedSpool(prefix: spool) }
        options.validation = .full
        let report = try IngestRun(store: bench.store, scope: bench.scope, paths: [path], options: options).run()
        #expect(report.created == 1 && report.rejected == 3)
        let rejects = bench.rejects()
        #expect(rejects.contains { $0.contains(#""entry":2,"#) && $0.contains(#""path":"Patient.name[0].period""#) })
        #expect(rejects.contains { $0.contains(#""entry":1,"#) && $0.contains(#""path":"Patient.martlet""#) })
        try bench.close()
    }
}
