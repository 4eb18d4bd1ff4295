internal import COpenSSL
internal import Glibc

/// 256 bits that are wiped from memory when the last holder lets go.
package final class SecretKey: @unchecked Sendable, CustomStringConvertible {
    // Safe to share: the bytes never change between `init` and `deinit`.
    private let storage: UnsafeMutableRawBufferPointer

    /// The size of every key, in bytes.
    package static let byteCount = 32

    /// Copies a key from `bytes`.
    /// - Throws: `VaultError.cryptography` if they are not 32.
    package init(copying bytes: UnsafeRawBufferPointer) throws(VaultError) {
        guard bytes.count == Self.byteCount else {
            throw VaultError(code: .cryptography, detail: "a key must have \(Self.byteCount) bytes")
        }
        storage = .allocate(byteCount: Self.byteCount, alignment: 16)
        storage.copyMemory(from: bytes)
    }

    /// Draws a new key from the system's generator.
    package static func random() throws(VaultError) -> SecretKey {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        guard RAND_priv_bytes(&bytes, Int32(byteCount)) == 1 else {
            throw VaultError(code: .cryptography, detail: "the system gives no random bytes")
        }
        defer { wipe(&bytes) }
        return try key(of: bytes)
    }

    /// Derives a key for one purpose: HMAC-SHA-256 of the label under this key.
    /// - Source: NIST SP 800-108, key derivation from a pseudo-random function with one block.
    package func derived(_ label: String) throws(VaultError) -> SecretKey {
        var output = [UInt8](repeating: 0, count: Self.byteCount)
        var length = 0
        let text = Array(label.utf8)
        let done = withBytes { key in
            EVP_Q_mac(
                nil, "HMAC", nil, "SHA256", nil, key.baseAddress, key.count, text, text.count, &output, output.count,
                &length)
        }
        defer { wipe(&output) }
        guard done != nil, length == Self.byteCount else {
            throw VaultError(code: .cryptography, detail: "HMAC-SHA-256 failed")
        }
        return try Self.key(of: output)
    }

    deinit {
        OPENSSL_cleanse(storage.baseAddress, storage.count)
        storage.deallocate()
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

    private static func key(of bytes: [UInt8]) throws(VaultError) -> SecretKey {
        let made = bytes.withUnsafeBytes { raw in
            Result { () throws(VaultError) in try SecretKey(copying: raw) }
        }
        return try made.get()
    }
}

/// Overwrites bytes with zeros in a way that the compiler keeps.
func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}
