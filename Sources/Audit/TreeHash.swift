internal import Base
package import Vault

/// A SHA-256 hash of a leaf or an inner node of the tree.
package struct TreeHash: Hashable, Sendable {
    // Four words instead of an array: no allocation for each.
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var fourth: UInt64 = 0

    package static let byteCount = 32
    /// 32 zero bytes: stands for what comes before the first head.
    package static let zero = TreeHash()

    private init() {}

    /// - Returns: `nil` if it is not 32 bytes.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        withUnsafeMutableBytes(of: &self) { $0.copyMemory(from: bytes) }
    }

    /// - Returns: `nil` if it is not base64 of 32 bytes.
    package init?(base64: String) {
        guard let bytes = Base64Text.decode(base64), let made = bytes.withUnsafeBytes({ TreeHash($0) }) else {
            return nil
        }
        self = made
    }

    /// Hands out the bytes.
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBytes(of: self, body)
    }

    /// Base64 with padding.
    package var base64: String { withBytes { Base64Text.encode($0) } }

    /// The hash of a leaf: SHA-256 of 0x00 and its data, given in two pieces.
    /// - Source: RFC 6962 section 2.1.
    package static func leaf(
        _ data: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer, _ hasher: SHA256Hasher
    ) throws(VaultError) -> TreeHash {
        var made = TreeHash()
        try made.fill { target throws(VaultError) in try hasher.hash(0, data, rest, into: target) }
        return made
    }

    /// The hash of an inner node: SHA-256 of 0x01 and both children.
    /// - Source: RFC 6962 section 2.1.
    package static func node(_ left: TreeHash, _ right: TreeHash, _ hasher: SHA256Hasher) throws(VaultError) -> TreeHash
    {
        var made = TreeHash()
        try made.fill { target throws(VaultError) in
            try left.withBytes { left throws(VaultError) in
                try right.withBytes { right throws(VaultError) in try hasher.hash(1, left, right, into: target) }
            }
        }
        return made
    }

    /// The hash of a text that is no part of the tree.
    package static func plain(_ text: [UInt8]) throws(VaultError) -> TreeHash {
        let bytes = try SHA2.sha256(text)
        return bytes.withUnsafeBytes { TreeHash($0) } ?? .zero
    }

    /// The root of the tree without a leaf: SHA-256 of nothing.
    package static func empty() throws(VaultError) -> TreeHash {
        try plain([])
    }

    private mutating func fill(_ body: (UnsafeMutableRawPointer) throws(VaultError) -> Void) throws(VaultError) {
        try withUnsafeMutableBytes(of: &self) { raw throws(VaultError) in
            if let start = raw.baseAddress { try body(start) }
        }
    }
}

/// Base64 with the standard alphabet and padding.
/// - Source: RFC 4648 section 4.
enum Base64Text {
    static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        let writer = ByteWriter(capacity: 64)
        writer.writeBase64(bytes)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// - Returns: `nil` for anything but what `encode` makes.
    static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count % 4 == 0 else { return nil }
        var digits = text.utf8[...]
        var padding = 0
        while digits.last == UInt8(ascii: "="), padding < 2 {
            digits = digits.dropLast()
            padding += 1
        }
        guard !digits.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }) else { return nil }
        let mapped = digits.map { digit in
            digit == UInt8(ascii: "+") ? UInt8(ascii: "-") : digit == UInt8(ascii: "/") ? UInt8(ascii: "_") : digit
        }
        return Base64URL.decode(String(decoding: mapped, as: UTF8.self))
    }
}
