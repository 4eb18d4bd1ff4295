package import Access
internal import Base
package import SQLDatabase
internal import Vault

/// Beginning, looking at and ending uploads.
extension UploadStore {
    /// Begins an upload.
    /// - Parameter owner: the account that does.
    /// - Throws: `UploadError.invalid`, `.quota`, `.tooMany`, `.diskFull`, `.storage`.
    package func begin(_ facts: NewUpload, tenant: TenantName, owner: String) throws -> Upload {
        try check(facts)
        let seal = try seal(of: tenant)
        let now = clock.now()
        let id = try UploadID.random()
        let key = try SecretKey.random()
        let upload = Upload(
            id: id, tenant: tenant, state: .open, facts: facts, owner: owner, created: now,
            expires: now.advanced(bySeconds: options.idleSeconds), receivedParts: 0, receivedBytes: 0, ingest: nil,
            problem: nil, holdsBytes: true)
        try checkRoom(for: 0)
        try FileSystem.makeFolder(path(of: id))
        do {
            if options.syncs { try FileSystem.syncFolder(folder) }
            try write { connection in
                let usage = try usage(of: tenant, on: connection)
                guard usage.openCount < options.openCountMax else {
                    throw UploadError(
                        .tooMany(max: options.openCountMax), "At most \(options.openCountMax) uploads are open at once."
                    )
                }
                let left = usage.bytes >= options.tenantBytesMax ? 0 : options.tenantBytesMax - usage.bytes
                guard facts.size ?? 1 <= left else {
                    throw UploadError(
                        .quota(bytesLeft: left), "The uploads of this tenant have room for \(left) bytes more.")
                }
                try insert(upload, sealed: try UploadRow.sealed(upload, key: key, seal: seal), on: connection)
            }
        } catch {
            // Should its row be there in spite of the error, the upload's parts find no folder, and it expires.
            FileSystem.removeFolder(path(of: id))
            throw error
        }
        return upload
    }

    private func insert(_ upload: Upload, sealed: [UInt8], on connection: any SQLConnection) throws {
        func optional(_ value: (some BinaryInteger)?) -> SQLValue { value.map { .integer(Int64($0)) } ?? .null }
        try connection.execute(
            """
            INSERT INTO upload_uploads (tenant, upload_id, state, size, part_count, part_size, received_parts,
            received_bytes, holds_bytes, created_at, changed_at, expires_at, sealed)
            VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 1, $7, $8, $9, $10)
            """,
            [
                .text(upload.tenant.description), .text(upload.id.description), .integer(upload.state.rawValue),
                optional(upload.facts.size), optional(upload.facts.partCount), optional(upload.facts.partSize),
                .integer(upload.created.microseconds), .integer(upload.created.microseconds),
                .integer(upload.expires.microseconds), .blob(sealed),
            ])
    }

