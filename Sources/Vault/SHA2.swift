internal import COpenSSL

/// SHA-2 of bytes, from any thread.
/// - Source: FIPS 180-4.
package enum SHA2 {
    /// Bytes of SHA-256.
    package static let byteCount256 = 32
    /// Bytes of SHA-384.
    package static let byteCount384 = 48

    // Safe to share: the library's algorithms never change, and these are kept for the life of the process.
    /// `nil` if the library has no SHA-256.
    nonisolated(unsafe) static let algorithm256 = EVP_MD_fetch(nil, "SHA2-256", nil)
    nonisolated(unsafe) private static let algorithm384 = EVP_MD_fetch(nil, "SHA2-384", nil)

    /// Writes the 32 bytes of SHA-256 to the front of `output`, which has at least as many. Allocates nothing of Swift's.
    /// - Returns: `false` if the library failed.
    package static func sha256(
        _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Bool {
        digest(bytes, algorithm256, byteCount: byteCount256, into: output)
    }

    /// The 32 bytes of SHA-256.
    /// - Throws: `VaultError.cryptography`.
    package static func sha256(_ bytes: [UInt8]) throws(VaultError) -> [UInt8] {
        try digest(bytes, algorithm256, byteCount: byteCount256)
    }

    /// The 48 bytes of SHA-384.
    /// - Throws: `VaultError.cryptography`.
    package static func sha384(_ bytes: [UInt8]) throws(VaultError) -> [UInt8] {
        try digest(bytes, algorithm384, byteCount: byteCount384)
    }

    private static func digest(
        _ bytes: [UInt8], _ algorithm: OpaquePointer?, byteCount: Int
    ) throws(VaultError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: byteCount)
        let isDone = bytes.withUnsafeBytes { bytes in
            output.withUnsafeMutableBytes { digest(bytes, algorithm, byteCount: byteCount, into: $0) }
        }
        guard isDone else {
            throw VaultError(code: .cryptography, detail: "the cryptographic library failed at a digest")
        }
        return output
    }

    private static func digest(
        _ bytes: UnsafeRawBufferPointer, _ algorithm: OpaquePointer?, byteCount: Int,
        into output: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let algorithm, output.count >= byteCount,
            let target = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return false }
        var length: UInt32 = 0
        return EVP_Digest(bytes.baseAddress, bytes.count, target, &length, algorithm, nil) == 1
            && Int(length) == byteCount
    }
}
