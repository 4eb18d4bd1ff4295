internal import COpenSSL

/// The algorithms of signed tokens that are taken. Which one applies follows from the key, never from a token's header.
/// - Source: RFC 7518 section 3.1; SMART App Launch 2.2, asymmetric client authentication.
package enum JWSAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    case rs384 = "RS384"
    /// ECDSA on P-384 with SHA-384.
    case es384 = "ES384"
}

/// A public key that checks the signatures of tokens.
package final class JWSPublicKey: @unchecked Sendable {
    // Safe to share: the key is never changed, and each check has a context of its own.
    private let key: OpaquePointer
    /// The one algorithm that the key is for.
    package let algorithm: JWSAlgorithm

    package static let modulusBitsMin = 2_048
    package static let modulusBitsMax = 8_192
    private static let exponentMin: UInt64 = 65_537
    static let coordinateBytes = 48

    /// A key of RSA from its modulus and exponent, both big-endian.
    /// - Throws: `VaultError.weakKey` if it has fewer than 2048 or more than 8192 bits, an exponent that is even, below
    ///   65537 or beyond 64 bits, or a modulus that is no product of two large primes as far as is seen at once.
    package init(modulus: [UInt8], exponent: [UInt8]) throws(VaultError) {
        let digits = modulus.drop { $0 == 0 }
        let bits = digits.count * 8 - (digits.first?.leadingZeroBitCount ?? 0)
        guard (Self.modulusBitsMin...Self.modulusBitsMax).contains(bits) else {
            throw Self.weak(
                "an RSA key of \(bits) bits; it takes \(Self.modulusBitsMin) to \(Self.modulusBitsMax)")
        }
        let power = exponent.drop { $0 == 0 }
        let value = power.count <= 8 ? power.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } : 0
        guard value >= Self.exponentMin, value & 1 == 1 else {
            throw Self.weak("an RSA key with a poor exponent")
        }
        algorithm = .rs384
        key = try Self.load(DERCoding.rsaKey(modulus: modulus, exponent: exponent))
    }

    /// A key on the curve P-384 from the coordinates of its point, big-endian.
    /// - Throws: `VaultError.weakKey` if a coordinate has not 48 bytes or the point does not lie on the curve.
    package init(x: [UInt8], y: [UInt8]) throws(VaultError) {
        guard x.count == Self.coordinateBytes, y.count == Self.coordinateBytes else {
            throw Self.weak("coordinates of the wrong length")
        }
        algorithm = .es384
        key = try Self.load(DERCoding.p384Key(x: x, y: y))
    }

    deinit {
        EVP_PKEY_free(key)
    }

    /// Whether `signature`, as JWS writes it, is this key's over `message`.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        var encoded = signature
        if algorithm == .es384 {
            guard signature.count == 2 * Self.coordinateBytes else { return false }
            encoded = DERCoding.signature(joined: signature)
        }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        let isVerified =
            EVP_DigestVerifyInit_ex(context, nil, "SHA2-384", nil, nil, key, nil) == 1
            && EVP_DigestVerify(context, encoded, encoded.count, message, message.count) == 1
        ERR_clear_error()
        return isVerified
    }

    private static func load(_ encoded: [UInt8]) throws(VaultError) -> OpaquePointer {
        let loaded = encoded.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_PUBKEY(nil, &start, bytes.count)
        }
        defer { ERR_clear_error() }
        guard let key = loaded else { throw weak("a key that the cryptographic library does not read") }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else {
            EVP_PKEY_free(key)
            throw VaultError(
                code: .cryptography, detail: "the cryptographic library failed at a key's context")
        }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_public_check(context) == 1 else {
            EVP_PKEY_free(key)
            throw weak("a key that is no sound one of its kind")
        }
        return key
    }

    private static func weak(_ what: String) -> VaultError {
        VaultError(code: .weakKey, detail: what)
    }
}
