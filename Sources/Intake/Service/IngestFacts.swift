package import Access
package import Base

/// What is known of an ingest at a moment.
package struct IngestFacts: Sendable {
    package struct Progress: Sendable, Hashable {
        package var partsDone = 0
        package var partsFailed = 0
        /// 0 until the source was looked into.
        package var partsTotal = 0
        /// Bytes of the source.
        package var bytesDone: UInt64 = 0
        package var bytesTotal: UInt64 = 0
        /// Resources that are durable.
        package var resources = 0
        package var rejected = 0
        /// Resources a second: of late while it runs, of the whole once it ended.
        package var perSecond: Double?
        package var secondsLeft: Double?
    }

    package var id: IngestID
    package var tenant: TenantName
    package var state: IngestState
    package var source: IngestSource
    /// Who began it, as the audit trail names them.
    package var owner: String
    package var progress: Progress
    /// Resources taken by type, of the parts that are done.
    package var counts: [String: Int]
    package var created: Instant
    package var started: Instant?
    package var ended: Instant?
    /// Why it failed, or what it waits for; holds no patient's data.
    package var problem: String?
}

/// A part of a list, newest first.
package struct IngestPage: Sendable {
    package var ingests: [IngestFacts]
    /// Where the next page begins; `nil` at the end.
    package var next: IngestID?
}

/// What an ingest came to.
package struct IngestResult: Sendable {
    package var facts: IngestFacts
    package var totals: IngestTotals
    /// The first 10,000 files that were left out on purpose.
    package var skipped: [SkippedFile]
    /// The first 10,000 references whose target never came.
    package var unresolved: [UnresolvedReference]
    /// Searches that will not find a resource that was taken: the first 10,000.
    package var indexFailures: [SearchGap]
    /// Parts that failed for good: which, and why.
    package var failures: [PartFailure]

    package struct PartFailure: Sendable, Hashable {
        package var part: Int
        package var problem: String
    }
}

/// Sums over the parts of an ingest.
package struct IngestTotals: Sendable, Hashable {
    package var files = 0
    /// Resources read and taken, by type, each time they came.
    package var resourcesByType: [String: Int] = [:]
    package var created = 0
    package var updated = 0
    package var unchanged = 0
    package var deleted = 0
    package var rejected = 0
    package var skipped = 0
    package var unresolved = 0
    package var findings: [RejectFinding: Int] = [:]

    package init() {}

    mutating func add(_ part: PartReport) {
        files += part.report.files
        resourcesByType.merge(part.report.resourcesByType) { $0 + $1 }
        created += part.report.created
        updated += part.report.updated
        unchanged += part.report.unchanged
        deleted += part.report.deleted
        rejected += part.report.rejected
        skipped += part.report.skippedCount
        findings.merge(part.findings) { $0 + $1 }
    }

    /// Resources taken in all.
    package var resources: Int { resourcesByType.values.reduce(0, +) }
}
