internal import Access
internal import Audit
internal import Base
internal import FHIRAPI
internal import Glibc
internal import Intake
internal import Validation
internal import WebApp

/// `martlet ingest`: reads files into the store.
enum IngestCommand {
    static let command = Command(
        name: "ingest", summary: "read records into the store: zip, folder, Bundle, NDJSON, or - for standard input",
        operands: OperandFacts("PATH…", min: 1),
        options: [
            CommandTable.dataOption,
            OptionFacts("tenant", "T", "whose records they are: lower-case letters, digits and - (default)"),
            OptionFacts("workers", "N", "threads that check, index and seal (one a core)"),
            OptionFacts("rejects", "FILE", "where what is rejected goes (rejects.ndjson in the store's folder)"),
            CommandTable.validationOption,
            CommandTable.jsonOption,
        ],
        notes: """
            Files may be zip, tar, gzip or zstd, in one another too; .json is a resource or a Bundle, .ndjson has a
            resource a line. What is sent again unchanged changes nothing, so a run that was cut off is simply repeated.
            A bad file, line or entry is rejected alone, with the reason and its bytes; then the exit code is 3.
            """,
        run: run)

    private static let workersMax = 1024

    @Sendable
    private static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
        let isJSON = arguments.flag("json")
        let workers = try arguments.integer("workers", in: 1...workersMax) ?? 0
        guard let tenant = TenantName(arguments.text("tenant") ?? TenantName.standard.description) else {
            throw MartletError(.usage, "--tenant takes 1 to 64 lower-case letters, digits and -")
        }
        let validation = try arguments.validation()
        try checkPaths(arguments.operands)
        let folder = arguments.dataFolder
        let rejectsPath = arguments.text("rejects") ?? folder.rejects
        if arguments.text("rejects") != nil { try checkRejects(rejectsPath) }
        let store = try MartletStore.open(folder, absence: .create, holder: "ingest")
        var options = IngestOptions(rejectsPath: rejectsPath, makeSpool: SealedSpool.factory(in: folder))
        options.workers = workers
        options.validation = validation
        let scope = AccessScope(tenant: tenant, actor: "martlet ingest")
        if validation == .full {
            options.makeValidator = try FHIRAPI.validatorMaker(store: store.records, scope: scope)
        }
        // Before anything is changed, so that nothing is without its entry.
        try record(nil, arguments.operands.count, scope, store)
        let ingest = IngestRun(store: store.records, scope: scope, paths: arguments.operands, options: options)
        let meter = ProgressMeter(console, label: "Ingesting", unit: "resources", isSilent: isJSON)
        let result = Result { try watched(ingest, meter) }
        meter.phase("Closing the store")
        let closing = Result {
            var report: IngestReport?
            if case .success(let made) = result {
                report = made
                try save(made, in: folder)
            }
            try record(report, arguments.operands.count, scope, store, isOver: true)
            try store.close()
        }
        meter.end()
        let report = try finished(result)
        let summary = IngestSummary(report, tenant: tenant, rejectsPath: rejectsPath)
        try console.say(isJSON ? summary.json : summary.text)
        try closing.get()
        if report.files == 0 && report.rejected == 0 {
            throw MartletError(.input, "there is nothing to ingest in \(arguments.operands.joined(separator: ", "))")
        }
        return report.rejected > 0 ? .rejects : .done
    }

    /// Writes into the audit trail that an ingest begins, or how it ended.
    private static func record(
        _ report: IngestReport?, _ pathCount: Int, _ scope: AccessScope, _ store: MartletStore, isOver: Bool = false
    ) throws {
        var entry = AuditEntry(
            .change, .execute, isOver ? "ingest-end" : "ingest", time: SystemClock().now(), agent: scope.actor)
        entry.detail = "\(pathCount) paths"
        if isOver { entry.outcome = report == nil ? .seriousFailure : .success }
        if let report {
            entry.detail =
                "\(report.files) files: \(report.created) created, \(report.updated) updated, "
                + "\(report.unchanged) unchanged, \(report.rejected) rejected"
        }
        _ = try store.trails.record(entry, tenant: scope.tenant)
    }

    /// A name that leads nowhere is most likely mistyped: nothing is begun then.
    private static func checkPaths(_ paths: [String]) throws(MartletError) {
        for path in paths where path != "-" {
            guard access(path, R_OK) == 0 else {
                throw MartletError(.input, "cannot read \(path): \(String(cString: strerror(errno)))")
            }
        }
        if paths.count(where: { $0 == "-" }) > 1 {
            throw MartletError(.usage, "standard input (-) can be read only once")
        }
    }

    /// The file is made with the first reject; where that cannot be, it is better known before hours of work.
    private static func checkRejects(_ path: String) throws(MartletError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let place = DataFolder.exists(path) ? path : folder
        guard access(place, W_OK) == 0 else {
            throw MartletError(.output, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Runs to the end while another thread shows how far it is.
    private static func watched(_ ingest: IngestRun, _ meter: ProgressMeter) throws -> IngestReport {
        let ticker = Ticker(everyMilliseconds: 100) {
            let progress = ingest.progress
            let reading = progress.reading
            // Reading runs ahead of storing. How much is still to be stored once all is read, nobody has counted.
            if reading.bytesTotal > 0 && reading.bytesDone >= reading.bytesTotal {
                meter.show(count: progress.resources, fraction: nil, stage: "All is read, storing the rest")
            } else {
                let fraction =
                    reading.bytesTotal > 0 ? Double(reading.bytesDone) / Double(reading.bytesTotal) : nil
                meter.show(count: progress.resources, fraction: fraction)
            }
        }
        defer { ticker.stop() }
        return try ingest.run()
    }

    private static func finished(_ result: Result<IngestReport, any Error>) throws(MartletError) -> IngestReport {
        do {
            return try result.get()
        } catch {
            let reason = ErrorText.describe(error)
            let rest = "It stopped early; what was taken in until then stays. Mend this and simply run it again."
            throw MartletError(.system, reason + "\n" + rest, cause: error)
        }
    }

    private static func save(_ report: IngestReport, in folder: DataFolder) throws {
        try IngestRecord(folder).save(
            StatusFacts.Ingest(
                finishedAt: SystemClock().now(), seconds: report.seconds, created: report.created,
                updated: report.updated, unchanged: report.unchanged, rejected: report.rejected))
    }
}
