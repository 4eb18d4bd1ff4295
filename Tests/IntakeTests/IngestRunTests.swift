import Foundation
import Intake
import RecordStore
import TestSupport
import Testing

@Suite struct IngestRunTests {
    @Test(.enabled(if: SharedData.has("data/synthea/synthea-r4.zip"), "needs shared/data/synthea/synthea-r4.zip"))
    func `every Synthea patient comes in once, with every reference resolved`() throws {
        let zip = try #require(SharedData.file("data/synthea/synthea-r4.zip")?.path)
        let bench = try IngestBench()
        let first = try bench.ingest(zip)
        #expect(first.patients == 217)
        #expect(first.resources == 66_003)
        #expect(first.created == 65_483)
        #expect(first.unchanged == 520)
        #expect(first.rejected == 0)
        #expect(first.unresolvedCount == 0)
        print("ingest:", first.seconds, "s", Double(first.resources) / first.seconds, "resources/s")
        let again = try bench.ingest(zip)
        #expect(again.unchanged == 66_003)
        #expect(again.created + again.updated == 0)
        print("again:", again.seconds)
        let bytes = try bench.store.bytesOnDisk()
        print("bytes per resource:", bytes / first.created)
    }

    @Test(.enabled(if: SharedData.has("data/bulk/bulk-10-patients.zip"), "needs shared/data/bulk/bulk-10-patients.zip"))
    func `a bulk export's conditional references are resolved or listed`() throws {
        let zip = try #require(SharedData.file("data/bulk/bulk-10-patients.zip")?.path)
        let bench = try IngestBench()
        let first = try bench.ingest(zip)
        print(first.resourcesByType, first.unresolvedCount, first.skipped, bench.rejects().prefix(3))
        #expect(first.patients == 13)
        #expect(first.rejected == 0)
        let again = try bench.ingest(zip)
        #expect(again.created + again.updated == 0)
        #expect(again.unresolvedCount == first.unresolvedCount)
    }
}
