internal import COpenSSL

/// Keyed hashes of messages.
/// - Source: RFC 2104, HMAC.
package enum MessageAuthentication {
    /// HMAC-SHA-256; 32 bytes.
    /// - Throws: `VaultError.cryptography`.
    package static func sha256(_ message: [UInt8], key: SecretKey) throws(VaultError) -> [UInt8] {
        try key.withBytes { bytes throws(VaultError) in try mac("SHA256", message, bytes, count: 32) }
    }

    /// HMAC-SHA-1; 20 bytes. For one-time passwords alone, whose standard names it.
    /// - Throws: `VaultError.cryptography`.
    package static func sha1(_ message: [UInt8], key: [UInt8]) throws(VaultError) -> [UInt8] {
        let made = key.withUnsafeBytes { bytes in
            Result { () throws(VaultError) in try mac("SHA1", message, bytes, count: 20) }
        }
        return try made.get()
    }

    private static func mac(
        _ digest: String, _ message: [UInt8], _ key: UnsafeRawBufferPointer, count: Int
    ) throws(VaultError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count)
        var length = 0
        let done = EVP_Q_mac(
            nil, "HMAC", nil, digest, nil, key.baseAddress, key.count, message, message.count, &output, count, &length)
        guard done != nil, length == count else {
            throw VaultError(code: .cryptography, detail: "HMAC-\(digest) failed")
        }
        return output
    }
}
