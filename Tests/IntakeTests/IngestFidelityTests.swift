import Foundation
import Intake
import RecordStore
import TestSupport
import Testing

/// What goes in comes out: counts, content and references, held against a reader in Python.
@Suite struct IngestFidelityTests {
    private struct Counts: Decodable {
        var entries: [String: Int]
        var distinct: [String: Int]
    }

    private struct Comparison: Decodable {
        struct Difference: Decodable {
            var name: String
            var source: String
            var stored: String
        }

        var source: Int
        var stored: Int
        /// Numbers of the source, each of which was compared digit for digit.
        var numbers: Int
        var extra: [String]
        var missing: [String]
        var missingCount: Int
        var different: [Difference]
        var differentCount: Int
        var badMeta: [String]
        var uuidReferences: [String]
        var dangling: [String]
        var literalReferences: Int
        /// Conditional references that a resource of the upload answers.
        var conditionalResolved: Int
        /// `Type/id reference` for each that none answers.
        var unresolved: [String]
    }

    @Test(.enabled(if: SharedData.has("data/synthea/synthea-r4.zip"), "needs shared/data/synthea/synthea-r4.zip"))
    func `every Synthea resource is counted, kept as it came, and its references lead somewhere`() throws {
        let zip = try #require(SharedData.file("data/synthea/synthea-r4.zip")?.path)
        let bench = try IngestBench()
        let report = try bench.ingest(zip)
        let comparison = try expectFaithful(bench, zip, report)
        #expect(comparison.source > 65_000)
        #expect(comparison.numbers > 170_000)
        #expect(comparison.literalReferences > 220_000)
        #expect(comparison.uuidReferences == [])
        #expect(comparison.unresolved == [])
        #expect(report.unresolvedCount == 0)

        let end = try bench.store.now(bench.scope)
        let again = try bench.ingest(zip)
        #expect(again.unchanged == report.resources)
        #expect(again.created + again.updated + again.deleted + again.rejected == 0)
        #expect(try bench.store.now(bench.scope) == end)
    }

    @Test(.enabled(if: SharedData.has("data/bulk/bulk-10-patients.zip"), "needs shared/data/bulk/bulk-10-patients.zip"))
    func `of a bulk export every conditional reference is resolved or listed`() throws {
        let zip = try #require(SharedData.file("data/bulk/bulk-10-patients.zip")?.path)
        let bench = try IngestBench()
        let report = try bench.ingest(zip)
        let comparison = try expectFaithful(bench, zip, report)
        #expect(comparison.source == 7160)
        #expect(comparison.unresolved.count == report.unresolvedCount)
        let listed = Set(report.unresolved.map { "\($0.resource) \($0.reference)" })
        #expect(listed == Set(comparison.unresolved.prefix(10_000)))

        let end = try bench.store.now(bench.scope)
        let again = try bench.ingest(zip)
        #expect(again.unchanged == report.resources)
        #expect(again.created + again.updated + again.deleted + again.rejected == 0)
        #expect(again.unresolvedCount == report.unresolvedCount)
        #expect(try bench.store.now(bench.scope) == end)
    }

    /// Counts and compares everything that the store has with the zip.
    private func expectFaithful(_ bench: IngestBench, _ zip: String, _ report: IngestReport) throws -> Comparison {
        let counts: Counts = try Oracle.run("count", zip)
        #expect(report.rejected == 0, "\(bench.rejects().prefix(3))")
        #expect(report.resourcesByType == counts.entries)
        #expect(report.created == counts.distinct.values.reduce(0, +))
        #expect(report.updated == 0)
        #expect(report.unchanged == report.resources - report.created)
        for (type, count) in counts.distinct {
            #expect(try bench.store.count(bench.scope, type: type) == count, "\(type)")
        }
        let dump = try bench.dump()
        defer { try? FileManager.default.removeItem(atPath: dump) }
        let comparison: Comparison = try Oracle.run("fidelity", zip, dump)
        #expect(comparison.stored == comparison.source)
        #expect(comparison.missingCount == 0, "\(comparison.missing)")
        #expect(comparison.extra == [])
        #expect(comparison.differentCount == 0, "\(comparison.different)")
        #expect(comparison.badMeta == [])
        #expect(comparison.dangling == [])
        return comparison
    }
}
