internal import COpenSSL

/// SHA-2 of bytes, and the comparison of secrets.
/// - Source: FIPS 180-4.
package final class MessageDigest: @unchecked Sendable {
    // Safe to share: the algorithms are fetched once and never changed.
    private let sha256Algorithm: OpaquePointer
    private let sha384Algorithm: OpaquePointer

    /// - Throws: `VaultError.cryptography` if the library lacks SHA-2.
    package init() throws(VaultError) {
        guard let sha256 = EVP_MD_fetch(nil, "SHA2-256", nil) else { throw Self.failure("SHA-256") }
        guard let sha384 = EVP_MD_fetch(nil, "SHA2-384", nil) else {
            EVP_MD_free(sha256)
            throw Self.failure("SHA-384")
        }
        sha256Algorithm = sha256
        sha384Algorithm = sha384
    }

    deinit {
        EVP_MD_free(sha256Algorithm)
        EVP_MD_free(sha384Algorithm)
    }

    /// Writes the 32 bytes of SHA-256 to the front of `output`, which has at least as many. Allocates nothing of Swift's.
    /// - Returns: `false` if the library failed.
    package func sha256(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer)
        -> Bool
    {
        guard output.count >= 32, let target = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else {
            return false
        }
        var length: UInt32 = 0
        return EVP_Digest(bytes.baseAddress, bytes.count, target, &length, sha256Algorithm, nil) == 1
            && length == 32
    }

    /// The 32 bytes of SHA-256.
    /// - Throws: `VaultError.cryptography`.
    package func sha256(_ bytes: [UInt8]) throws(VaultError) -> [UInt8] {
        try digest(bytes, sha256Algorithm, byteCount: 32)
    }

    /// The 48 bytes of SHA-384.
    /// - Throws: `VaultError.cryptography`.
    package func sha384(_ bytes: [UInt8]) throws(VaultError) -> [UInt8] {
        try digest(bytes, sha384Algorithm, byteCount: 48)
    }

    private func digest(
        _ bytes: [UInt8], _ algorithm: OpaquePointer, byteCount: Int
    ) throws(VaultError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: byteCount)
        var length: UInt32 = 0
        guard EVP_Digest(bytes, bytes.count, &output, &length, algorithm, nil) == 1,
            Int(length) == byteCount
        else {
            throw Self.failure("a digest")
        }
        return output
    }

    private static func failure(_ what: String) -> VaultError {
        VaultError(code: .cryptography, detail: "the cryptographic library failed at \(what)")
    }
}

/// Secrets of random bytes, and their comparison.
package enum SecretBytes {
    /// As many bytes of the system's generator.
    /// - Throws: `VaultError.cryptography`.
    package static func random(_ count: Int) throws(VaultError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_priv_bytes(&bytes, Int32(count)) == 1 else {
            throw VaultError(code: .cryptography, detail: "the system gives no random bytes")
        }
        return bytes
    }

    /// Whether two texts are the same bytes, in a time that depends on their length alone.
    package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
