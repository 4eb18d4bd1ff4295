internal import COpenSSL

/// What stands for a random secret where it is kept, and the comparison of secrets.
package enum SecretDigest {
    /// SHA-256; 32 bytes. Only for secrets that are random and long: it takes no time to compute.
    package static func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        let done = EVP_Digest(bytes.baseAddress, bytes.count, &output, nil, EVP_sha256(), nil)
        // Bytes that nobody can know: what failed must be equal to nothing.
        if done != 1 { output.withUnsafeMutableBytes { _ = RAND_bytes($0.baseAddress, Int32($0.count)) } }
        return output
    }

    /// Random bytes of the system's generator, for secrets.
    /// - Throws: `VaultError.cryptography`.
    package static func random(_ count: Int) throws(VaultError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_priv_bytes(&bytes, Int32(clamping: count)) == 1 else {
            throw VaultError(code: .cryptography, detail: "the system gives no random bytes")
        }
        return bytes
    }

    /// Whether two texts are the same; takes the same time wherever they differ.
    package static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    /// Overwrites bytes with zeros in a way that the compiler keeps.
    package static func erase(_ bytes: inout [UInt8]) {
        wipe(&bytes)
    }
}
