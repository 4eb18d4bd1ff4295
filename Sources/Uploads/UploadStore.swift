package import Access
package import Base
internal import Glibc
package import SQLDatabase
package import Vault

/// Files of any size that come in parts, from several machines, over days: sealed while they stream to the disk, complete
/// when all of it is there and right.
///
/// What is told is durable first: the file of a part, its name, then its row. What a process that was killed leaves behind
/// has no row, and is removed at the next start. All calls may block.
package final class UploadStore: Sendable {
    let database: any SQLDatabase
    let folder: String
    let clock: any Clock
    package let options: UploadOptions
    let verifier: UploadVerifier
    private let vault: Vault
    private let live = LiveWriters()
    private let housekeeping = Housekeeping()

    /// What is told in the transaction that completes an upload: gives the id of what takes it in.
    package typealias Begin = @Sendable (Upload, any SQLConnection) throws -> String?

    /// Opens the uploads in a database and a folder, makes both ready, and removes what an earlier process left half done.
    /// - Parameter folder: of the parts; made where it is missing, and of these uploads alone.
    /// - Throws: `UploadError`, `SQLError`, `VaultError`.
    package init(
        database: any SQLDatabase, vault: Vault, folder: String, clock: any Clock,
        options: UploadOptions = UploadOptions()
    ) throws {
        self.database = database
        self.vault = vault
        self.folder = folder
        self.clock = clock
        self.options = options
        verifier = UploadVerifier()
        try FileSystem.makeFolder(folder)
        try UploadSchema.prepare(database)
        try removeOrphans()
    }

    /// Goes on with what was under way, and keeps house from now on: until `stop`.
    /// - Parameters:
    ///   - report: told of what fails where nobody waits for an answer.
    ///   - begin: told of every upload that is complete.
    package func start(report: @escaping @Sendable (any Error) -> Void, begin: @escaping Begin) throws {
        verifier.start(self, report: report, begin: begin)
        for id in try idsBeingVerified() { verifier.add(id) }
        housekeeping.start { [self] in
            do {
                try expire()
            } catch {
                report(error)
            }
        }
    }

    /// Ends what runs by itself. Parts under way are given up. The database is left open.
    package func stop() {
        live.stopAll(UploadError(.stopping, "The server is stopping."))
        housekeeping.stop()
        verifier.stop()
    }

    // MARK: Parts

    /// Begins a part, or finds that it is there.
    /// - Parameters:
    ///   - number: from 1 on.
    ///   - statedBytes: how many it will have.
    ///   - digests: what it will have; none is checked where none is given.
    ///   - replaces: whether it may take the place of other bytes.
    /// - Throws: `UploadError.notFound`, `.cancelled`, `.expired`, `.closed`, `.numberOutOfRange`, `.sizeMismatch`,
    ///   `.partTooLarge`, `.partDiffers`, `.quota`, `.diskFull`, `.storage`.
    package func beginPart(
        _ id: UploadID, number: Int, statedBytes: UInt64, digests: PartDigests, replaces: Bool, tenant: TenantName
    ) throws -> PartOpening {
        let seal = try seal(of: tenant)
        let now = clock.now()
        let (row, existing) = try database.read { connection in
            let row = try requireRow(id, tenant, seal, on: connection)
            return (row, try part(number, of: row, seal, on: connection))
        }
        try Self.checkTakesParts(row.upload, now: now)
        try check(number, statedBytes, of: row.upload, replacing: existing?.part.size ?? 0)
        if let existing {
            let differs =
                existing.part.size != statedBytes || Self.differ(digests.sha256, existing.part.sha256)
                || Self.differ(digests.md5, existing.md5)
            guard !differs || replaces else { throw Self.partDiffers(number) }
            let isSame = digests.sha256 == existing.part.sha256 || digests.md5 != nil && digests.md5 == existing.md5
            if !differs && isSame { return .present(existing.part) }
        }
        let replacedBytes = existing?.part.size ?? 0
        let isAnnounced = row.upload.facts.size != nil || statedBytes <= replacedBytes
        let reserved = isAnnounced ? 0 : statedBytes - replacedBytes
        try live.reserve(reserved, tenant) { try self.bytesLeft(tenant, besides: $0) }
        do {
            try checkRoom(for: statedBytes)
            let writer = try PartWriter(
                self, row, number: number, token: try Self.randomToken(), statedBytes: statedBytes, digests: digests,
                replaces: replaces, reservedBytes: reserved)
            live.insert(writer)
            return .writer(writer)
        } catch {
            live.release(reserved, tenant)
            throw error
        }
    }

    /// How a part came to be in the database.
    enum Entry {
        case entered
        /// The same bytes were there before.
        case present
    }

    /// Enters a part whose file is durable but for its name.
    func enter(_ part: PartRow, _ writer: PartWriter) throws -> Entry {
        let id = writer.row.upload.id
        let tenant = writer.row.upload.tenant
        if options.syncs { try FileSystem.syncFolder(path(of: id)) }
        let seal = try seal(of: tenant)
        let sealed = try part.sealed(of: id, seal: seal)
        var replaced: Int64?
        do {
            let entry = try database.write { connection -> Entry in
                let now = clock.now()
                let row = try requireRow(id, tenant, seal, on: connection)
                try Self.checkTakesParts(row.upload, now: now)
                let existing = try self.part(part.part.number, of: row, seal, on: connection)
                if let existing, existing.part == part.part { return .present }
                guard existing == nil || writer.replaces else { throw Self.partDiffers(part.part.number) }
                try check(part.part.number, part.part.size, of: row.upload, replacing: existing?.part.size ?? 0)
                replaced = existing?.token
                try insert(part, sealed, replacing: existing, of: row, seal, now: now, on: connection)
                return .entered
            }
            if let replaced { unlink(path(of: id, part: part.part.number, token: replaced)) }
            return entry
        } catch let error as SQLError {
            // The commit may have come through all the same.
            let found = Result {
                try database.read { connection in
                    try self.part(part.part.number, of: writer.row, seal, on: connection)?.token
                }
            }
            switch found {
            case .success(part.token): return .entered
            case .success: throw Self.mapped(error)
            case .failure: throw AmbiguousEntry(cause: Self.mapped(error))
            }
        }
    }

    private func insert(
        _ part: PartRow, _ sealed: [UInt8], replacing existing: PartRow?, of row: UploadRow, _ seal: UploadSeal,
        now: Instant, on connection: any SQLConnection
    ) throws {
        if let existing {
            try connection.execute(
                "DELETE FROM upload_parts WHERE upload_number = $1 AND part_number = $2",
                [.integer(row.number), .integer(Int64(existing.part.number))])
        }
        try connection.execute(
            "INSERT INTO upload_parts (upload_number, part_number, size, token, sealed) VALUES ($1, $2, $3, $4, $5)",
            [
                .integer(row.number), .integer(Int64(part.part.number)), .integer(Int64(part.part.size)),
                .integer(part.token), .blob(sealed),
            ])
        var changed = row
        changed.upload.state = .open
        changed.upload.problem = nil
        changed.upload.receivedParts += existing == nil ? 1 : 0
        changed.upload.receivedBytes -= existing?.part.size ?? 0
        changed.upload.receivedBytes += part.part.size
        changed.upload.expires = now.advanced(bySeconds: options.idleSeconds)
        try update(changed, seal, now: now, on: connection)
    }

    func forget(_ writer: PartWriter) { live.remove(writer) }

    /// Has writers of an upload fail with an error, as nothing of it is of use any more.
    func stopWriters(of id: UploadID, _ error: UploadError) { live.stop(id, error) }

    // MARK: Checks

    static func checkTakesParts(_ upload: Upload, now: Instant) throws(UploadError) {
        try checkLives(upload, now: now)
        guard upload.state.takesParts else {
            throw UploadError(.closed, "The upload is \(upload.state.name) and takes no parts any more.")
        }
    }

    static func checkLives(_ upload: Upload, now: Instant) throws(UploadError) {
        switch upload.state {
        case .cancelled: throw UploadError(.cancelled, "The upload was cancelled.")
        case .expired: throw expired
        case .open, .failed: if upload.expires <= now { throw expired }
        case .verifying, .complete, .ingested: break
        }
    }

    static var expired: UploadError {
        UploadError(.expired, "The upload has expired: nothing came for too long. Begin another.")
    }

    private static func partDiffers(_ number: Int) -> UploadError {
        UploadError(.partDiffers, "Part \(number) is there with other bytes. Say replace=true to replace it.")
    }

    private static func differ(_ stated: [UInt8]?, _ known: [UInt8]?) -> Bool {
        guard let stated, let known else { return false }
        return stated != known
    }

    private func check(
        _ number: Int, _ bytes: UInt64, of upload: Upload, replacing replaced: UInt64
    ) throws(UploadError) {
        let numberMax = min(upload.partCount ?? options.partCountMax, options.partCountMax)
        guard (1...max(1, numberMax)).contains(number) else {
            throw UploadError(.numberOutOfRange(max: numberMax), "The upload has parts 1 to \(numberMax).")
        }
        guard bytes <= options.partBytesMax else {
            throw UploadError(
                .partTooLarge(max: options.partBytesMax), "A part has at most \(options.partBytesMax) bytes.")
        }
        let facts = upload.facts
        if let partSize = facts.partSize, let count = upload.partCount {
            let last = facts.size.map { $0 - partSize * UInt64(count - 1) }
            let expected = number < count ? partSize : last
            if bytes > partSize || expected.map({ $0 != bytes }) == true {
                let stated = expected ?? partSize
                throw UploadError(
                    .sizeMismatch(stated: stated, received: bytes),
                    "Part \(number) has \(stated) bytes, as the upload was begun.")
            }
        }
        let total = upload.receivedBytes - replaced + bytes
        let most = facts.size ?? options.uploadBytesMax
        guard total <= most else {
            throw UploadError(
                .sizeMismatch(stated: most, received: total),
                "The upload has \(most) bytes; with this part it had more.")
        }
    }

    func checkRoom(for bytes: UInt64) throws(UploadError) {
        guard let free = FileSystem.freeBytes(at: folder) else { return }
        guard free >= options.freeBytesMin, free - options.freeBytesMin >= bytes else {
            throw UploadError(.diskFull, "The disk is full.")
        }
    }

    /// What a tenant may still bring beside what its uploads hold and have announced, and what is reserved.
    func bytesLeft(_ tenant: TenantName, besides reserved: UInt64) throws -> UInt64 {
        let used = try database.read { try usage(of: tenant, on: $0).bytes } + reserved
        return used >= options.tenantBytesMax ? 0 : options.tenantBytesMax - used
    }

    // MARK: Places

    func seal(of tenant: TenantName) throws -> UploadSeal {
        try UploadSeal(vault.keys(ofTenant: tenant.description))
    }

    func path(of id: UploadID) -> String { folder + "/" + id.description }

    func path(of id: UploadID, part number: Int, token: Int64) -> String {
        path(of: id) + "/" + Self.fileName(number, token)
    }

    static func fileName(_ number: Int, _ token: Int64) -> String {
        "\(number)-" + String(UInt64(bitPattern: token), radix: 36)
    }

    private static func randomToken() throws -> Int64 {
        try SecretBytes.random(8).withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
    }

    /// An error of the database as one of uploads.
    static func mapped(_ error: SQLError) -> UploadError {
        error.code == .full
            ? UploadError(.diskFull, "The disk is full.", cause: error)
            : UploadError(.storage, "the database of uploads failed", cause: error)
    }
}
