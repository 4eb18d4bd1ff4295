package import Access
internal import Base
internal import FHIR
package import RecordStore
package import Validation

/// How a run of ingest works.
package struct IngestOptions: Sendable {
    /// Threads that parse, check, index and seal; 0 for one a core.
    package var workers = 0
    /// Where what is rejected goes, with its original bytes.
    package var rejectsPath: String
    package var limits = IntakeLimits()
    /// Where bytes lie that must be read twice and can't be asked for again.
    package var makeSpool: SpoolFactory
    /// How far resources are checked before they are stored.
    package var validation = ValidationMode.structure
    /// Makes a validator for one thread; `nil` takes one that knows R4's rules, and neither value sets nor profiles.
    package var makeValidator: (@Sendable () -> ResourceValidator)?

    package init(rejectsPath: String, makeSpool: @escaping SpoolFactory) {
        self.rejectsPath = rejectsPath
        self.makeSpool = makeSpool
    }
}

/// Reads everything below some paths into the record store: one thread reads, the others check, resolve and commit.
///
/// A resource that is there already in the same form changes nothing: a run that was broken off is simply run again.
package final class IngestRun: @unchecked Sendable {
    // Safe to share: nothing changes after `init`; the parts have locks of their own.
    private let store: RecordStore
    private let scope: AccessScope
    private let options: IngestOptions
    private let walker: SourceWalker
    private let rejects: RejectsWriter
    private let tally: IngestTally

    package init(store: RecordStore, scope: AccessScope, paths: [String], options: IngestOptions) {
        self.store = store
        self.scope = scope
        self.options = options
        tally = IngestTally()
        rejects = RejectsWriter(path: options.rejectsPath, originalBytesMax: options.limits.originalBytesMax)
        walker = SourceWalker(
            paths: paths, limits: options.limits, rejects: rejects, makeSpool: options.makeSpool)
    }

    /// A run over a part of a source.
    /// - Parameters:
    ///   - scope: whose actor no other part has, so that a further attempt knows what this one wrote.
    ///   - floor: the log's end before the first attempt, for a further one; `nil` for the first.
    package init(
        store: RecordStore, scope: AccessScope, contents: [SourceContent], part: IngestPart, rejects: RejectsWriter,
        repeatingSince floor: UInt64?, options: IngestOptions
    ) {
        self.store = store
        self.scope = scope
        self.options = options
        self.rejects = rejects
        let tally = IngestTally(repeatingSince: floor)
        self.tally = tally
        var walker = SourceWalker(
            paths: [], limits: options.limits, rejects: rejects, makeSpool: options.makeSpool)
        walker.part = (contents, part)
        walker.isStopped = { tally.hasFailed }
        self.walker = walker
    }

    /// How far the run is; safe to ask from any thread.
    package var progress: IngestProgress {
        IngestProgress(reading: walker.progress.snapshot, resources: tally.taken, rejected: rejects.count)
    }

    /// Runs to the end. Blocks: call it on a thread of its own.
    /// - Throws: what keeps the run from going on, such as a full disk; what was committed until then stays.
    package func run() throws -> IngestReport {
        let start = monotonicNanoseconds()
        let summary = try readAndStore()
        try resolveAwaiting()
        return report(summary, since: start)
    }

    /// Runs to the end of a part, and leaves references that wait to whoever has all parts. Blocks.
    /// - Throws: what keeps the run from going on; `IntakeError.cancelled` where it was stopped. What was committed until
    ///   then stays.
    package func runPart() throws -> PartReport {
        let start = monotonicNanoseconds()
        let summary = try readAndStore()
        try tally.recount { try origin(of: $0, $1) }
        var result = PartReport()
        result.awaiting = tally.takeAwaiting()
        result.report = report(summary, since: start)
        result.findings = rejects.findings
        result.indexFailures = result.report.indexFailures.map { SearchGap(resource: $0.resource, reason: $0.reason) }
        return result
    }

    /// What a resource was when an earlier attempt wrote it first; `nil` for what others wrote, or what was erased since.
    private func origin(
        of candidate: RepeatedWrites.Candidate, _ repeated: RepeatedWrites
    ) throws -> RepeatedWrites.Origin? {
        do {
            var entry = try store.entry(scope, sequence: candidate.sequence)
            guard entry.actor == scope.actor else { return nil }
            var steps = 0
            while let before = entry.replaces, before > repeated.floor, !repeated.wrote(before) {
                let older = try store.entry(scope, sequence: before)
                guard older.actor == scope.actor else { break }
                entry = older
                steps += 1
            }
            // An update of what others wrote, or of what this attempt wrote before, is what it says.
            if candidate.isUpdate && steps == 0 { return nil }
            return entry.replaces == nil ? .created : .updated
        } catch let error as StoreError where error.code == .shredded || error.code == .hidden {
            return nil
        }
    }

    /// Has the run end soon: `runPart` throws `IntakeError.cancelled`. Safe to call from any thread.
    package func stop() {
        tally.fail(IntakeError(.cancelled, "the run was stopped"))
    }

    /// Reads everything and commits it.
    private func readAndStore() throws -> WalkSummary {
        let makeValidator = try options.validation == .full ? options.makeValidator ?? plainValidator() : nil
        let queue = UnitQueue()
        let feed = UnitFeed(queue: queue)
        let summary = SummaryBox()
        let reader = WorkerThread(name: "intake reader") { [walker, tally] in
            do {
                summary.set(try walker.run(into: queue))
            } catch {
                tally.fail(error)
            }
        }
        let count = options.workers > 0 ? options.workers : processorCount()
        let workers = try (0..<count).map { number in
            let worker = try IngestWorker(
                store: store, scope: scope, rejects: rejects, tally: tally, limits: options.limits,
                validation: options.validation,
                validator: makeValidator?())
            return WorkerThread(name: "intake \(number)", stackBytes: 8 << 20) { [tally] in
                worker.run(feed)
                if tally.hasFailed { queue.cancel() }
            }
        }
        for worker in workers { worker.join() }
        reader.join()
        tally.waitForCommits()
        try tally.throwFailure()
        return summary.value
    }

    private func plainValidator() throws -> @Sendable () -> ResourceValidator {
        let rules = try ValidationRules(store.definitions)
        return { ResourceValidator(rules, options: .write, now: SystemClock().now()) }
    }

    /// Resolves references whose target came later than they did.
    private func resolveAwaiting() throws {
        let repair = try ReferenceRepair(store: store, scope: scope)
        tally.add(unresolved: try repair.run(tally.takeAwaiting()))
    }

    private func report(_ summary: WalkSummary, since start: UInt64) -> IngestReport {
        var report = tally.current
        report.files = summary.files
        report.skipped = summary.skipped
        report.skippedCount = summary.skippedCount
        report.rejected = rejects.count
        report.seconds = Double(monotonicNanoseconds() - start) / 1e9
        return report
    }
}

/// Carries the reader's summary to the run.
private final class SummaryBox: @unchecked Sendable {
    // Safe to share: set by the reader, read after it was joined; the lock makes that visible.
    private let lock = Lock()
    private var summary = WalkSummary()

    func set(_ summary: WalkSummary) {
        lock.withLock { self.summary = summary }
    }

    var value: WalkSummary { lock.withLock { summary } }
}
