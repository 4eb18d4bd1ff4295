internal import Glibc

/// A file apart from a database that remembers how far its rows had come, so that an older copy of the database is told
/// from the newest. It holds a number and no secret.
package struct RowAnchor: Sendable {
    package let path: String

    private static let start = "martlet rows 1 "
    private static let bytesMax = 64

    package init(path: String) {
        self.path = path
    }

    /// - Returns: `nil` if there is no such file.
    /// - Throws: `VaultError.damaged` if it is no anchor, `.storage`.
    func load() throws(VaultError) -> UInt64? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot be opened")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw failure("cannot be read") }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        guard text.hasPrefix(Self.start), text.hasSuffix("\n"),
            let epoch = UInt64(text.dropFirst(Self.start.count).dropLast())
        else { throw VaultError(code: .damaged, detail: "\(path) is no anchor of a database") }
        return epoch
    }

    /// Puts a number in place of the one before; durable when this returns.
    /// - Throws: `VaultError.storage`; the number before is still there then.
    func save(_ epoch: UInt64) throws(VaultError) {
        let draft = path + ".part"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be written") }
        let bytes = Array((Self.start + "\(epoch)\n").utf8)
        let isWritten = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let reason = errno
        close(descriptor)
        guard isWritten, rename(draft, path) == 0 else {
            if !isWritten { errno = reason }
            let error = failure("cannot be written")
            unlink(draft)
            throw error
        }
        let folder = open(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/", O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw failure("may be lost: its folder cannot be opened") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure("may be lost") }
    }

    private func failure(_ what: String) -> VaultError {
        VaultError(code: .storage, detail: "\(path) \(what): \(String(cString: strerror(errno)))")
    }
}
