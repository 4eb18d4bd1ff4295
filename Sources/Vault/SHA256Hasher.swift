internal import COpenSSL

/// Hashes many texts with SHA-256, one after the other. One a thread.
/// - Source: FIPS 180-4.
package final class SHA256Hasher {
    private let context: OpaquePointer
    private let algorithm: OpaquePointer

    /// Bytes of a hash.
    package static let byteCount = 32

    /// - Throws: `VaultError.cryptography` if the library has no SHA-256.
    package init() throws(VaultError) {
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else { throw Self.failure() }
        guard let context = EVP_MD_CTX_new() else {
            EVP_MD_free(algorithm)
            throw Self.failure()
        }
        self.algorithm = algorithm
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
        EVP_MD_free(algorithm)
    }

    /// Writes the hash of a byte, then `first`, then `second`.
    /// - Parameter target: at least `byteCount` bytes; may be where `first` or `second` lie.
    /// - Throws: `VaultError.cryptography`.
    package func hash(
        _ prefix: UInt8, _ first: UnsafeRawBufferPointer,
        _ second: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        into target: UnsafeMutableRawPointer
    ) throws(VaultError) {
        var prefix = prefix
        var length: UInt32 = 0
        let isDone =
            EVP_DigestInit_ex2(context, algorithm, nil) == 1
            && EVP_DigestUpdate(context, &prefix, 1) == 1
            && EVP_DigestUpdate(context, first.baseAddress, first.count) == 1
            && EVP_DigestUpdate(context, second.baseAddress, second.count) == 1
            && EVP_DigestFinal_ex(context, target.assumingMemoryBound(to: UInt8.self), &length) == 1
        guard isDone else { throw Self.failure() }
    }

    /// The hash of bytes.
    /// - Throws: `VaultError.cryptography`.
    package static func hash(_ bytes: UnsafeRawBufferPointer) throws(VaultError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: byteCount)
        var length = 0
        guard EVP_Q_digest(nil, "SHA256", nil, bytes.baseAddress, bytes.count, &output, &length) == 1 else {
            throw failure()
        }
        return output
    }

    private static func failure() -> VaultError {
        VaultError(code: .cryptography, detail: "SHA-256 failed")
    }
}

/// Bytes of the system's generator.
package enum RandomBytes {
    /// Fills `target`.
    /// - Throws: `VaultError.cryptography` if the system gives none.
    package static func fill(_ target: UnsafeMutableRawBufferPointer) throws(VaultError) {
        let start = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard RAND_bytes(start, Int32(target.count)) == 1 else {
            throw VaultError(code: .cryptography, detail: "the system gives no random bytes")
        }
    }
}
