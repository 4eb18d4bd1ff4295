internal import COpenSSL

/// A key that somebody made elsewhere and signs tokens with: on the curve P-384 (ES384) or RSA (RS384).
package final class JWSPrivateKey: @unchecked Sendable, CustomStringConvertible {
    // Safe to share: the key is never changed, and each signature has a context of its own.
    private let key: OpaquePointer
    /// The one algorithm that the key is for.
    package let algorithm: JWSAlgorithm

    /// Loads a private key in DER: PKCS #8, SEC 1 or PKCS #1.
    /// - Throws: `VaultError.weakKey` for an RSA key of fewer than 2048 or more than 8192 bits, `.cryptography` for what
    ///   is no key, or one of another kind.
    package init(encoded: UnsafeRawBufferPointer) throws(VaultError) {
        var start = encoded.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let loaded = d2i_AutoPrivateKey(nil, &start, encoded.count)
        ERR_clear_error()
        guard let loaded else { throw Self.failure("reading a private key") }
        do throws(VaultError) {
            algorithm = try Self.algorithm(of: loaded)
        } catch {
            EVP_PKEY_free(loaded)
            throw error
        }
        key = loaded
    }

    deinit {
        EVP_PKEY_free(key)
    }

    private static func algorithm(of key: OpaquePointer) throws(VaultError) -> JWSAlgorithm {
        if EVP_PKEY_is_a(key, "RSA") == 1 {
            let bits = Int(EVP_PKEY_get_bits(key))
            guard (JWSPublicKey.modulusBitsMin...JWSPublicKey.modulusBitsMax).contains(bits) else {
                throw VaultError(code: .weakKey, detail: "an RSA key of \(bits) bits")
            }
            return .rs384
        }
        guard EVP_PKEY_is_a(key, "EC") == 1, EVP_PKEY_get_bits(key) == 384 else {
            throw failure("a private key that is neither RSA nor on the curve P-384")
        }
        // Other curves have 384 bits, too; a point of this one is read only if it lies on it.
        _ = try JWSPublicKey(x: number("qx", of: key), y: number("qy", of: key))
        return .es384
    }

    /// The signature of `message` as JWS writes it.
    /// - Throws: `VaultError.cryptography`.
    package func signature(of message: [UInt8]) throws(VaultError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw Self.failure("a signature's context") }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: max(128, Int(EVP_PKEY_get_size(key))))
        var count = signature.count
        guard EVP_DigestSignInit_ex(context, nil, "SHA2-384", nil, nil, key, nil) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { throw Self.failure("a signature") }
        let made = Array(signature[..<count])
        guard algorithm == .es384 else { return made }
        guard let joined = DERCoding.joined(signature: made, width: JWSPublicKey.coordinateBytes) else {
            throw Self.failure("a signature")
        }
        return joined
    }

    /// The numbers of the public key, big-endian: `x` and `y` of the curve's point, or `n` and `e` of RSA.
    /// - Throws: `VaultError.cryptography`.
    package func publicNumbers() throws(VaultError) -> [(name: String, bytes: [UInt8])] {
        switch algorithm {
        case .es384: [("x", try Self.number("qx", of: key)), ("y", try Self.number("qy", of: key))]
        case .rs384: [("n", try Self.number("n", of: key)), ("e", try Self.number("e", of: key))]
        }
    }

    /// One number of a key; those of the curve with leading zeros.
    private static func number(_ name: String, of key: OpaquePointer) throws(VaultError) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, name, &number) == 1, let number else { throw failure("a key's number") }
        defer { BN_free(number) }
        let isCoordinate = name.hasPrefix("q")
        let count = isCoordinate ? JWSPublicKey.coordinateBytes : Int((BN_num_bits(number) + 7) / 8)
        var bytes = [UInt8](repeating: 0, count: count)
        guard BN_bn2binpad(number, &bytes, Int32(count)) == Int32(count) else { throw failure("a key's number") }
        return bytes
    }

    /// A key is never printed.
    package var description: String { "‹key›" }

    private static func failure(_ what: String) -> VaultError {
        VaultError(code: .cryptography, detail: "the cryptographic library failed at \(what)")
    }
}
