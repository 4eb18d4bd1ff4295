/// What a walk came to.
package struct WalkSummary: Sendable {
    /// Leaf files that were opened and not skipped as a whole.
    package var files = 0
    /// Units handed on.
    package var units = 0
    /// How many files were left out on purpose.
    package var skippedCount = 0
    /// The first 10,000 of them.
    package var skipped: [SkippedFile] = []
}

/// Reads everything below a list of paths and hands it on in units.
///
/// Each path is a zip, tar, gzip or zstd file, a JSON document, an NDJSON file, a folder of any of these, or `-` for
/// standard input; what it is, its bytes say. Archives may lie in one another. Files come in the order of `FileRank`,
/// within one input list and within one zip; members of tars and of compressed archives in stored order.
///
/// Memory is bounded by the queue, one unit, one large entry and, for a Bundle over `documentBytesMax`, its
/// `BundleIndex`.
package struct SourceWalker: Sendable {
    package var paths: [String]
    /// A part of files that are no paths, read in place of `paths`.
    package var part: (contents: [SourceContent], part: IngestPart)?
    package var limits: IntakeLimits
    package var rejects: RejectsWriter
    package var progress: ReadingProgress
    package var makeSpool: SpoolFactory
    /// Where standard input is read from.
    package var standardInput: Int32 = 0
    /// Asked before each read of a part: whether to stop.
    package var isStopped: @Sendable () -> Bool = { false }

    /// `makeSpool` is asked for a spool when a nested archive or large document can't be read twice.
    package init(
        paths: [String], limits: IntakeLimits = IntakeLimits(), rejects: RejectsWriter,
        progress: ReadingProgress = ReadingProgress(), makeSpool: @escaping SpoolFactory
    ) {
        self.paths = paths
        self.limits = limits
        self.rejects = rejects
        self.progress = progress
        self.makeSpool = makeSpool
    }

    /// Reads on the calling thread, and gives each unit to `take` there.
    /// - Throws: what `take` throws; `IntakeError` where the run can't go on. A bad file, line or entry is a reject.
    package func run(_ take: (RawUnit) throws -> Void) throws -> WalkSummary {
        try withoutActuallyEscaping(take) { take in
            let walk = Walk(self, take)
            try walk.readAll()
            return walk.summary
        }
    }

    /// Reads on the calling thread into `queue`, and closes it: finished, or failed with what is thrown.
    /// - Throws: as `run`; `IntakeError.cancelled` where the queue was cancelled.
    package func run(into queue: UnitQueue) throws -> WalkSummary {
        do {
            let summary = try run { unit in
                guard queue.push(unit) else { throw IntakeError(.cancelled, "the reading was cancelled") }
            }
            queue.finish()
            return summary
        } catch {
            queue.fail(error)
            throw error
        }
    }
}
