internal import Base
internal import Glibc

/// An open file of a trail.
final class TrailFile: Sendable {
    let path: String
    let descriptor: Int32

    enum Mode {
        case read, write
    }

    /// - Throws: `AuditError.missing` if it is not there; `AuditError.storage`.
    init(_ path: String, _ mode: Mode = .read, creates: Bool = false) throws(AuditError) {
        var flags = (mode == .read ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW
        if creates { flags |= O_CREAT }
        descriptor = open(path, flags, 0o600)
        self.path = path
        guard descriptor >= 0 else {
            let code: AuditError.Code = errno == ENOENT ? .missing : .storage
            throw AuditError(code, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
    }

    /// Bytes of the file.
    func byteCount() throws(AuditError) -> UInt64 {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw Self.failure(path, "cannot be looked at", errno) }
        return UInt64(facts.st_size)
    }

    /// Reads bytes at an offset until the target is full or the file ends.
    /// - Returns: how many.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(AuditError) -> Int {
        try read(into: target, at: offset, by: SystemStorage())
    }

    func read(
        into target: UnsafeMutableRawBufferPointer, at offset: UInt64, by storage: some TrailStorage
    ) throws(AuditError) -> Int {
        let count = storage.read(into: target, from: descriptor, at: offset)
        guard count >= 0 else { throw Self.failure(path, "cannot be read", Int32(clamping: -count)) }
        return count
    }

    /// Appends up to `count` bytes at an offset to a writer.
    /// - Returns: how many there were.
    @discardableResult
    func read(_ count: Int, at offset: UInt64, into writer: ByteWriter) throws(AuditError) -> Int {
        writer.reserve(count)
        let done = try read(
            into: UnsafeMutableRawBufferPointer(start: writer.base + writer.count, count: count), at: offset)
        writer.count += done
        return done
    }

    /// The whole file.
    /// - Throws: `AuditError.damaged` if it has more bytes than `bytesMax`.
    static func contents(_ path: String, bytesMax: Int) throws(AuditError) -> [UInt8] {
        let file = try TrailFile(path)
        let count = try file.byteCount()
        guard count <= UInt64(bytesMax) else { throw AuditError(.damaged, "\(path) is larger than it can be") }
        let writer = ByteWriter(capacity: Int(count))
        try file.read(Int(count), at: 0, into: writer)
        return writer.copy()
    }

    /// Puts a file in place of what stands there, whole and durable, or throws and leaves that.
    static func replace(_ path: String, with bytes: [UInt8], _ storage: any TrailStorage) throws(AuditError) {
        let draft = path + ".new"
        unlink(draft)
        do throws(AuditError) {
            let file = try TrailFile(draft, .write, creates: true)
            let failure = bytes.withUnsafeBytes { storage.write($0, to: file.descriptor, at: 0) }
            guard failure == 0 else { throw Self.failure(path, "cannot be written", failure) }
            let unsynced = storage.sync(file.descriptor)
            guard unsynced == 0 else { throw Self.failure(path, "cannot be made durable", unsynced) }
            guard rename(draft, path) == 0 else { throw Self.failure(path, "cannot be put in place", errno) }
        } catch {
            unlink(draft)
            throw error
        }
        try syncFolder(of: path)
    }

    /// Makes the names of a folder durable.
    static func syncFolder(of path: String) throws(AuditError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder, "cannot be opened", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder, "cannot be made durable", errno) }
    }

    static func failure(_ path: String, _ what: String, _ number: Int32) -> AuditError {
        AuditError(.storage, "\(path) \(what): \(String(cString: strerror(number)))")
    }
}
