import Base
import Foundation
import Intake
import RecordStore
import Search
import TestSupport
import Testing

/// Searches over real records, held against a brute force over the source files that knows nothing of Martlet's.
@Suite struct SearchAgreementTests {
    private struct Trial: Decodable {
        struct Query: Decodable {
            var type: String
            var kinds: [String]
            var parameters: [[String]]
            var ids: [String]
        }

        /// How many resources the corpus has.
        var resources: Int
        var queries: [Query]
    }

    @Test(
        .enabled(if: SharedData.has("data/synthea/synthea-r4.zip"), "needs shared/data/synthea/synthea-r4.zip"),
        .enabled(if: SharedData.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"))
    func `generated queries of every kind find what a brute force over the source files finds`() throws {
        let synthea = try #require(SharedData.file("data/synthea/synthea-r4.zip")?.path)
        let examples = try #require(SharedData.file("data/examples/r4-examples.zip")?.path)
        let bench = try IngestBench()
        let corpus = bench.folder + "/corpus"
        let trial: Trial = try Oracle.run("search", synthea, "20", examples, corpus, "20261121", "400")
        let report = try bench.ingest(corpus)
        try #require(report.rejected == 0, "\(bench.rejects().map { $0.prefix(300) })")
        #expect(report.created == trial.resources)
        var byKind: [String: Int] = [:]
        var finding = 0
        for query in trial.queries {
            let parameters = query.parameters.map { (name: $0[0], value: $0[1]) }
            let words = query.type + "?" + query.parameters.map { $0.joined(separator: "=") }.joined(separator: "&")
            do {
                let found = try bench.ids(query.type, parameters)
                #expect(Set(found).count == found.count, "\(words) finds something twice")
                let excess = Set(found).subtracting(query.ids).sorted().prefix(5)
                let lacking = Set(query.ids).subtracting(found).sorted().prefix(5)
                #expect(excess.isEmpty && lacking.isEmpty, "\(words) finds \(excess) too much and misses \(lacking)")
            } catch {
                Issue.record("\(words): \(error)")
            }
            for kind in query.kinds { byKind[kind, default: 0] += 1 }
            if !query.ids.isEmpty { finding += 1 }
        }
        print("queries by kind: \(byKind), \(finding) of \(trial.queries.count) find something")
        #expect(finding >= 250)
        for kind in ["token", "string", "date", "reference", "number", "quantity", "uri", "composite", "id"] {
            #expect(byKind[kind] ?? 0 >= 15, "\(kind)")
        }
    }

    @Test func `what was changed when is found by the times that the resources tell`() throws {
        let bench = try IngestBench()
        for round in 0..<12 {
            let lines = (0..<20).map { number in
                #"{"resourceType":"Patient","id":"p\#((round * 7 + number) % 90)","active":\#(round % 2 == 0)}"#
            }
            _ = try bench.ingest(bench.file("round.ndjson", lines.joined(separator: "\n")))
        }
        var updated: [String: String] = [:]
        for id in try bench.ids("Patient") {
            let text = try #require(try bench.json("Patient", id))
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            updated[id] = try #require((object?["meta"] as? [String: Any])?["lastUpdated"] as? String)
        }
        #expect(updated.count == 90)
        let moments = Set(updated.values).sorted()
        #expect(moments.count >= 8)
        // All instants have one length and one zone: as texts they are in the order of time.
        let tests: [(String, (String, String) -> Bool)] = [
            ("", ==), ("eq", ==), ("ne", !=), ("gt", >), ("lt", <), ("ge", >=), ("le", <=), ("sa", >), ("eb", <),
        ]
        var asked = 0
        for (prefix, holds) in tests {
            for moment in moments {
                let found = try bench.ids("Patient", [("_lastUpdated", prefix + moment)])
                let expected = updated.filter { holds($0.value, moment) }.map(\.key)
                #expect(Set(found) == Set(expected), "_lastUpdated=\(prefix)\(moment)")
                asked += 1
            }
        }
        #expect(asked >= 70)
        let day = String(moments[0].prefix(10))
        #expect(try bench.ids("Patient", [("_lastUpdated", "ge" + day)]).count == 90)
        #expect(try bench.ids("Patient", [("_lastUpdated", "lt" + day)]) == [])
        let between = [("_lastUpdated", "gt" + moments[1]), ("_lastUpdated", "le" + moments[5])]
        let expected = updated.filter { $0.value > moments[1] && $0.value <= moments[5] }.map(\.key)
        #expect(Set(try bench.ids("Patient", between.map { (name: $0.0, value: $0.1) })) == Set(expected))
    }
}
