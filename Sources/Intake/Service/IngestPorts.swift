package import Access
package import Validation

/// What ingests need of others.
package struct IngestPorts: Sendable {
    /// The files of a source.
    /// - Throws: why they can't be had; it is tried again.
    package var contents: @Sendable (IngestSource, TenantName) throws -> [SourceContent]
    /// Archives, deletes or puts aside a source whose ingest ended; a failed one may be tried again from it. It is called
    /// again where nobody knows whether it was done, and until it does not throw.
    package var settle: @Sendable (IngestFacts, IngestTotals) throws -> Void
    /// Writes into the audit trail; it is durable when this returns.
    package var record: @Sendable (IngestEvent, TenantName) throws -> Void
    /// Makes what makes validators for the threads of a run, where resources are checked beyond their structure.
    package var validators: @Sendable (TenantName) throws -> (@Sendable () -> ResourceValidator)?
    /// Told what failed that no caller is told of; without patients' data.
    package var report: @Sendable (any Error) -> Void

    package init(
        contents: @escaping @Sendable (IngestSource, TenantName) throws -> [SourceContent],
        settle: @escaping @Sendable (IngestFacts, IngestTotals) throws -> Void,
        record: @escaping @Sendable (IngestEvent, TenantName) throws -> Void,
        validators: @escaping @Sendable (TenantName) throws -> (@Sendable () -> ResourceValidator)? = { _ in nil },
        report: @escaping @Sendable (any Error) -> Void
    ) {
        self.contents = contents
        self.settle = settle
        self.record = record
        self.validators = validators
        self.report = report
    }
}

/// What the audit trail is told of an ingest.
package struct IngestEvent: Sendable {
    package enum Kind: Sendable {
        /// Before anything is changed.
        case began
        case ended(IngestState, IngestTotals)
    }

    package var kind: Kind
    package var ingest: IngestID
    /// On whose behalf.
    package var owner: String
    package var source: IngestSource.Kind
}

/// How ingests work.
package struct IngestServiceOptions: Sendable {
    /// Where rejects lie, sealed; it is made where it is missing.
    package var folder: String
    package var plan = IngestPlanOptions()
    /// Threads of one part's run; 0 for one a core.
    package var workers = 0
    package var validation = ValidationMode.structure
    package var makeSpool: SpoolFactory
    /// How often a part is begun before it is put aside: one that ends the process each time must not keep all others
    /// from going on.
    package var startsMax = 16
    /// How often what failed is tried again before it counts as failed for good.
    package var attemptsMax = 5
    /// How long a part waits that found the disk full.
    package var fullDiskSeconds = 15.0
    /// How long what is known of ingests is kept after their end.
    package var keptSeconds = 90.0 * 86_400

    package init(folder: String, makeSpool: @escaping SpoolFactory) {
        self.folder = folder
        self.makeSpool = makeSpool
    }
}
