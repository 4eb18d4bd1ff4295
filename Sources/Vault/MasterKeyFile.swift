internal import Glibc

/// The master key in a file of its own: 64 hexadecimal digits, mode 0600.
package enum MasterKeyFile {
    /// Reads the key, or makes the file with a new one.
    /// - Parameters:
    ///   - path: the file.
    ///   - mayCreate: whether a missing file is made; never where a key store exists that an older key has wrapped.
    /// - Throws: `VaultError.masterKey` if the file can be read by others, is malformed, is missing or cannot be made.
    package static func load(path: String, mayCreate: Bool) throws(VaultError) -> SecretKey {
        if let key = try read(path) { return key }
        guard mayCreate else { throw failure(path, "cannot be opened: \(String(cString: strerror(ENOENT)))") }
        let key = try SecretKey.random()
        try write(key, to: path)
        return key
    }

    /// Replaces the key in a file, in steps that each leave one from which the store opens: the new key is written
    /// beside it, `rewrap` wraps the store's keys under it, then its file takes the other's place.
    static func replace(path: String, rewrap: (SecretKey) throws -> Void) throws {
        let key = try SecretKey.random()
        try? remove(staged(path))
        try write(key, to: staged(path))
        // If this fails, the store may belong to either: the next start finds out, and keeps the one that fits.
        try rewrap(key)
        try adoptStaged(path)
    }

    /// The key of a rotation that was cut short, if there is one.
    static func stagedKey(path: String) throws(VaultError) -> SecretKey? {
        try read(staged(path))
    }

    /// Puts the key that was written beside the file in its place.
    static func adoptStaged(_ path: String) throws(VaultError) {
        let old = open(path, O_WRONLY | O_CLOEXEC)
        guard rename(staged(path), path) == 0 else {
            if old >= 0 { close(old) }
            throw failure(path, "cannot be replaced: \(String(cString: strerror(errno)))")
        }
        try syncFolder(of: path)
        guard old >= 0 else { return }
        // Best effort: the old key's digits go from the disk where it writes in place.
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: 65)
        _ = pwrite(old, zeros, zeros.count, 0)
        _ = fsync(old)
        close(old)
    }

    /// Removes a key that no store belongs to.
    static func removeStaged(_ path: String) throws(VaultError) {
        try remove(staged(path))
    }

    private static func staged(_ path: String) -> String { path + ".new" }

    private static func remove(_ path: String) throws(VaultError) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw failure(path, "cannot be removed: \(String(cString: strerror(errno)))")
        }
        try syncFolder(of: path)
    }

    /// - Returns: `nil` if there is no file.
    private static func read(_ path: String) throws(VaultError) -> SecretKey? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path, "cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & 0o077 == 0 else {
            throw failure(path, "can be read by others: set its mode to 0600")
        }
        var text = [UInt8](repeating: 0, count: 256)
        defer { SecretBytes.erase(&text) }
        let count = Glibc.read(descriptor, &text, text.count)
        guard let key = try KeyText.key(text.prefix(max(0, count))) else {
            throw failure(path, "holds no key of 64 hexadecimal digits")
        }
        return key
    }

    private static func write(_ key: SecretKey, to path: String) throws(VaultError) {
        var text = KeyText.line(key)
        defer { SecretBytes.erase(&text) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path, "cannot be made: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            unlink(path)
            throw failure(path, "cannot be written: \(String(cString: strerror(errno)))")
        }
        try syncFolder(of: path)
    }

    /// Makes the file's name durable, not only its content: a lost master key loses everything.
    private static func syncFolder(of path: String) throws(VaultError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "lies in a folder that cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path, "lies in a folder that cannot be made durable") }
    }

    private static func failure(_ path: String, _ what: String) -> VaultError {
        VaultError(code: .masterKey, detail: "the master key file \(path) \(what)")
    }
}
