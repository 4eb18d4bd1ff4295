internal import COpenSSL

/// Bytes that others must not know: drawing, comparing and erasing them.
package enum SecretBytes {
    /// As many bytes of the system's generator.
    /// - Throws: `VaultError.cryptography` if it gives none.
    package static func random(_ count: Int) throws(VaultError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard bytes.withUnsafeMutableBytes({ draw(into: $0) }) else { throw failure }
        return bytes
    }

    /// Fills `target` with bytes of the system's generator.
    /// - Throws: `VaultError.cryptography` if it gives none.
    package static func fill(_ target: UnsafeMutableRawBufferPointer) throws(VaultError) {
        guard draw(into: target) else { throw failure }
    }

    /// Fills `target` with bytes of the generator that the library keeps for secrets.
    /// - Returns: `false` if it gives none.
    static func draw(into target: UnsafeMutableRawBufferPointer) -> Bool {
        guard let start = target.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return target.isEmpty }
        guard let count = Int32(exactly: target.count) else { return false }
        return RAND_priv_bytes(start, count) == 1
    }

    /// Whether two texts are the same bytes, in a time that depends on their length alone.
    package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    /// Overwrites bytes with zeros in a way that the compiler keeps.
    package static func erase(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }

    private static var failure: VaultError {
        VaultError(code: .cryptography, detail: "the system gives no random bytes")
    }
}
