internal import Access
internal import Base
internal import BulkData
internal import FHIRAPI
internal import Intake
internal import RecordStore
internal import Synchronization
internal import Validation

/// Takes what pulls bring into the records, as an ingest does: resources first, then what was deleted.
final class RecordDelivery: PullDelivery {
    private let store: RecordStore
    private let makeSpool: SpoolFactory
    private let rejectsPath: String
    private let validation: ValidationMode
    private let current = Mutex<IngestRun?>(nil)

    private static let lookMilliseconds = 200

    /// - Parameter rejectsPath: where what is not taken goes, with its bytes.
    init(store: RecordStore, folder: DataFolder, rejectsPath: String, validation: ValidationMode) {
        self.store = store
        makeSpool = SealedSpool.factory(in: folder)
        self.rejectsPath = rejectsPath
        self.validation = validation
    }

    /// Resources that were taken so far by the delivery under way; `nil` where none is.
    var taken: Int? { current.withLock { $0?.progress.resources } }

    func deliver(
        _ files: [PulledFile], of pull: PullRecord, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> PullCounts {
        let scope = AccessScope(tenant: pull.tenant, actor: "martlet pull")
        var counts = PullCounts()
        // Whatever came back after it was deleted is in the files of resources, and is newer than its deletion; a
        // server that lists one resource in both means the deletion.
        for content in [Manifest.Content.resources, .deletions] {
            let chosen = files.filter { $0.content == content }
            guard !chosen.isEmpty, !isCancelled() else { continue }
            let report = try take(chosen, scope, isCancelled)
            counts.created += report.created
            counts.updated += report.updated
            counts.unchanged += report.unchanged
            counts.deleted += report.deleted
            counts.rejected += report.rejected
        }
        return counts
    }

    private func take(
        _ files: [PulledFile], _ scope: AccessScope, _ isCancelled: @escaping @Sendable () -> Bool
    ) throws -> IngestReport {
        let contents = files.map { file in
            SourceContent(name: file.name, byteCount: file.byteCount) { PulledAccess(try file.open()) }
        }
        var options = IngestOptions(rejectsPath: rejectsPath, makeSpool: makeSpool)
        options.validation = validation
        if validation == .full { options.makeValidator = try FHIRAPI.validatorMaker(store: store, scope: scope) }
        let run = IngestRun(
            store: store, scope: scope, contents: contents, part: .whole(of: contents),
            rejects: RejectsWriter(path: rejectsPath), repeatingSince: nil, options: options)
        current.withLock { $0 = run }
        let ticker = Ticker(everyMilliseconds: Self.lookMilliseconds) { if isCancelled() { run.stop() } }
        defer {
            ticker.stop()
            current.withLock { $0 = nil }
        }
        return try run.run()
    }
}

/// A file of a pull as an ingest reads it.
private final class PulledAccess: RandomAccess {
    private let reader: SealedPullReader

    init(_ reader: SealedPullReader) {
        self.reader = reader
    }

    var byteCount: UInt64 { reader.byteCount }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        try reader.read(into: buffer, at: offset)
    }
}
