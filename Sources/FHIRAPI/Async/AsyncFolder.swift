internal import Access
internal import Base
internal import Glibc
internal import Vault

/// Where exports lie on the disk: a folder for each tenant, in it one for each export, in it the sealed state under
/// `job` and its files. A file has its name only once it is whole and durable.
struct AsyncFolder: Sendable {
    let path: String

    private static let stateName = "job"
    private static let stateBytesMax = 64 << 20

    func path(of job: AsyncJob) -> String { path(job.tenant, job.id) }

    private func path(_ tenant: TenantName, _ id: String) -> String { "\(path)/\(tenant)/\(id)" }

    /// Writes an export's state in place of the one before, durable when this returns.
    /// - Parameter key: the tenant's.
    /// - Throws: `FHIRAPIError.storageFull`, `.failed`; the state before is still there then.
    func save(_ job: AsyncJob, key: SecretKey) throws {
        let folder = path(of: job)
        for made in [path, "\(path)/\(job.tenant)", folder] where mkdir(made, 0o700) != 0 && errno != EEXIST {
            throw Self.failure()
        }
        let plain = ByteWriter(capacity: 4096)
        defer { plain.wipe() }
        job.write(to: plain)
        let sealed = ByteWriter(capacity: plain.count + 64)
        try Self.withContext(job.tenant, job.id) {
            try Sealer().seal(plain.bytes, key: key, context: $0, into: sealed)
        }
        let target = folder + "/" + Self.stateName
        let draft = target + ".part"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure() }
        defer { close(descriptor) }
        try Self.write(sealed.bytes, to: descriptor)
        guard fsync(descriptor) == 0, rename(draft, target) == 0 else { throw Self.failure() }
        try Self.makeDurable(folder)
    }

    /// All exports of all tenants. What cannot be read, as its keys or a part of it are gone, is removed.
    /// - Parameter key: gives a tenant's key.
    func load(key: (TenantName) throws -> SecretKey) throws -> [AsyncJob] {
        var jobs: [AsyncJob] = []
        for tenant in Self.names(in: path).compactMap(TenantName.init) {
            let ids = Self.names(in: "\(path)/\(tenant)")
            if ids.isEmpty { continue }
            let key = try key(tenant)
            for id in ids {
                if let job = read(tenant, id, key) {
                    jobs.append(job)
                } else {
                    remove(tenant, id)
                }
            }
        }
        return jobs
    }

    private func read(_ tenant: TenantName, _ id: String, _ key: SecretKey) -> AsyncJob? {
        let descriptor = open(path(tenant, id) + "/" + Self.stateName, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_size <= Self.stateBytesMax else { return nil }
        let sealed = ByteWriter(capacity: Int(facts.st_size) + 1)
        guard Self.read(Int(facts.st_size), from: descriptor, into: sealed) else { return nil }
        let plain = ByteWriter(capacity: Int(facts.st_size) + 64)
        defer { plain.wipe() }
        do {
            try Self.withContext(tenant, id) { try Sealer().open(sealed.bytes, key: key, context: $0, into: plain) }
        } catch {
            return nil
        }
        guard let job = AsyncJob(plain.bytes), job.id == id, job.tenant == tenant else { return nil }
        return job
    }

    /// Removes an export. Its state goes first, and with it the key without which its files say nothing.
    func remove(_ job: AsyncJob) {
        remove(job.tenant, job.id)
    }

    /// Removes all exports of a tenant.
    func removeAll(of tenant: TenantName) {
        for id in Self.names(in: "\(path)/\(tenant)") { remove(tenant, id) }
    }

    private func remove(_ tenant: TenantName, _ id: String) {
        let folder = path(tenant, id)
        unlink(folder + "/" + Self.stateName)
        for name in Self.names(in: folder) { unlink(folder + "/" + name) }
        rmdir(folder)
    }

    /// Removes the files that are not whole.
    func removeDrafts(of job: AsyncJob) {
        let folder = path(of: job)
        let kept = Set(job.files.map(\.name) + [Self.stateName])
        for name in Self.names(in: folder) where !kept.contains(name) { unlink(folder + "/" + name) }
    }

    private static func withContext(
        _ tenant: TenantName, _ id: String, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        let context = Array("export \(tenant) \(id)".utf8)
        try context.withUnsafeBytes(body)
    }

    private static func names(in folder: String) -> [String] {
        guard let entries = opendir(folder) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// Makes what a folder lists durable.
    static func makeDurable(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Reads that many bytes; `false` if there are fewer.
    static func read(_ count: Int, from descriptor: Int32, into writer: ByteWriter) -> Bool {
        writer.reserve(count)
        var left = count
        while left > 0 {
            let got = Glibc.read(descriptor, writer.base + writer.count, left)
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else { return false }
            writer.count += got
            left -= got
        }
        return true
    }

    static func failure() -> FHIRAPIError {
        let reason = String(cString: strerror(errno))
        return errno == ENOSPC || errno == EDQUOT
            ? FHIRAPIError(.storageFull, .noStore, "The server has no room for the export.")
            : FHIRAPIError(
                .failed, .exception, "The server cannot keep the export.",
                cause: AsyncFileError(detail: "an export's file: \(reason)"))
    }
}

/// What the system says of a file of an export, for the log.
struct AsyncFileError: Error, CustomStringConvertible {
    var detail: String
    var description: String { detail }
}