    private func check(_ facts: NewUpload) throws(UploadError) {
        func refuse(_ detail: String) -> UploadError { UploadError(.invalid, detail) }
        let name = facts.fileName
        guard (1...255).contains(name.utf8.count), name != ".", name != "..",
            name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F && $0 != "/" && $0 != "\\" })
        else { throw refuse("fileName has 1 to 255 bytes, no slash and no control character.") }
        if let type = facts.contentType {
            guard type.utf8.count <= 255, type.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                throw refuse("contentType has at most 255 characters of ASCII.")
            }
        }
        if let count = facts.partCount, !(1...options.partCountMax).contains(count) {
            throw refuse("partCount is from 1 to \(options.partCountMax).")
        }
        if let size = facts.partSize, !(1...options.partBytesMax).contains(size) {
            throw refuse("partSize is from 1 to \(options.partBytesMax).")
        }
        guard facts.sha256.map({ $0.count == 32 }) ?? true else { throw refuse("sha256 has 32 bytes.") }
        if let size = facts.size {
            guard size <= options.uploadBytesMax else {
                throw refuse("An upload has at most \(options.uploadBytesMax) bytes.")
            }
            guard let partSize = facts.partSize else { return }
            let count = max(1, (size + partSize - 1) / partSize)
            guard count <= UInt64(options.partCountMax) else {
                throw refuse(
                    "size needs more than \(options.partCountMax) parts of partSize: take larger ones, from "
                        + "\((size + UInt64(options.partCountMax) - 1) / UInt64(options.partCountMax)) bytes on.")
            }
            guard facts.partCount.map({ UInt64($0) == count }) ?? true else {
                throw refuse("size and partSize make \(count) parts, and not partCount.")
            }
        }
    }

    /// An upload, as it is now; `nil` if there is none of this id for the tenant.
    package func upload(_ id: UploadID, tenant: TenantName) throws -> Upload? {
        let seal = try seal(of: tenant)
        let now = clock.now()
        return try database.read { try row(id, tenant, seal, on: $0)?.upload }.map { $0.seen(at: now) }
    }

    /// The uploads of a tenant, newest first.
    /// - Parameters:
    ///   - states: those that are asked for.
    ///   - after: the last one of the page before; one that there is not gives an empty page.
    package func uploads(
        tenant: TenantName, states: Set<Upload.State> = Set(Upload.State.allCases), after: UploadID? = nil, count: Int
    ) throws -> [Upload] {
        let seal = try seal(of: tenant)
        let now = clock.now()
        return try database.readTransaction { connection in
            var before = Int64.max
            if let after {
                guard let row = try row(after, tenant, seal, on: connection) else { return [] }
                before = row.number
            }
            var found: [Upload] = []
            try connection.query(
                """
                SELECT \(UploadRow.columns) FROM upload_uploads WHERE tenant = $1 AND upload_number < $2
                ORDER BY upload_number DESC
                """,
                [.text(tenant.description), .integer(before)]
            ) { row in
                let upload = try UploadRow(row, tenant: tenant, seal: seal).upload.seen(at: now)
                if states.contains(upload.state) { found.append(upload) }
                return found.count < count
            }
            return found
        }
    }

    /// The parts that are there with numbers above `after`, in order.
    /// - Throws: `UploadError.notFound`.
    package func parts(_ id: UploadID, tenant: TenantName, after: Int = 0, count: Int) throws -> [Part] {
        let seal = try seal(of: tenant)
        return try database.readTransaction { connection in
            let row = try requireRow(id, tenant, seal, on: connection)
            return try parts(of: row, after: after, count: count, seal, on: connection).map(\.part)
        }
    }

    /// The numbers of the parts that are missing: of all that the upload has, or up to the highest that came.
    /// - Throws: `UploadError.notFound`.
    package func missing(_ id: UploadID, tenant: TenantName) throws -> [ClosedRange<Int>] {
        let seal = try seal(of: tenant)
        return try database.readTransaction { connection in
            try missing(of: try requireRow(id, tenant, seal, on: connection), on: connection)
        }
    }

    /// Ends an upload that is not complete, and removes what came of it. Once more is of no effect.
    /// - Throws: `UploadError.notFound`, `.expired`, `.closed` for one that is complete, `.diskFull`, `.storage`.
    package func cancel(_ id: UploadID, tenant: TenantName) throws {
        let seal = try seal(of: tenant)
        let now = clock.now()
        try write { connection in
            let row = try requireRow(id, tenant, seal, on: connection)
            switch row.upload.state {
            case .cancelled: return
            case .complete, .ingested:
                throw UploadError(.closed, "The upload is \(row.upload.state.name): cancel what takes it in.")
            case .open, .failed, .verifying, .expired:
                try Self.checkLives(row.upload, now: now)
                try erase(row, as: .cancelled, seal, now: now, on: connection)
            }
        }
        removeBytes(of: id, UploadError(.cancelled, "The upload was cancelled."))
    }

    /// Marks an upload as taken in, within the caller's transaction on the same database.
    package func setIngested(_ id: UploadID, tenant: TenantName, on connection: any SQLConnection) throws {
        let seal = try seal(of: tenant)
        var row = try requireRow(id, tenant, seal, on: connection)
        row.upload.state = .ingested
        try update(row, seal, now: clock.now(), on: connection)
    }

    /// Removes the bytes of an upload that is complete or taken in; what is known of it stays. Once more is of no effect.
    /// - Throws: `UploadError.notFound`, `.closed` for one that is under way, `.diskFull`, `.storage`.
    package func remove(_ id: UploadID, tenant: TenantName) throws {
        let seal = try seal(of: tenant)
        try write { connection in
            let row = try requireRow(id, tenant, seal, on: connection)
            guard row.upload.holdsBytes else { return }
            guard row.upload.state == .complete || row.upload.state == .ingested else {
                throw UploadError(.closed, "The upload is \(row.upload.state.name).")
            }
            try erase(row, as: row.upload.state, seal, now: clock.now(), on: connection)
        }
        removeBytes(of: id, UploadError(.closed, "The upload was removed."))
    }

    /// Forgets the parts of an upload, and the key that they were sealed under.
    func erase(
        _ row: UploadRow, as state: Upload.State, _ seal: UploadSeal, now: Instant, on connection: any SQLConnection
    ) throws {
        try connection.execute("DELETE FROM upload_parts WHERE upload_number = $1", [.integer(row.number)])
        var upload = row.upload
        upload.state = state
        upload.holdsBytes = false
        try update(
            UploadRow(number: row.number, upload: upload, key: try SecretKey.random()), seal, now: now, on: connection)
    }

    /// Removes the files of an upload whose row says that it holds none.
    func removeBytes(of id: UploadID, _ error: UploadError) {
        stopWriters(of: id, error)
        FileSystem.removeFolder(path(of: id))
    }

    /// A transaction, with the database's errors as those of uploads.
    func write<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
        do {
            return try database.write(body)
        } catch let error as SQLError {
            throw Self.mapped(error)
        }
    }
}

extension Upload {
    /// As it is at a moment, be it written down yet or not.
    func seen(at now: Instant) -> Upload {
        guard state.takesParts, expires <= now else { return self }
        var upload = self
        upload.state = .expired
        return upload
    }
}
