package import RecordStore

/// What a run of ingest did.
package struct IngestReport: Sendable {
    /// Files that held resources, members of archives included.
    package var files = 0
    /// Resources read and taken, by type, each time they came.
    package var resourcesByType: [String: Int] = [:]
    package var created = 0
    package var updated = 0
    package var unchanged = 0
    package var deleted = 0
    /// Files, lines and entries in `rejects.ndjson`.
    package var rejected = 0
    /// Files left out on purpose: the first 10,000.
    package var skipped: [SkippedFile] = []
    package var skippedCount = 0
    /// Conditional references that nothing in the store answers, and addresses of no entry of their Bundle: the first
    /// 10,000.
    package var unresolved: [UnresolvedReference] = []
    package var unresolvedCount = 0
    /// Searches that will not find a resource that was taken: the first 10,000. Empty nearly always.
    package var indexFailures: [IndexFailure] = []
    /// Wall-clock time.
    package var seconds = 0.0

    /// Resources taken in all.
    package var resources: Int { resourcesByType.values.reduce(0, +) }
    package var patients: Int { resourcesByType["Patient"] ?? 0 }
}

/// A reference that stays as it came until its target arrives.
package struct UnresolvedReference: Sendable, Hashable {
    /// `Type/id` of the resource that holds it.
    package var resource: String
    package var reference: String
    package var reason: String
}

/// How far a run is, for a progress bar.
package struct IngestProgress: Sendable {
    package var reading: ReadingProgress.Snapshot
    /// Resources that are durable.
    package var resources: Int
    package var rejected: Int
}
