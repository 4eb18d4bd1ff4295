internal import Glibc

/// A private key as text that ends with a NUL; overwritten before its memory is given back, and never printed.
final class PrivateKeyText: @unchecked Sendable, CustomStringConvertible {
    // Safe to share: the bytes never change between `init` and `deinit`.
    private let storage: UnsafeMutablePointer<CChar>
    private let capacity: Int

    private static let fileBytesMax = 1 << 20

    init(copying text: String) {
        let count = text.utf8.count
        capacity = count + 1
        storage = .allocate(capacity: capacity)
        for (index, byte) in text.utf8.enumerated() { storage[index] = CChar(bitPattern: byte) }
        storage[count] = 0
    }

    /// Reads a file.
    /// - Throws: `ServerError.tlsUnreadable`.
    init(reading path: String) throws(ServerError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw ServerError(.tlsUnreadable, "Cannot read \(path): \(String(cString: strerror(errno))).")
        }
        defer { close(descriptor) }
        // Room for the largest file at once: memory that grew would leave pieces of the key behind.
        let room = Self.fileBytesMax + 1
        let text = UnsafeMutablePointer<CChar>.allocate(capacity: room)
        var count = 0
        var failure: String?
        while count < room {
            let got = read(descriptor, text + count, room - count)
            if got == 0 { break }
            if got > 0 {
                count += got
            } else if errno != EINTR {
                failure = String(cString: strerror(errno))
                break
            }
        }
        if failure == nil && count == room { failure = "it is larger than \(Self.fileBytesMax) bytes" }
        capacity = count + 1
        storage = .allocate(capacity: capacity)
        storage.update(from: text, count: failure == nil ? count : 0)
        storage[failure == nil ? count : 0] = 0
        explicit_bzero(text, count)
        text.deallocate()
        if let failure { throw ServerError(.tlsUnreadable, "Cannot read \(path): \(failure).") }
    }

    deinit {
        explicit_bzero(storage, capacity)
        storage.deallocate()
    }

    /// Lends the text; no copy of it may outlive `body`.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        defer { withExtendedLifetime(self) {} }
        return body(storage)
    }

    var description: String { "‹key›" }
}
