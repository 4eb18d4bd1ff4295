package import Base
internal import COpenSSL

/// Seals and opens bytes with AES-256-GCM. One a thread.
///
/// A sealed text is 12 random bytes of nonce, the ciphertext, and 16 bytes of tag: 28 bytes more than the plain text.
/// What is bound (`context`) must be the same at opening: a text moved to another place does not open.
/// - Source: NIST SP 800-38D.
package final class Sealer {
    private let encryption: OpaquePointer
    private let decryption: OpaquePointer
    private let cipher: OpaquePointer
    private var randomBytes = [UInt8](repeating: 0, count: 4080)
    private var randomUsed = 4080

    /// Bytes that sealing adds.
    package static let overheadBytes = 28

    private static let nonceBytes = 12
    private static let tagBytes = 16

    /// - Throws: `VaultError.cryptography` if the library has no AES-256-GCM.
    package init() throws(VaultError) {
        guard let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else { throw Self.failure("AES-256-GCM") }
        guard let encryption = EVP_CIPHER_CTX_new() else {
            EVP_CIPHER_free(cipher)
            throw Self.failure("a cipher context")
        }
        guard let decryption = EVP_CIPHER_CTX_new() else {
            EVP_CIPHER_free(cipher)
            EVP_CIPHER_CTX_free(encryption)
            throw Self.failure("a cipher context")
        }
        self.cipher = cipher
        self.encryption = encryption
        self.decryption = decryption
    }

    deinit {
        EVP_CIPHER_CTX_free(encryption)
        EVP_CIPHER_CTX_free(decryption)
        EVP_CIPHER_free(cipher)
    }

    /// Appends the sealed form of `plain` to `output`.
    package func seal(
        _ plain: UnsafeRawBufferPointer, key: SecretKey, context: UnsafeRawBufferPointer, into output: ByteWriter
    ) throws(VaultError) {
        output.reserve(plain.count + Self.overheadBytes)
        let nonce = output.base + output.count
        try drawNonce(into: nonce)
        let text = nonce + Self.nonceBytes
        let tag = text + plain.count
        var length: Int32 = 0
        let isSealed = key.withBytes { key in
            EVP_EncryptInit_ex2(encryption, cipher, key.bytes, nonce, nil) == 1
                && EVP_EncryptUpdate(encryption, nil, &length, context.bytes, Int32(context.count)) == 1
                && EVP_EncryptUpdate(encryption, text, &length, plain.bytes, Int32(plain.count)) == 1
                && EVP_EncryptFinal_ex(encryption, tag, &length) == 1
                && EVP_CIPHER_CTX_ctrl(encryption, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagBytes), tag) == 1
        }
        guard isSealed else { throw Self.failure("sealing") }
        output.count += plain.count + Self.overheadBytes
    }

    /// Appends the plain form of `sealed` to `output`; nothing is appended if this throws.
    /// - Throws: `VaultError.notAuthentic` if a bit of it, the key or the context differs from the sealing.
    package func open(
        _ sealed: UnsafeRawBufferPointer, key: SecretKey, context: UnsafeRawBufferPointer, into output: ByteWriter
    ) throws(VaultError) {
        guard sealed.count >= Self.overheadBytes, let start = sealed.bytes else {
            throw VaultError(code: .notAuthentic, detail: "a sealed text is cut short")
        }
        let size = sealed.count - Self.overheadBytes
        output.reserve(size + 16)
        let target = output.base + output.count
        var length: Int32 = 0
        let tag = UnsafeMutableRawPointer(mutating: start + Self.nonceBytes + size)
        let isOpened = key.withBytes { key in
            EVP_DecryptInit_ex2(decryption, cipher, key.bytes, start, nil) == 1
                && EVP_DecryptUpdate(decryption, nil, &length, context.bytes, Int32(context.count)) == 1
                && EVP_DecryptUpdate(decryption, target, &length, start + Self.nonceBytes, Int32(size)) == 1
                && EVP_CIPHER_CTX_ctrl(decryption, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagBytes), tag) == 1
                && EVP_DecryptFinal_ex(decryption, target + size, &length) == 1
        }
        guard isOpened else {
            throw VaultError(code: .notAuthentic, detail: "a sealed text was altered, moved or sealed with another key")
        }
        output.count += size
    }

    private func drawNonce(into target: UnsafeMutablePointer<UInt8>) throws(VaultError) {
        if randomUsed + Self.nonceBytes > randomBytes.count {
            guard RAND_bytes(&randomBytes, Int32(randomBytes.count)) == 1 else { throw Self.failure("random bytes") }
            randomUsed = 0
        }
        for offset in 0..<Self.nonceBytes { target[offset] = randomBytes[randomUsed + offset] }
        randomUsed += Self.nonceBytes
    }

    private static func failure(_ what: String) -> VaultError {
        VaultError(code: .cryptography, detail: "the cryptographic library failed at \(what)")
    }
}

extension UnsafeRawBufferPointer {
    /// The start, as C's byte pointer.
    fileprivate var bytes: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
