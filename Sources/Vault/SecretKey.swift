internal import COpenSSL

/// 256 bits that are wiped from memory when the last holder lets go.
package final class SecretKey: @unchecked Sendable, CustomStringConvertible {
    // Safe to share: the bytes never change between `init` and `deinit`.
    private let storage: UnsafeMutableRawBufferPointer

    /// The size of every key, in bytes.
    package static let byteCount = 32

    /// A key whose bytes `fill` writes; it returns whether it could.
    /// - Throws: `VaultError.cryptography` with `failure` if it could not.
    private init(
        failure: @autoclosure () -> String, fill: (UnsafeMutableRawBufferPointer) -> Bool
    ) throws(VaultError) {
        storage = try KeyMemory.shared.take()
        guard fill(storage) else { throw VaultError(code: .cryptography, detail: failure()) }
    }

    /// Copies a key from `bytes`.
    /// - Throws: `VaultError.cryptography` if they are not 32.
    package convenience init(copying bytes: UnsafeRawBufferPointer) throws(VaultError) {
        try self.init(failure: "a key must have \(Self.byteCount) bytes") { storage in
            guard bytes.count == storage.count else { return false }
            storage.copyMemory(from: bytes)
            return true
        }
    }

    /// Draws a new key from the system's generator.
    package static func random() throws(VaultError) -> SecretKey {
        try SecretKey(failure: "the system gives no random bytes", fill: SecretBytes.draw)
    }

    /// Derives a key for one purpose: HMAC-SHA-256 of the label under this key.
    /// - Source: NIST SP 800-108, key derivation from a pseudo-random function with one block.
    package func derived(_ label: String) throws(VaultError) -> SecretKey {
        let text = Array(label.utf8)
        return try SecretKey(failure: "HMAC-SHA-256 failed") { storage in
            var length = 0
            let done = withBytes { key in
                EVP_Q_mac(
                    nil, "HMAC", nil, "SHA256", nil, key.baseAddress, key.count, text, text.count,
                    storage.baseAddress?.assumingMemoryBound(to: UInt8.self), storage.count, &length)
            }
            return done != nil && length == Self.byteCount
        }
    }

    deinit {
        KeyMemory.shared.give(storage)
    }

    /// Hands out the bytes; no copy of them may outlive `body`.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(storage))
    }

    /// A key is never printed.
    package var description: String { "‹key›" }
}
