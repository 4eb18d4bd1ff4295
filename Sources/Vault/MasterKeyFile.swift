internal import Glibc

/// The master key in a file of its own: 64 hexadecimal digits, mode 0600.
package enum MasterKeyFile {
    /// Reads the key, or makes the file with a new one.
    /// - Parameters:
    ///   - path: the file.
    ///   - mayCreate: whether a missing file is made; never where a key store exists that an older key has wrapped.
    /// - Throws: `VaultError.masterKey` if the file can be read by others, is malformed, is missing or cannot be made.
    package static func load(path: String, mayCreate: Bool) throws(VaultError) -> SecretKey {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 {
            defer { close(descriptor) }
            return try load(descriptor, path: path)
        }
        guard errno == ENOENT, mayCreate else {
            throw failure(path, "cannot be opened: \(String(cString: strerror(errno)))")
        }
        return try create(path: path)
    }

    private static func load(_ descriptor: Int32, path: String) throws(VaultError) -> SecretKey {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & 0o077 == 0 else {
            throw failure(path, "can be read by others: set its mode to 0600")
        }
        var text = [UInt8](repeating: 0, count: 256)
        defer { wipe(&text) }
        let count = read(descriptor, &text, text.count)
        let digits = text.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
        var bytes = hexDecoded(digits)
        defer { wipe(&bytes) }
        let key = bytes.withUnsafeBytes { raw in Result { () throws(VaultError) in try SecretKey(copying: raw) } }
        guard case .success(let key) = key else { throw failure(path, "holds no key of 64 hexadecimal digits") }
        return key
    }

    private static func create(path: String) throws(VaultError) -> SecretKey {
        let key = try SecretKey.random()
        var text: [UInt8] = key.withBytes { bytes in
            bytes.flatMap { byte in [hexDigit(byte >> 4), hexDigit(byte & 15)] } + [UInt8(ascii: "\n")]
        }
        defer { wipe(&text) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path, "cannot be made: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            unlink(path)
            throw failure(path, "cannot be written: \(String(cString: strerror(errno)))")
        }
        try syncFolder(of: path)
        return key
    }

    /// Makes the file's name durable, not only its content: a lost master key loses everything.
    private static func syncFolder(of path: String) throws(VaultError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "lies in a folder that cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path, "lies in a folder that cannot be made durable") }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func hexDecoded(_ digits: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { return [] }
            if let first = high {
                bytes.append(first << 4 | UInt8(value))
                high = nil
            } else {
                high = UInt8(value)
            }
        }
        return high == nil ? bytes : []
    }

    private static func failure(_ path: String, _ what: String) -> VaultError {
        VaultError(code: .masterKey, detail: "the master key file \(path) \(what)")
    }
}
