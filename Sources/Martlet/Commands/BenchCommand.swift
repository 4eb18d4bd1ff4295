internal import Access
internal import Benchmarks
internal import Compression
internal import Foundation
internal import OAuth

/// `martlet bench`: measures what Martlet must reach, and what the machine allows.
enum BenchCommand {
    static let command = Command(
        name: "bench", summary: "measure speed and space, and next to each what the machine allows at best",
        operands: OperandFacts("PART…", min: 0, max: BenchmarkPart.allCases.count),
        options: [
            OptionFacts("data", "DIR", "where the store lies and stays (a temporary folder); never one with patients"),
            OptionFacts("resources", "N", "synthetic resources that are ingested, about (200000)"),
            OptionFacts("input", "PATH", "a zip, folder or file that is ingested instead"),
            OptionFacts("seconds", "S", "how long each load over HTTP lasts (10)"),
            OptionFacts("connections", "N", "connections of the load over HTTP (64)"),
            OptionFacts("json", "FILE", "where the figures go as JSON"),
        ],
        notes: """
            PART is ingest, read, search, everything, joins, graphql, export, write, transaction, access, start,
            validation, jobs, upload, or all (also if none is named). A store that lies in DIR already is measured as it
            is; else one is made by an ingest. Loads over HTTP come from wrk, which bin/setup bench installs.
            """,
        run: run)

    @Sendable
    private static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
        var options = BenchmarkOptions()
        if !arguments.operands.isEmpty && !arguments.operands.contains("all") {
            options.parts = try arguments.operands.map { name in
                guard let part = BenchmarkPart(rawValue: name) else {
                    throw MartletError(.usage, "there is no benchmark '\(name)'")
                }
                return part
            }
        }
        options.dataFolder = arguments.text("data")
        options.inputPath = arguments.text("input")
        options.jsonPath = arguments.text("json")
        options.resources = try arguments.integer("resources", in: 1...1_000_000_000) ?? options.resources
        options.seconds = try arguments.integer("seconds", in: 1...3600) ?? options.seconds
        options.connections = try arguments.integer("connections", in: 1...10_000) ?? options.connections
        let report = try Benchmarks(options, host: host) { console.note($0) }.run { figures in
            for figure in figures { console.note(MeasurementTable.text([figure])) }
        }
        try console.say(report.text)
        return .done
    }

    private static var host: BenchmarkHost {
        BenchmarkHost(
            version: Program.version, programPath: "/proc/self/exe",
            openStore: { folder, servesReads in
                let store = try MartletStore.open(
                    DataFolder(folder), absence: .create, holder: "martlet bench", servesReads: servesReads)
                return BenchmarkHost.Store(
                    records: store.records, audit: store.auditSink { _ in }, close: { try store.close() })
            },
            holdsStore: { DataFolder($0).holdsStore }, databasePath: { DataFolder($0).database },
            makeToken: { folder in
                let installation = try Installation.open(DataFolder(folder), absence: .refuse, holder: "bench") {
                    Console().note("martlet bench: " + $0)
                }
                defer { try? installation.close() }
                let scopes = SMARTScopes(clinical: [SMARTScope(.system)])
                return try installation.authorization.operatorToken(
                    tenant: .standard, scopes: scopes, seconds: AuthorizationServer.operatorSecondsMax
                ).tokens.accessToken
            },
            serveArguments: { ["serve", "--data", $0, "--listen", $1] },
            makeDictionaries: { try Dictionaries(dictionary: ShippedDictionary.bytes()) })
    }
}
