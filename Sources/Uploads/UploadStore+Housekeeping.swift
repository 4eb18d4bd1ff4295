internal import Access
internal import Base
internal import Glibc
internal import SQLDatabase

/// What nobody asks for.
extension UploadStore {
    /// Ends the uploads for which nothing came for too long, and forgets those that ended long ago.
    /// - Throws: `UploadError.diskFull`, `.storage`; what was done stays done.
    package func expire() throws {
        let now = clock.now()
        for (id, tenant) in try ids(
            "SELECT upload_id, tenant FROM upload_uploads WHERE state IN (1, 7) AND expires_at <= $1",
            [.integer(now.microseconds)])
        {
            let seal = try seal(of: tenant)
            let isEnded = try write { connection -> Bool in
                // A part may have come in between.
                guard let row = try row(id, tenant, seal, on: connection), row.upload.state.takesParts,
                    row.upload.expires <= now
                else { return false }
                try erase(row, as: .expired, seal, now: now, on: connection)
                return true
            }
            if isEnded { removeBytes(of: id, Self.expired) }
        }
        try forget(before: now.advanced(bySeconds: -options.rememberedSeconds))
    }

    private func forget(before moment: Instant) throws {
        try write { connection in
            try connection.execute(
                "DELETE FROM upload_uploads WHERE state IN (4, 5, 6) AND holds_bytes = 0 AND changed_at <= $1",
                [.integer(moment.microseconds)])
        }
    }

    func idsBeingVerified() throws -> [VerifiedUpload] {
        try ids("SELECT upload_id, tenant FROM upload_uploads WHERE state = 2 ORDER BY upload_number", [])
            .map { VerifiedUpload(id: $0.id, tenant: $0.tenant) }
    }

    private func ids(_ sql: String, _ values: [SQLValue]) throws -> [(id: UploadID, tenant: TenantName)] {
        var found: [(id: UploadID, tenant: TenantName)] = []
        try database.read { connection in
            try connection.query(sql, values) { row in
                if let id = UploadID(row.text(0)), let tenant = TenantName(row.text(1)) { found.append((id, tenant)) }
                return true
            }
        }
        return found
    }

    /// Removes folders without a row that holds bytes, and files without a part's row: nobody was told of them.
    func removeOrphans() throws {
        for folderName in FileSystem.names(in: folder) {
            guard UploadID(folderName) != nil else { continue }
            var known: Set<String>?
            try database.readTransaction { connection in
                var number: Int64?
                try connection.query(
                    "SELECT upload_number FROM upload_uploads WHERE upload_id = $1 AND holds_bytes = 1",
                    [.text(folderName)]
                ) { row in
                    number = row.integer(0)
                    return false
                }
                guard let number else { return }
                var names: Set<String> = []
                try connection.query(
                    "SELECT part_number, token FROM upload_parts WHERE upload_number = $1", [.integer(number)]
                ) { row in
                    names.insert(Self.fileName(Int(row.integer(0)), row.integer(1)))
                    return true
                }
                known = names
            }
            let path = folder + "/" + folderName
            guard let known else {
                FileSystem.removeFolder(path)
                continue
            }
            for name in FileSystem.names(in: path) where !known.contains(name) { unlink(path + "/" + name) }
        }
    }
}

/// Does something now and then, on a thread of its own.
final class Housekeeping: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var thread: WorkerThread?
    private var isStopped = false

    private static let periodMilliseconds = 60_000

    func start(_ body: @escaping @Sendable () -> Void) {
        lock.withLock {
            guard thread == nil, !isStopped else { return }
            thread = WorkerThread(name: "upload cleanup") { [self] in
                while true {
                    body()
                    lock.withLock { if !isStopped { lock.wait(milliseconds: Self.periodMilliseconds) } }
                    if lock.withLock({ isStopped }) { return }
                }
            }
        }
    }

    func stop() {
        let thread = lock.withLock {
            isStopped = true
            lock.signalAll()
            return self.thread
        }
        thread?.join()
    }
}
