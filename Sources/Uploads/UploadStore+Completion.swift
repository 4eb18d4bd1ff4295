package import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// Completing uploads.
extension UploadStore {
    /// How much is read at a time to make the digest of a whole.
    private static let verifiedBytes = 1 << 20

    /// Completes an upload: all its parts are there, their sizes add up, and its digest is right where one was stated.
    /// What takes it in has then been told in the same transaction. Of several calls, one completes it; all get the same.
    /// - Parameter waitMilliseconds: how long to wait for the digest.
    /// - Returns: the upload, complete or still being verified.
    /// - Throws: `UploadError.notFound`, `.cancelled`, `.expired`, `.incomplete`, `.totalMismatch`, `.wholeMismatch`,
    ///   `.stopping`, `.diskFull`, `.storage`; what `start`'s `begin` throws. Parts can be sent or replaced then, and the
    ///   upload completed again.
    package func complete(_ id: UploadID, tenant: TenantName, waitMilliseconds: Int) throws -> Upload {
        let seal = try seal(of: tenant)
        let begin = try verifier.begin
        let upload = try write { try complete(id, tenant, seal, begin, on: $0) }
        if upload.state == .failed { throw Self.wholeMismatch }
        guard upload.state == .verifying else { return upload }
        let verified = VerifiedUpload(id: id, tenant: tenant)
        verifier.add(verified)
        verifier.wait(for: verified, milliseconds: waitMilliseconds)
        guard let now = try self.upload(id, tenant: tenant) else { throw Self.notFound }
        if now.state == .failed { throw UploadError(.wholeMismatch, now.problem ?? Self.wholeMismatch.detail) }
        try Self.checkLives(now, now: clock.now())
        return now
    }

    private static var wholeMismatch: UploadError {
        UploadError(
            .wholeMismatch,
            "All parts are there, and the whole is not what its sha256 says. Replace the parts that are wrong.")
    }

    private func complete(
        _ id: UploadID, _ tenant: TenantName, _ seal: UploadSeal, _ begin: Begin, on connection: any SQLConnection
    ) throws -> Upload {
        var row = try requireRow(id, tenant, seal, on: connection)
        let now = clock.now()
        try Self.checkLives(row.upload, now: now)
        guard row.upload.state.takesParts else { return row.upload }
        let missing = try missing(of: row, on: connection)
        guard missing.isEmpty else {
            throw UploadError(.incomplete(missing: missing), "Parts are missing.")
        }
        if let size = row.upload.facts.size, size != row.upload.receivedBytes {
            throw UploadError(
                .totalMismatch(stated: size, received: row.upload.receivedBytes),
                "All parts are there with \(row.upload.receivedBytes) bytes, and the upload was to have \(size).")
        }
        if let stated = row.upload.facts.sha256 {
            guard row.upload.receivedParts == 1 else {
                row.upload.state = .verifying
                try update(row, seal, now: now, on: connection)
                return row.upload
            }
            guard try part(1, of: row, seal, on: connection)?.part.sha256 == stated else {
                row.upload.state = .failed
                row.upload.problem = Self.wholeMismatch.detail
                try update(row, seal, now: now, on: connection)
                return row.upload
            }
        }
        return try conclude(&row, seal, begin, now: now, on: connection)
    }

    private func conclude(
        _ row: inout UploadRow, _ seal: UploadSeal, _ begin: Begin, now: Instant, on connection: any SQLConnection
    ) throws -> Upload {
        row.upload.state = .complete
        row.upload.problem = nil
        try update(row, seal, now: now, on: connection)
        if let ingest = try begin(row.upload, connection) {
            row.upload.ingest = ingest
            try update(row, seal, now: now, on: connection)
        }
        return row.upload
    }

    /// Makes the digest of a whole upload and goes by it.
    func verify(_ verified: VerifiedUpload) throws {
        do {
            guard let made = try digest(of: verified) else { return }
            let seal = try seal(of: verified.tenant)
            let begin = try verifier.begin
            try write { connection in
                guard var row = try row(verified.id, verified.tenant, seal, on: connection),
                    row.upload.state == .verifying
                else { return }
                if made == row.upload.facts.sha256 {
                    _ = try conclude(&row, seal, begin, now: clock.now(), on: connection)
                } else {
                    try fail(&row, Self.wholeMismatch.detail, seal, on: connection)
                }
            }
        } catch let error as UploadError where error.code == .stopping {
            // It goes on at the next start.
            return
        } catch {
            try giveUp(verified, error)
        }
    }

    /// Has an upload fail that can't be verified; one that was cancelled meanwhile is nothing to tell of.
    private func giveUp(_ verified: VerifiedUpload, _ error: any Error) throws {
        let seal = try seal(of: verified.tenant)
        let wasWaiting = try write { connection -> Bool in
            guard var row = try row(verified.id, verified.tenant, seal, on: connection),
                row.upload.state == .verifying
            else { return false }
            let known = error as? UploadError
            let detail = known?.code == .damaged ? known?.detail : nil
            try fail(&row, detail ?? "The upload could not be verified. Complete it again.", seal, on: connection)
            return true
        }
        if wasWaiting { throw error }
    }

    private func fail(
        _ row: inout UploadRow, _ problem: String, _ seal: UploadSeal, on connection: any SQLConnection
    ) throws {
        let now = clock.now()
        row.upload.state = .failed
        row.upload.problem = problem
        row.upload.expires = now.advanced(bySeconds: options.idleSeconds)
        try update(row, seal, now: now, on: connection)
    }

    /// - Returns: `nil` if the upload is not to be verified any more.
    private func digest(of verified: VerifiedUpload) throws -> [UInt8]? {
        guard let content = try content(verified.id, tenant: verified.tenant, in: [.verifying]) else { return nil }
        let digest = try StreamDigest(.sha256)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.verifiedBytes, alignment: 16)
        defer { buffer.deallocate() }
        var offset: UInt64 = 0
        while offset < content.byteCount {
            guard !verifier.isStopped else { throw UploadError(.stopping, "The server is stopping.") }
            let count = try content.read(into: buffer, at: offset)
            guard count > 0 else { throw UploadError(.damaged, "The upload ends before its end.") }
            try digest.update(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
            offset += UInt64(count)
        }
        return try digest.finish()
    }

    /// The bytes of an upload that is complete.
    /// - Throws: `UploadError.notFound`; `.closed` for one that is not complete, or whose bytes were removed.
    package func content(_ id: UploadID, tenant: TenantName) throws -> UploadContent {
        guard let content = try content(id, tenant: tenant, in: [.complete, .ingested]) else {
            throw UploadError(.closed, "The upload is not complete, or its bytes were removed.")
        }
        return content
    }

    private func content(
        _ id: UploadID, tenant: TenantName, in states: Set<Upload.State>
    ) throws -> UploadContent? {
        let seal = try seal(of: tenant)
        return try database.readTransaction { connection in
            let row = try requireRow(id, tenant, seal, on: connection)
            guard row.upload.holdsBytes, states.contains(row.upload.state) else { return nil }
            let parts = try parts(of: row, after: 0, count: .max, seal, on: connection)
            return UploadContent(
                id, key: row.key,
                parts: parts.map { part in
                    let path = path(of: id, part: part.part.number, token: part.token)
                    return (part: part, path: path)
                })
        }
    }
}
