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
        var options = IngestOptions(rejectsPath: bench.folder + "/rejects.ndjson") {
            try SealedSpool(prefix: bench.folder + "/spool")
        }
        options.validation = try #require(ValidationMode(rawValue: mode))
        let report = try IngestRun(store: bench.store, scope: bench.scope, paths: [path], options: options).run()
        #expect(report.created == wanted)
        #expect(report.rejected == 4 - wanted)
        if mode == "full" {
            #expect(bench.rejects().contains { $0.contains("per-1") && $0.contains("Patient.name[0].period") })
        }
        try bench.close()
    }
}
