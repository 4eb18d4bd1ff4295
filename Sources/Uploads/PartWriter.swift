internal import Access
internal import Base
internal import Synchronization
internal import Vault

/// What came of asking for a part.
package enum PartOpening: Sendable {
    /// It is there with these bytes: nothing need be sent.
    case present(Part)
    case writer(PartWriter)
}

/// Takes the bytes of one part: digested, sealed and written as they come. Used by one thread at a time; ends with
/// `finish` or `abandon`.
package final class PartWriter: @unchecked Sendable {
    // Safe to share: one thread uses it at a time, but for `stopCode`.
    let row: UploadRow
    let number: Int
    let token: Int64
    let replaces: Bool
    /// What it may take of the tenant's room beside what its upload has announced.
    let reservedBytes: UInt64
    /// The bytes that it is to have.
    package let statedBytes: UInt64
    private unowned let store: UploadStore
    private let digests: PartDigests
    private let file: PartFile
    private let sha256: StreamDigest
    private let md5: StreamDigest?
    private var receivedBytes: UInt64 = 0
    private var isEnded = false
    /// Why nothing more is of use: set by whoever ends the upload meanwhile.
    private let ending = Mutex<UploadError?>(nil)

    init(
        _ store: UploadStore, _ row: UploadRow, number: Int, token: Int64, statedBytes: UInt64, digests: PartDigests,
        replaces: Bool, reservedBytes: UInt64
    ) throws {
        self.store = store
        self.row = row
        self.number = number
        self.token = token
        self.statedBytes = statedBytes
        self.digests = digests
        self.replaces = replaces
        self.reservedBytes = reservedBytes
        sha256 = try StreamDigest(.sha256)
        md5 = try digests.md5.map { _ in try StreamDigest(.md5) }
        file = try PartFile(
            store.path(of: row.upload.id, part: number, token: token),
            seal: PartSeal(row.upload.id, number: number, token: token, key: row.key))
    }

    /// Takes the next bytes.
    /// - Throws: `UploadError.sizeMismatch` for more than was stated; `.cancelled` or `.expired` if the upload ended
    ///   meanwhile; `.diskFull`, `.storage`. Then `abandon` is all that is left.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        if let error = ending.withLock({ $0 }) { throw error }
        receivedBytes += UInt64(bytes.count)
        guard receivedBytes <= statedBytes else { throw sizeMismatch }
        try sha256.update(bytes)
        try md5?.update(bytes)
        try file.append(bytes)
    }

    /// The bytes are all there: checks them and makes them durable. Where they were there before, nothing changes.
    /// - Throws: `UploadError.sizeMismatch`, `.digestMismatch`, `.partDiffers`, `.cancelled`, `.expired`, `.closed`,
    ///   `.quota`, `.diskFull`, `.storage`; nothing is changed then, and the part can be sent again.
    /// - Returns: the part, and whether it was not there before.
    package func finish() throws -> (part: Part, isNew: Bool) {
        do {
            if let error = ending.withLock({ $0 }) { throw error }
            guard receivedBytes == statedBytes else { throw sizeMismatch }
            let made = PartDigests(md5: try md5?.finish(), sha256: try sha256.finish())
            guard digests.md5 == made.md5, digests.sha256 == nil || digests.sha256 == made.sha256 else {
                throw UploadError(.digestMismatch, "What came is not what its digest says.")
            }
            try file.finish(syncs: store.options.syncs)
            let part = Part(number: number, size: statedBytes, sha256: made.sha256 ?? [])
            let outcome = try store.enter(PartRow(part, md5: made.md5, token: token), self)
            end(keepsFile: outcome == .entered)
            return (part, outcome == .entered)
        } catch let error as AmbiguousEntry {
            // It may be in the database: what is not is removed at the next start.
            end(keepsFile: true)
            throw error.cause
        } catch {
            end(keepsFile: false)
            throw error
        }
    }

    /// Forgets what came.
    package func abandon() {
        end(keepsFile: false)
    }

    /// Has the next call fail.
    func stop(_ error: UploadError) {
        ending.withLock { $0 = $0 ?? error }
    }

    private func end(keepsFile: Bool) {
        guard !isEnded else { return }
        isEnded = true
        if !keepsFile { file.remove() }
        store.forget(self)
    }

    private var sizeMismatch: UploadError {
        UploadError(
            .sizeMismatch(stated: statedBytes, received: receivedBytes),
            "\(statedBytes) bytes were stated, and \(receivedBytes > statedBytes ? "more" : String(receivedBytes)) came."
        )
    }
}

/// The database failed in a way that leaves open whether a part was entered.
struct AmbiguousEntry: Error {
    var cause: any Error
}
