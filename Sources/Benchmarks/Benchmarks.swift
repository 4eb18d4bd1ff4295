internal import Base
internal import Foundation
internal import RecordStore
internal import SQLDatabase

/// Measures what Martlet must reach, and in the same run what the machine allows at best.
///
/// A benchmark's floors are measured right after it, so that what else the machine does weighs on both: on a busy
/// machine the ratios tell more than the figures.
package struct Benchmarks: Sendable {
    private let options: BenchmarkOptions
    private let host: BenchmarkHost
    private let say: @Sendable (String) -> Void

    /// - Parameter say: told what is under way, a line at a time.
    package init(_ options: BenchmarkOptions, host: BenchmarkHost, say: @escaping @Sendable (String) -> Void = { _ in })
    {
        self.options = options
        self.host = host
        self.say = say
    }

    /// Measures everything that the options name. Blocks for minutes.
    /// - Parameter measured: handed each figure as soon as it is known.
    /// - Returns: all figures; they are also in the JSON file of the options.
    /// - Throws: `BenchmarkError` where something can't be measured at all; `StoreError`, `IntakeError`.
    package func run(_ measured: ([Measurement]) -> Void = { _ in }) throws -> BenchmarkReport {
        let scratch = try ScratchFolder(
            in: options.dataFolder.map(Self.parent) ?? FileManager.default.currentDirectoryPath)
        let folder = options.dataFolder ?? scratch.path + "/store"
        let servesHTTP = options.parts.contains { ![.ingest, .export, .start].contains($0) && !$0.needsNoStore }
        let load = servesHTTP ? try LoadGenerator(options, scratch: scratch) : nil
        var report = BenchmarkReport(machine: try machine(load, scratch), measurements: [])
        func add(_ measurements: [Measurement]) {
            report.measurements += measurements
            measured(measurements)
        }
        if options.parts.allSatisfy(\.needsNoStore) {
            // They make their own.
        } else if host.holdsStore(folder) {
            guard !options.parts.contains(.ingest) || options.parts == BenchmarkPart.allCases else {
                throw BenchmarkError(.usage, "\(folder) holds a store already: ingest is measured into a new one")
            }
        } else {
            let figures = try IngestBenchmark(
                host: host, options: options, folder: folder, scratch: scratch, say: say
            ).run()
            if options.parts.contains(.ingest) { add(figures) }
        }
        try measureStore(folder, scratch, load, add)
        if options.parts.contains(.validation) {
            add(try ValidationBenchmark(host: host, options: options, scratch: scratch, say: say).run())
        }
        if options.parts.contains(.jobs) {
            add(try JobBenchmark(scratch: scratch, say: say).run())
        }
        if options.parts.contains(.upload) {
            add(try UploadBenchmark(host: host, scratch: scratch, say: say).run())
        }
        if let path = options.jsonPath { try write(report, to: path) }
        return report
    }

    private func measureStore(
        _ folder: String, _ scratch: ScratchFolder, _ load: LoadGenerator?, _ add: ([Measurement]) -> Void
    ) throws {
        guard options.parts.contains(where: { $0 != .ingest && !$0.needsNoStore }) else { return }
        say("drawing requests")
        let store = try host.openStore(folder, true)
        let sample: RequestSample
        do {
            say("letting the index come to rest")
            try store.records.settle()
            sample = try RequestSample(store.records)
            if let load {
                let serving = ServingBenchmark(
                    load: load, scratch: scratch, store: store.records, audit: store.audit, sample: sample, say: say)
                for part in options.parts {
                    switch part {
                    case .read: add(try serving.read())
                    case .search: add(try serving.search())
                    case .everything: add(try serving.everything())
                    case .joins:
                        add(try JoinBenchmark(serving: serving, sample: JoinSample(store.records, sample)).run())
                    case .graphql: add(try serving.graphQL())
                    case .write: add(try serving.write())
                    case .transaction: add(try serving.transaction())
                    case .access: add(try AccessBenchmark(serving: serving).run())
                    case .ingest, .export, .start, .validation, .jobs, .upload: break
                    }
                }
            }
            if options.parts.contains(.export) {
                add(try ExportBenchmark(store: store.records, scratch: scratch, say: say).run())
            }
        } catch {
            try? store.close()
            throw error
        }
        try store.close()
        if options.parts.contains(.start), let path = sample.reads.first {
            add(try StartBenchmark(host: host, folder: folder, path: path, say: say).run())
        }
    }

    private func machine(_ load: LoadGenerator?, _ scratch: ScratchFolder) throws -> MachineFacts {
        let writer = ByteWriter(capacity: 64)
        writeInstant(SystemClock().now(), to: writer)
        var versions = [("martlet", host.version)]
        let database = try SQLiteDatabase(path: scratch.path + "/version.db")
        try database.read { connection in
            try connection.query("SELECT sqlite_version()", []) { row in
                versions.append(("SQLite", row.text(0)))
                return false
            }
        }
        try database.close()
        if let load { versions.append(("wrk", load.version)) }
        return MachineFacts(startedAt: String(decoding: writer.bytes, as: UTF8.self), versions: versions)
    }

    private func write(_ report: BenchmarkReport, to path: String) throws {
        do {
            try Data(report.json.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw BenchmarkError(.files, "cannot write \(path)", cause: error)
        }
    }

    private static func parent(_ folder: String) -> String {
        URL(fileURLWithPath: folder).deletingLastPathComponent().path
    }
}
