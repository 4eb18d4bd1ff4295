internal import Base
internal import COpenSSL

/// A key that signs with Ed25519. Safe to share between threads.
/// - Source: RFC 8032.
package final class Ed25519SigningKey: @unchecked Sendable, CustomStringConvertible {
    // Safe to share: OpenSSL's key is only read after `init`; each signature has a context of its own.
    private let key: OpaquePointer
    /// What verifies its signatures.
    package let publicKey: Ed25519PublicKey

    /// The key of a seed of 32 bytes: the same key for the same seed.
    /// - Throws: `VaultError.cryptography`.
    package init(seed: SecretKey) throws(VaultError) {
        let made = seed.withBytes { bytes in
            EVP_PKEY_new_raw_private_key_ex(
                nil, "ED25519", nil, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
        guard let made else { throw VaultError(code: .cryptography, detail: "Ed25519 is not there") }
        var bytes = [UInt8](repeating: 0, count: Ed25519PublicKey.byteCount)
        var length = bytes.count
        guard EVP_PKEY_get_raw_public_key(made, &bytes, &length) == 1, length == bytes.count else {
            EVP_PKEY_free(made)
            throw VaultError(code: .cryptography, detail: "an Ed25519 key gave no public key")
        }
        guard let publicKey = Ed25519PublicKey(bytes: bytes) else {
            EVP_PKEY_free(made)
            throw VaultError(code: .cryptography, detail: "an Ed25519 key gave no public key")
        }
        key = made
        self.publicKey = publicKey
    }

    deinit {
        EVP_PKEY_free(key)
    }

    /// The signature of a message: 64 bytes.
    /// - Throws: `VaultError.cryptography`.
    package func sign(_ message: UnsafeRawBufferPointer) throws(VaultError) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Ed25519PublicKey.signatureByteCount)
        var length = signature.count
        guard let context = EVP_MD_CTX_new() else {
            throw VaultError(code: .cryptography, detail: "there is no memory for a signature")
        }
        defer { EVP_MD_CTX_free(context) }
        let start = message.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard EVP_DigestSignInit_ex(context, nil, nil, nil, nil, key, nil) == 1,
            EVP_DigestSign(context, &signature, &length, start, message.count) == 1, length == signature.count
        else { throw VaultError(code: .cryptography, detail: "signing failed") }
        return signature
    }

    /// A key is never printed.
    package var description: String { "‹key›" }
}

/// A public key of Ed25519.
package struct Ed25519PublicKey: Hashable, Sendable {
    /// The 32 bytes of RFC 8032.
    package let bytes: [UInt8]

    package static let byteCount = 32
    package static let signatureByteCount = 64

    /// What stands before the key's bytes in a SubjectPublicKeyInfo (RFC 8410).
    private static let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
    private static let pemStart = "-----BEGIN PUBLIC KEY-----"
    private static let pemEnd = "-----END PUBLIC KEY-----"

    /// - Returns: `nil` if it is not 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Reads a SubjectPublicKeyInfo in PEM.
    /// - Returns: `nil` for anything else, keys of other kinds included.
    package init?(pem: String) {
        let lines = pem.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }
        let wanted = [Self.pemStart, Self.pemEnd].map { $0.filter { !$0.isWhitespace } }
        guard lines.count >= 3, lines.first == wanted[0], lines.last == wanted[1] else { return nil }
        var text = lines.dropFirst().dropLast().joined()
        while text.hasSuffix("=") { text.removeLast() }
        let url = text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
        guard let der = Base64URL.decode(String(url)), der.count == Self.prefix.count + Self.byteCount,
            der.starts(with: Self.prefix)
        else { return nil }
        bytes = Array(der.dropFirst(Self.prefix.count))
    }

    /// The key as SubjectPublicKeyInfo in PEM, with a line break at its end.
    package var pem: String {
        let writer = ByteWriter(capacity: 128)
        (Self.prefix + bytes).withUnsafeBytes { writer.writeBase64($0) }
        return "\(Self.pemStart)\n\(String(decoding: writer.bytes, as: UTF8.self))\n\(Self.pemEnd)\n"
    }

    /// SHA-256 of the SubjectPublicKeyInfo, in 64 hexadecimal digits: what people compare.
    /// - Throws: `VaultError.cryptography`.
    package func fingerprint() throws(VaultError) -> String {
        try SHA2.sha256(Self.prefix + bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Whether a signature of 64 bytes is this key's for the message.
    package func verifies(_ signature: UnsafeRawBufferPointer, of message: UnsafeRawBufferPointer) -> Bool {
        guard signature.count == Self.signatureByteCount,
            let key = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count)
        else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        return EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, key, nil) == 1
            && EVP_DigestVerify(
                context, signature.baseAddress?.assumingMemoryBound(to: UInt8.self), signature.count,
                message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
    }
}
