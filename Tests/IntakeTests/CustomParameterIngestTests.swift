import Base
import FHIR
import Intake
import RecordStore
import Search
import Testing

/// Search parameters that an upload defines.
@Suite struct CustomParameterIngestTests {
    private static func patient(_ number: Int) -> String {
        #"{"resourceType":"Patient","id":"p\#(number)","name":[{"given":["\#(number % 2 == 0 ? "Ann" : "Bob")"]}]}"#
    }

    private static func parameter(_ code: String, _ expression: String) -> String {
        #"{"resourceType":"SearchParameter","id":"\#(code)","url":"http://x/\#(code)","name":"N","status":"active","#
            + #""description":"d","code":"\#(code)","base":["Patient"],"type":"string","expression":"\#(expression)"}"#
    }

    @Test func `a parameter within an upload finds what came before it and after it`() throws {
        let bench = try IngestBench()
        var lines = (0..<50).map(Self.patient)
        lines.append(Self.parameter("called", "Patient.name.select(given)"))
        lines.append(Self.parameter("broken", "Patient.nothing"))
        lines += (50..<100).map(Self.patient)
        let report = try bench.ingest(bench.file("all.ndjson", lines.joined(separator: "\n")))
        #expect(report.created == 101 && report.rejected == 1)
        try bench.store.waitForReindexing(bench.scope)
        _ = try bench.ingest(bench.file("more.ndjson", (100..<110).map(Self.patient).joined(separator: "\n")))
        let type = try #require(bench.store.definitions.type(named: "Patient"))
        let query = try SearchQuery.parse(
            type: type, parameters: [("called", "ann")], plans: bench.store.plans(bench.scope), now: SystemClock().now()
        )
        let page = try bench.store.search(bench.scope, query, SearchWindow(count: 1000))
        #expect(page.matches.count == 55)
        #expect(try bench.store.check(bench.scope) { _, _ in }.findings.isEmpty)
    }
}
