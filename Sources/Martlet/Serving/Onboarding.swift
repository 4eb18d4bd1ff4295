internal import Access
internal import Audit
internal import Base
internal import FHIRAPI
internal import Intake
internal import Jobs
internal import SQLDatabase
internal import Uploads
internal import Validation

/// What takes in uploads and the files of a watched folder while the server runs.
final class Onboarding: Sendable {
    struct Options: Sendable {
        /// A folder whose files are taken in; `nil` for none.
        var watched: String?
        /// Whose records its files hold.
        var tenant = TenantName.standard
        /// What becomes of files that were taken in. The bytes of uploads are removed unless told otherwise: whoever
        /// sent them has them.
        var after: AfterIngest?
    }

    let ingests: Ingests
    private let uploads: UploadStore
    private let watched: WatchedFolder?

    /// - Throws: `SQLError`, `IntakeError`.
    init(
        _ installation: Installation, _ options: Options, validation: ValidationMode,
        report: @escaping @Sendable (any Error) -> Void
    ) throws {
        let store = installation.store
        let uploads = installation.uploads
        let clock = SystemClock()
        let watched = options.watched.map { path in
            WatchedFolder(
                path: path, tenant: options.tenant, after: options.after ?? .archive, clock: clock, report: report)
        }
        let database = installation.platformDatabase
        let ports = IngestPorts(
            contents: { source, tenant in try Self.contents(source, tenant, uploads) },
            settle: { facts, totals in
                switch facts.source.kind {
                case .upload: try Self.settle(facts, uploads, database, keeps: options.after ?? .delete != .delete)
                case .watched: try watched?.settle(facts, totals)
                case .pull: break
                }
            },
            record: { event, tenant in
                _ = try store.trails.record(Self.entry(event, at: clock.now()), tenant: tenant)
            },
            validators: { tenant in
                guard validation == .full else { return nil }
                return try FHIRAPI.validatorMaker(
                    store: store.records, scope: AccessScope(tenant: tenant, actor: "martlet ingest"))
            },
            report: report)
        var ingestOptions = IngestServiceOptions(
            folder: store.folder.ingests, makeSpool: SealedSpool.factory(in: store.folder))
        ingestOptions.validation = validation
        ingests = try Ingests(
            database: database, queue: installation.jobs, store: store.records, vault: store.vault, clock: clock,
            ports: ports, options: ingestOptions)
        self.uploads = uploads
        self.watched = watched
    }

    /// Begins to ingest a complete upload, in the transaction that completes it.
    func begin(_ upload: Upload, on connection: any SQLConnection) throws -> String? {
        let source = IngestSource(.upload, upload.id.description, name: upload.facts.fileName)
        return try ingests.begin(source, tenant: upload.tenant, owner: upload.owner, on: connection).description
    }

    /// Has workers do the jobs of ingests, and watches the folder. The workers are started by whoever has them.
    func start(_ workers: JobWorkers) throws {
        try ingests.serve(workers)
        watched?.start(ingests)
    }

    func stopWatching() {
        watched?.stop()
    }

    /// Ends what runs beside the workers, which are to be drained before.
    func stop() {
        ingests.stop()
    }

    // MARK: Ports

    private static func contents(
        _ source: IngestSource, _ tenant: TenantName, _ uploads: UploadStore
    ) throws -> [SourceContent] {
        switch source.kind {
        case .watched: return try WatchedFolder.contents(source)
        case .upload:
            guard let id = UploadID(source.reference) else { throw gone }
            let content = try uploads.content(id, tenant: tenant)
            return [SourceContent(name: source.name, byteCount: content.byteCount) { UploadAccess(content) }]
        case .pull: throw gone
        }
    }

    private static var gone: IntakeError { IntakeError(.source, "the source is not there any more") }

    /// An upload whose ingest failed keeps its bytes: they are what a retry reads.
    private static func settle(
        _ facts: IngestFacts, _ uploads: UploadStore, _ database: any SQLDatabase, keeps: Bool
    ) throws {
        guard let id = UploadID(facts.source.reference) else { return }
        switch facts.state {
        case .finished, .finishedWithRejects:
            try database.write { try uploads.setIngested(id, tenant: facts.tenant, on: $0) }
            if !keeps { try uploads.remove(id, tenant: facts.tenant) }
        case .cancelled: try uploads.remove(id, tenant: facts.tenant)
        case .waiting, .running, .paused, .failed: break
        }
    }

    private static func entry(_ event: IngestEvent, at now: Instant) -> AuditEntry {
        var entry: AuditEntry
        switch event.kind {
        case .began:
            entry = AuditEntry(.change, .execute, "ingest", time: now, agent: event.owner)
            entry.detail = event.source.rawValue
        case .ended(let state, let totals):
            entry = AuditEntry(.change, .execute, "ingest-end", time: now, agent: event.owner)
            entry.outcome = state == .failed ? .seriousFailure : .success
            entry.detail =
                "\(state.rawValue), \(totals.files) files: \(totals.created) created, \(totals.updated) updated, "
                + "\(totals.unchanged) unchanged, \(totals.rejected) rejected"
        }
        entry.resources = ["ingest/\(event.ingest)"]
        return entry
    }
}

/// An upload's bytes, as an ingest reads them.
private final class UploadAccess: RandomAccess {
    private let content: UploadContent

    init(_ content: UploadContent) {
        self.content = content
    }

    var byteCount: UInt64 { content.byteCount }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        try content.read(into: buffer, at: offset)
    }
}
