internal import Access
internal import FHIR
internal import FHIRAPI
internal import Foundation
internal import Intake
internal import RecordStore
internal import Validation

/// The same input into a new store with validation off, with the check of structure, and with all of R4's rules.
struct ValidationBenchmark {
    let host: BenchmarkHost
    let options: BenchmarkOptions
    let scratch: ScratchFolder
    let say: @Sendable (String) -> Void

    /// Rounds of one ingest in each mode. What else the machine does weighs on all of a round, so costs are compared
    /// within rounds, and the middle one counts.
    private static let rounds = 5
    /// Synthetic resources that are ingested at most, each time.
    private static let resourcesMax = 200_000
    private static let targetPercent = 25.0

    /// How one ingest went.
    private struct Run {
        var perSecond: Double
        var processorMicroseconds: Double
        var resources: Double
        var rejected: Double

        /// What this costs of another's rate, in per cent.
        func cost(of other: Run) -> Double { 100 * (1 - perSecond / other.perSecond) }
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    func run() throws -> [Measurement] {
        let input = try IngestInput(options, resourcesMax: Self.resourcesMax, scratch: scratch, say: say)
        var runs: [ValidationMode: [Run]] = [:]
        for round in 0..<Self.rounds {
            for place in 0..<3 {
                let mode = ValidationMode.allCases[(round + place) % 3]
                say("round \(round + 1) of \(Self.rounds): ingesting with validation \(mode.rawValue)")
                runs[mode, default: []].append(try ingest(input.path, mode))
            }
        }
        say("measuring the check alone")
        let definitions = try Definitions.load()
        let sample = try InputSample(
            input.path, bytesMax: IngestBenchmark.sampleBytes, rejectsPath: scratch.path + "/rejects.ndjson",
            spoolPrefix: scratch.path + "/spool", definitions: definitions)
        let sampled = Double(max(1, sample.resources))
        let walking = try ContentFloors.parseAndWalk(sample, definitions)
        let checking = try ContentFloors.parseAndCheck(sample, definitions)
        let floors: [Measurement.Floor] = [
            .init("parse and check structure alone, all cores", sampled / max(checking.seconds, 1e-9)),
            .init("parse and walk, all cores", sampled / max(walking.seconds, 1e-9)),
        ]
        let off = runs[.off] ?? []
        func rate(_ mode: ValidationMode) -> Measurement {
            let own = runs[mode] ?? []
            return Measurement(
                "ingest, validation \(mode.rawValue)", own.map(\.perSecond).max() ?? 0, "resources/s", floors: floors,
                details: [
                    .init("resources", own[0].resources), .init("rejected", own[0].rejected),
                    .init("medianResourcesPerSecond", Self.median(own.map(\.perSecond))),
                    .init("processorMicrosecondsPerResource", Self.median(own.map(\.processorMicroseconds))),
                ])
        }
        func cost(_ mode: ValidationMode, _ target: Measurement.Target?) -> Measurement {
            let own = runs[mode] ?? []
            let more = Self.median(zip(own, off).map { $0.processorMicroseconds - $1.processorMicroseconds })
            let all = Self.median(off.map(\.processorMicroseconds))
            return Measurement(
                "validation \(mode.rawValue): cost in ingest", Self.median(zip(own, off).map { $0.cost(of: $1) }),
                "% of the rate", target: target,
                details: [
                    .init("processorMicrosecondsPerResource", more), .init("processorPercent", 100 * more / all),
                ])
        }
        let alone = (checking.processorSeconds - walking.processorSeconds) * 1e6 / sampled
        return [
            rate(.off), rate(.structure), rate(.full),
            cost(.structure, .atMost(Self.targetPercent)), cost(.full, nil),
            Measurement(
                "check of structure alone", checking.processorSeconds * 1e6 / sampled, "µs/resource",
                floors: [.init("parse and walk", walking.processorSeconds * 1e6 / sampled)],
                details: [.init("moreThanWalkMicroseconds", alone)]),
        ]
    }

    private func ingest(_ input: String, _ mode: ValidationMode) throws -> Run {
        let folder = scratch.path + "/validation"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try host.openStore(folder, false)
        let scope = AccessScope(tenant: .standard, actor: "martlet bench")
        let spoolPrefix = scratch.path + "/spool"
        var ingest = IngestOptions(rejectsPath: scratch.path + "/rejects.ndjson") {
            try SealedSpool(prefix: spoolPrefix)
        }
        ingest.validation = mode
        if mode == .full {
            ingest.makeValidator = try FHIRAPI.validatorMaker(store: store.records, scope: scope)
        }
        let run = IngestRun(store: store.records, scope: scope, paths: [input], options: ingest)
        let (report, timing) = try Timing.of { try run.run() }
        try store.close()
        guard report.resources > 0 else {
            throw BenchmarkError(.usage, "nothing was created from \(input): name an input with resources")
        }
        let count = Double(report.resources)
        return Run(
            perSecond: count / report.seconds, processorMicroseconds: timing.processorSeconds * 1e6 / count,
            resources: count, rejected: Double(report.rejected))
    }
}
