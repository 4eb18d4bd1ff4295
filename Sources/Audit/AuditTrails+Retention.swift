package import Access
package import Base
internal import Glibc

extension AuditTrails {
    /// What a retirement did.
    package struct Retired: Hashable, Sendable {
        /// Entries before this number have no content any more.
        package var retainedFrom: UInt64
        /// Files of entries that were removed.
        package var files: Int
    }

    /// Removes the content of entries that are older than a moment, in whole files; their hashes stay, so that what
    /// remains can be proven and the whole be checked. An entry that says so is written and signed first.
    /// - Parameter cutoff: a file goes if the one after it was begun at this moment or before.
    /// - Throws: `AuditError`; what was removed until then stays so.
    package func retire(tenant: TenantName, olderThan cutoff: Instant) throws(AuditError) -> Retired {
        guard let trail = try existing(tenant) else { return Retired(retainedFrom: 0, files: 0) }
        let clock = clockForTrails
        let parts = trail.parts
        return try trail.perform { writer in
            let retired = try writer.retire(olderThan: cutoff, at: clock.now())
            parts.removeAll()
            return retired
        }
    }
}

extension TrailWriter {
    func retire(olderThan cutoff: Instant, at now: Instant) throws -> AuditTrails.Retired {
        let starts = try folder.logStarts()
        var end = starts.first ?? 0
        for start in starts.dropFirst() {
            guard try created(start) <= cutoff else { break }
            end = start
        }
        let gone = starts.filter { $0 < end }
        guard !gone.isEmpty else { return AuditTrails.Retired(retainedFrom: end, files: 0) }
        _ = try begin(1)
        try add(Retirement(end: end).entry(at: now))
        _ = try commit(at: now)
        try signHead(at: now)
        // From here on nobody reads them; then they go, the oldest first, so that what is left has no gap.
        let parts = live.retire(upTo: end)
        for path in gone.map(folder.log) + parts.map(folder.indexPart) {
            guard unlink(path) == 0 || errno == ENOENT else {
                throw TrailFile.failure(path, "cannot be removed", errno)
            }
        }
        try TrailFile.syncFolder(of: folder.keyFile)
        return AuditTrails.Retired(retainedFrom: end, files: gone.count)
    }

    private func created(_ start: UInt64) throws -> Instant {
        let file = try TrailFile(folder.log(from: start))
        let bytes = ByteWriter(capacity: LogFileHeader.byteCount)
        try file.read(LogFileHeader.byteCount, at: 0, into: bytes)
        guard let header = LogFileHeader(bytes.bytes, keys.id) else {
            throw AuditError(.damaged, "\(file.path) does not begin as a file of this trail does")
        }
        return header.created
    }
}
