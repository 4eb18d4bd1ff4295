internal import Base
internal import Glibc

/// The secret that every request to the records must bring. It never prints.
package struct AccessToken: Sendable, CustomStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    private static let characterCountMin = 32
    private static let characterCountMax = 512

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads the token's file, or makes it with 256 random bits in base64url and mode 0600.
    /// - Throws: `MartletError.token` if others can read the file, or it holds no token; `MartletError.folder`.
    package static func load(_ folder: DataFolder) throws(MartletError) -> AccessToken {
        let path = folder.token
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw unusable(path, "cannot be opened: \(String(cString: strerror(errno)))") }
            return try create(path)
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & 0o077 == 0 else {
            throw unusable(path, "can be read by others: set its mode to 0600")
        }
        var text = [UInt8](repeating: 0, count: characterCountMax + 2)
        let count = read(descriptor, &text, text.count)
        let token = Array(text.prefix(max(count, 0)).prefix { $0 != 0x0A && $0 != 0x0D })
        guard (characterCountMin...characterCountMax).contains(token.count),
            token.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw unusable(
                path, "holds no token of at least \(characterCountMin) characters: remove it and a new one is made")
        }
        return AccessToken(bytes: token)
    }

    /// Whether a client's token is this one. Takes the same time wherever they differ.
    package func matches(_ other: String) -> Bool {
        var difference = 0
        var index = 0
        for byte in other.utf8 {
            difference |= Int(byte ^ bytes[index % bytes.count])
            index += 1
        }
        return difference == 0 && index == bytes.count
    }

    /// A token is never printed.
    package var description: String { "‹token›" }

    package var customMirror: Mirror { Mirror(self, children: [:]) }

    private static func create(_ path: String) throws(MartletError) -> AccessToken {
        var generator = SystemRandomNumberGenerator()
        let random = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let token = AccessToken(bytes: Array(random.withUnsafeBytes(Base64URL.encode).utf8))
        // Under another name until it is whole: a file cut short by a crash would be taken for a token.
        let draft = path + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unusable(path, "cannot be made: \(String(cString: strerror(errno)))") }
        let text = token.bytes + [0x0A]
        let isWritten = write(descriptor, text, text.count) == text.count && fsync(descriptor) == 0
        let reason = String(cString: strerror(errno))
        close(descriptor)
        guard isWritten, rename(draft, path) == 0 else {
            unlink(draft)
            throw unusable(path, "cannot be written: \(reason)")
        }
        return token
    }

    private static func unusable(_ path: String, _ what: String) -> MartletError {
        MartletError(.token, "the access token's file \(path) \(what)")
    }
}
