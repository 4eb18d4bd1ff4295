internal import Access
internal import Base
internal import Compression
internal import FHIR
internal import Foundation
internal import Intake
internal import RecordStore
internal import Synchronization

/// Zipped Bundles into a new store with everything on, and each part of that work alone.
struct IngestBenchmark {
    let host: BenchmarkHost
    let options: BenchmarkOptions
    /// Where the store is made, and stays.
    let folder: String
    let scratch: ScratchFolder
    let say: @Sendable (String) -> Void

    /// Bytes of the input that the floors are measured with.
    static let sampleBytes = 192 << 20
    /// Rows of one transaction of the insert floor: about what one commit of the ingest writes.
    static let rowsPerCommit = 256
    private static let million = 1_000_000

    /// Ingests, closes the store, and measures the floors.
    func run() throws -> [Measurement] {
        let prepared = try IngestInput(options, scratch: scratch, say: say)
        let (input, made) = (prepared.path, prepared.made)
        let store = try host.openStore(folder, false)
        let rates = RateRecorder()
        let rejectsPath = scratch.path + "/rejects.ndjson"
        let spoolPrefix = scratch.path + "/spool"
        let run = IngestRun(
            store: store.records, scope: AccessScope(tenant: .standard, actor: "martlet bench"), paths: [input],
            options: IngestOptions(rejectsPath: rejectsPath) { try SealedSpool(prefix: spoolPrefix) })
        say("ingesting \(made.map { "\($0) synthetic resources" } ?? input)")
        Usage.forgetPeakMemory()
        rates.start { run.progress.resources }
        let (report, ingesting) = try Timing.of {
            defer { rates.stop() }
            return try run.run()
        }
        let peakBytes = Usage.peakMemoryBytes
        let closing = try Timing.of { try store.close() }.timing
        guard report.created > 0 else {
            throw BenchmarkError(.usage, "nothing was created from \(input): name an input with resources")
        }
        let bytes = Self.bytesOnDisk(host.databasePath(folder))
        say("measuring each part of the ingest alone")
        let floors = try Floors(self, input: input, report: report, scratch: scratch, rejectsPath: rejectsPath)
        return measurements(report, ingesting, closing, rates, peakBytes: peakBytes, bytes: bytes, floors)
    }

    private func measurements(
        _ report: IngestReport, _ ingesting: Timing, _ closing: Timing, _ rates: RateRecorder, peakBytes: Double,
        bytes: Int, _ floors: Floors
    ) -> [Measurement] {
        let count = Double(report.resources)
        var made = [
            Measurement(
                "ingest", count / report.seconds, "resources/s", target: .atLeast(30_000), floors: floors.rates,
                details: [
                    .init("resources", count), .init("rejected", Double(report.rejected)),
                    .init("seconds", report.seconds), .init("closingSeconds", closing.seconds),
                ]),
            // Says on a busy machine as well what the work takes: 30,000 a second on two cores are 66 µs.
            Measurement(
                "ingest: processor time", ingesting.processorSeconds * 1e6 / count, "µs/resource",
                floors: floors.processorMicroseconds,
                details: [.init("resourcesPerProcessorSecond", count / ingesting.processorSeconds)]),
            Measurement(
                "ingest: space", Double(bytes) / Double(report.created), "bytes/resource", target: .atMost(250),
                floors: [.init("sealed blocks alone", floors.sealedBytesPerResource)],
                details: [
                    .init("storeBytes", Double(bytes)), .init("created", Double(report.created)),
                    .init("minifiedBytesPerResource", floors.minifiedBytesPerResource),
                ]),
            Measurement("ingest: memory", peakBytes / Double(1 << 20), "MiB", target: .atMost(1024)),
        ]
        let late = rates.rate(ofLast: Self.million)
        if let early = rates.rate(ofFirst: Self.million), let late, report.created >= 2 * Self.million {
            made.append(
                Measurement(
                    "ingest: last million to first", late / early, "", target: .atLeast(0.8),
                    details: [
                        .init("firstMillionResourcesPerSecond", early), .init("lastMillionResourcesPerSecond", late),
                    ]))
        }
        return made
    }

    private static func bytesOnDisk(_ path: String) -> Int {
        ["", "-wal"].reduce(0) { total, suffix in
            var facts = stat()
            return total + (stat(path + suffix, &facts) == 0 ? Int(facts.st_blocks) * 512 : 0)
        }
    }
}

/// The parts of an ingest's work alone, each as resources a second.
private struct Floors {
    var rates: [Measurement.Floor] = []
    var processorMicroseconds: [Measurement.Floor] = []
    var sealedBytesPerResource = 0.0
    var minifiedBytesPerResource = 0.0

    init(
        _ benchmark: IngestBenchmark, input: String, report: IngestReport, scratch: ScratchFolder, rejectsPath: String
    ) throws {
        let definitions = try Definitions.load()
        let dictionaries = try benchmark.host.makeDictionaries()
        let unpacking = try ContentFloors.unpack(input, rejectsPath: rejectsPath, spoolPrefix: scratch.path + "/spool")
        let sample = try InputSample(
            input, bytesMax: IngestBenchmark.sampleBytes, rejectsPath: rejectsPath,
            spoolPrefix: scratch.path + "/spool",
            definitions: definitions)
        let parsing = try ContentFloors.parseAndWalk(sample, definitions)
        let sealing = try ContentFloors.compressAndSeal(sample, dictionaries)
        let inserting = try InsertFloor.copy(
            from: benchmark.host.databasePath(benchmark.folder), to: scratch.path + "/rows.db",
            rowsPerCommit: IngestBenchmark.rowsPerCommit)
        let sampled = Double(max(1, sample.resources))
        let parts = [
            ("unzip and cut, one core", Double(report.resources), unpacking),
            ("parse and walk, all cores", sampled, parsing),
            ("zstd and AES-256-GCM, all cores", sampled, sealing.timing),
            ("insert \(inserting.rows) rows", Double(report.created), inserting.timing),
        ]
        rates = parts.map { .init($0.0, $0.1 / max($0.2.seconds, 1e-9)) }
        processorMicroseconds = parts.map { .init($0.0, $0.2.processorSeconds * 1e6 / $0.1) }
        let sum = processorMicroseconds.reduce(0) { $0 + $1.value }
        processorMicroseconds.append(.init("all of these together", sum))
        sealedBytesPerResource = Double(sealing.bytes) / sampled
        minifiedBytesPerResource = Double(sample.blocks.reduce(0) { $0 + $1.count }) / sampled
    }
}
