internal import Glibc

/// A signing key as the numbers of a private JWK.
/// - Source: RFC 7518 section 6.2.2; SEC 1 appendix C.4, ECPrivateKey.
extension JWSSigningKey {
    /// Bytes of the private number.
    package static let scalarBytes = 48

    /// What stands before the private number in each encoding of a key on P-384: version 1, then 48 bytes.
    private static let beforeScalar: [UInt8] = [0x02, 0x01, 0x01, 0x04, 0x30]
    private static let sequence: [UInt8] = [0x30, 0x81, 0xA4]
    /// The curve, and the head of the public point.
    private static let afterScalar: [UInt8] = [
        0xA0, 0x07, 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22, 0xA1, 0x64, 0x03, 0x62, 0x00, 0x04,
    ]

    /// The key of a private number and the public point that belongs to it, 48 bytes each.
    /// - Throws: `VaultError.cryptography` if they are not on P-384 or do not belong together.
    package static func key(scalar: [UInt8], x: [UInt8], y: [UInt8]) throws(VaultError) -> JWSSigningKey {
        guard [scalar, x, y].allSatisfy({ $0.count == scalarBytes }) else { throw noKey }
        var encoded = sequence + beforeScalar + scalar + afterScalar + x + y
        defer { Self.clear(&encoded) }
        let key = try encoded.withUnsafeBytes { bytes in
            Result { () throws(VaultError) in try JWSSigningKey(encoded: bytes) }
        }.get()
        // The library takes the point at its word.
        let probe = Array("a signature that shows whether they belong together".utf8)
        guard try key.publicKey().verifies(key.signature(of: probe), of: probe) else { throw noKey }
        return key
    }

    /// Hands out the private number, big-endian; it is wiped afterwards.
    /// - Throws: `VaultError.cryptography`, and what `body` throws.
    package func withScalar<Result>(_ body: ([UInt8]) throws -> Result) throws -> Result {
        try withEncoded { encoded in
            let (before, count) = (Self.beforeScalar, Self.scalarBytes)
            let last = encoded.count - before.count - count
            guard last >= 0,
                let start = (0...last).first(where: { encoded[$0..<$0 + before.count].elementsEqual(before) })
            else { throw Self.noKey }
            var scalar = Array(encoded[(start + before.count)..<(start + before.count + count)])
            defer { Self.clear(&scalar) }
            return try body(scalar)
        }
    }

    private static func clear(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { raw in
            if let start = raw.baseAddress { explicit_bzero(start, raw.count) }
        }
    }

    private static var noKey: VaultError {
        VaultError(code: .cryptography, detail: "it is no key on the curve P-384")
    }
}
