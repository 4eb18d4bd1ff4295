internal import COpenSSL

/// Hashes many texts of a few parts with SHA-256, one after the other, with memory that is kept. One a thread.
/// - Source: FIPS 180-4.
package final class SHA256Hasher {
    private let context: OpaquePointer
    private let algorithm: OpaquePointer

    /// - Throws: `VaultError.cryptography` if the library has no SHA-256.
    package init() throws(VaultError) {
        guard let algorithm = SHA2.algorithm256, let context = EVP_MD_CTX_new() else { throw Self.failure() }
        self.algorithm = algorithm
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Writes the hash of a byte, then `first`, then `second`.
    /// - Parameter target: at least 32 bytes; may be where `first` or `second` lie.
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

    private static func failure() -> VaultError {
        VaultError(code: .cryptography, detail: "SHA-256 failed")
    }
}
