internal import COpenSSL

/// A key on the curve P-384 that signs tokens (ES384).
package final class JWSSigningKey: @unchecked Sendable, CustomStringConvertible {
    // Safe to share: the key is never changed, and each signature has a context of its own.
    private let key: OpaquePointer
    /// The coordinates of the public point, big-endian, 48 bytes each.
    package let x: [UInt8]
    package let y: [UInt8]

    /// Makes a new key.
    /// - Throws: `VaultError.cryptography`.
    package convenience init() throws(VaultError) {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else {
            throw Self.failure("a key's context")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "P-384") == 1,
            EVP_PKEY_generate(context, &made) == 1, let made
        else { throw Self.failure("making a key") }
        try self.init(taking: made)
    }

    /// Loads what `withEncoded` handed out.
    /// - Throws: `VaultError.cryptography` if it is no key on P-384.
    package convenience init(encoded: UnsafeRawBufferPointer) throws(VaultError) {
        var start = encoded.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let loaded = d2i_AutoPrivateKey(nil, &start, encoded.count) else {
            ERR_clear_error()
            throw Self.failure("reading a signing key")
        }
        try self.init(taking: loaded)
    }

    private init(taking key: OpaquePointer) throws(VaultError) {
        var point = [UInt8](repeating: 0, count: 1 + 2 * JWSPublicKey.coordinateBytes)
        var count = 0
        guard EVP_PKEY_get_octet_string_param(key, "pub", &point, point.count, &count) == 1,
            count == point.count,
            point[0] == 4
        else {
            EVP_PKEY_free(key)
            ERR_clear_error()
            throw Self.failure("a signing key's public point")
        }
        self.key = key
        x = Array(point[1...JWSPublicKey.coordinateBytes])
        y = Array(point[(1 + JWSPublicKey.coordinateBytes)...])
    }

    deinit {
        EVP_PKEY_free(key)
    }

    /// Hands out the private key in DER, to be sealed; it is wiped afterwards.
    /// - Throws: `VaultError.cryptography`, and what `body` throws.
    package func withEncoded<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws
        -> Result
    {
        var start: UnsafeMutablePointer<UInt8>?
        let count = Int(i2d_PrivateKey(key, &start))
        guard count > 0, let start else { throw Self.failure("encoding a signing key") }
        defer { CRYPTO_clear_free(start, count, #fileID, Int32(#line)) }
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The signature of `message` as JWS writes it: two numbers of 48 bytes.
    /// - Throws: `VaultError.cryptography`.
    package func signature(of message: [UInt8]) throws(VaultError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw Self.failure("a signature's context") }
        defer { EVP_MD_CTX_free(context) }
        var encoded = [UInt8](repeating: 0, count: 128)
        var count = encoded.count
        guard EVP_DigestSignInit_ex(context, nil, "SHA2-384", nil, nil, key, nil) == 1,
            EVP_DigestSign(context, &encoded, &count, message, message.count) == 1,
            let joined = DERCoding.joined(
                signature: Array(encoded[..<count]), width: JWSPublicKey.coordinateBytes)
        else { throw Self.failure("a signature") }
        return joined
    }

    /// The key that checks this one's signatures.
    /// - Throws: `VaultError.cryptography`.
    package func publicKey() throws(VaultError) -> JWSPublicKey {
        try JWSPublicKey(x: x, y: y)
    }

    /// A key is never printed.
    package var description: String { "‹key›" }

    private static func failure(_ what: String) -> VaultError {
        VaultError(code: .cryptography, detail: "the cryptographic library failed at \(what)")
    }
}
