internal import Access
internal import Base

/// The parts that come right now, and the room that is reserved for them.
final class LiveWriters: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var writers: [UploadID: [ObjectIdentifier: PartWriter]] = [:]
    private var reserved: [TenantName: UInt64] = [:]

    /// Books bytes of a tenant.
    /// - Parameter left: how many there are beside those that are reserved, which it is given.
    /// - Throws: `UploadError.quota`, and what `left` throws.
    func reserve(_ bytes: UInt64, _ tenant: TenantName, left: (UInt64) throws -> UInt64) throws {
        guard bytes > 0 else { return }
        try lock.withLock {
            let left = try left(reserved[tenant] ?? 0)
            guard bytes <= left else {
                throw UploadError(
                    .quota(bytesLeft: left), "The uploads of this tenant have room for \(left) bytes more.")
            }
            reserved[tenant, default: 0] += bytes
        }
    }

    func release(_ bytes: UInt64, _ tenant: TenantName) {
        guard bytes > 0 else { return }
        lock.withLock {
            let rest = (reserved[tenant] ?? 0) - min(bytes, reserved[tenant] ?? 0)
            reserved[tenant] = rest > 0 ? rest : nil
        }
    }

    func insert(_ writer: PartWriter) {
        lock.withLock { writers[writer.row.upload.id, default: [:]][ObjectIdentifier(writer)] = writer }
    }

    func remove(_ writer: PartWriter) {
        let id = writer.row.upload.id
        lock.withLock {
            writers[id]?[ObjectIdentifier(writer)] = nil
            if writers[id]?.isEmpty == true { writers[id] = nil }
        }
        release(writer.reservedBytes, writer.row.upload.tenant)
    }

    func stop(_ id: UploadID, _ error: UploadError) {
        for writer in lock.withLock({ Array((writers[id] ?? [:]).values) }) { writer.stop(error) }
    }

    func stopAll(_ error: UploadError) {
        for writer in lock.withLock({ writers.values.flatMap { Array($0.values) } }) { writer.stop(error) }
    }
}
