internal import COpenSSL

/// The digest of bytes that come piece by piece. One a thread.
package final class StreamDigest {
    /// Which one it is.
    package enum Algorithm: Sendable {
        /// FIPS 180-4.
        case sha256
        /// RFC 1321: finds bytes that a line has damaged, and nothing that somebody has forged.
        case md5

        /// Bytes of a digest.
        package var byteCount: Int {
            switch self {
            case .sha256: 32
            case .md5: 16
            }
        }
    }

    private let algorithm: Algorithm
    private let context: OpaquePointer

    /// - Throws: `VaultError.cryptography` if the library lacks the algorithm.
    package init(_ algorithm: Algorithm) throws(VaultError) {
        let name =
            switch algorithm {
            case .sha256: "SHA2-256"
            case .md5: "MD5"
            }
        guard let method = EVP_MD_fetch(nil, name, nil) else { throw Self.failure(name) }
        defer { EVP_MD_free(method) }
        guard let context = EVP_MD_CTX_new() else { throw Self.failure(name) }
        guard EVP_DigestInit_ex2(context, method, nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw Self.failure(name)
        }
        self.algorithm = algorithm
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds bytes. Not after `finish`.
    /// - Throws: `VaultError.cryptography`.
    package func update(_ bytes: UnsafeRawBufferPointer) throws(VaultError) {
        guard bytes.isEmpty || EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
            throw Self.failure("a digest")
        }
    }

    /// The digest of all that was added. Once.
    /// - Throws: `VaultError.cryptography`.
    package func finish() throws(VaultError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: algorithm.byteCount)
        var length: UInt32 = 0
        guard EVP_DigestFinal_ex(context, &output, &length) == 1, Int(length) == output.count else {
            throw Self.failure("a digest")
        }
        return output
    }

    private static func failure(_ what: String) -> VaultError {
        VaultError(code: .cryptography, detail: "the cryptographic library failed at \(what)")
    }
}
