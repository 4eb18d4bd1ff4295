/// The few forms of DER that signatures and public keys need.
/// - Source: ITU-T X.690; RFC 3279 (RSA), RFC 5480 (elliptic curves), RFC 3279 section 2.2.3 (ECDSA signatures).
enum DERCoding {
    private static let rsaAlgorithm: [UInt8] = [
        0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]
    private static let p384Algorithm: [UInt8] = [
        0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05, 0x2B, 0x81, 0x04,
        0x00, 0x22,
    ]

    /// A SubjectPublicKeyInfo of an RSA key; both numbers big-endian.
    static func rsaKey(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
        let key = item(0x30, integer(modulus[...]) + integer(exponent[...]))
        return item(0x30, rsaAlgorithm + item(0x03, [0] + key))
    }

    /// A SubjectPublicKeyInfo of a point on P-384, of which each coordinate has 48 bytes.
    static func p384Key(x: [UInt8], y: [UInt8]) -> [UInt8] {
        item(0x30, p384Algorithm + item(0x03, [0, 4] + x + y))
    }

    /// An ECDSA signature from its two numbers side by side, as JWS writes it.
    static func signature(joined: [UInt8]) -> [UInt8] {
        let half = joined.count / 2
        return item(0x30, integer(joined[..<half]) + integer(joined[half...]))
    }

    /// The two numbers of an ECDSA signature side by side, each of `width` bytes; `nil` if it is none.
    static func joined(signature: [UInt8], width: Int) -> [UInt8]? {
        var rest = signature[...]
        guard var numbers = content(0x30, &rest), rest.isEmpty, let first = content(0x02, &numbers),
            let second = content(0x02, &numbers), numbers.isEmpty
        else { return nil }
        var joined: [UInt8] = []
        for number in [first, second] {
            let digits = number.drop { $0 == 0 }
            guard digits.count <= width else { return nil }
            joined += [UInt8](repeating: 0, count: width - digits.count) + digits
        }
        return joined
    }

    private static func integer(_ bigEndian: ArraySlice<UInt8>) -> [UInt8] {
        let digits = bigEndian.drop { $0 == 0 }
        guard let first = digits.first else { return [0x02, 1, 0] }
        return item(0x02, first < 0x80 ? Array(digits) : [0] + digits)
    }

    private static func item(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        if count < 0x80 { return [tag, UInt8(count)] + content }
        if count < 0x100 { return [tag, 0x81, UInt8(count)] + content }
        return [tag, 0x82, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
            + content
    }

    private static func content(_ tag: UInt8, _ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard bytes.popFirst() == tag, let first = bytes.popFirst() else { return nil }
        var count = Int(first)
        if first == 0x81 {
            guard let second = bytes.popFirst() else { return nil }
            count = Int(second)
        } else if first > 0x7F {
            return nil
        }
        guard count <= bytes.count else { return nil }
        let found = bytes.prefix(count)
        bytes = bytes.dropFirst(count)
        return found
    }
}
