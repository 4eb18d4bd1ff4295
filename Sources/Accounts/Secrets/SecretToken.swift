internal import Base
internal import Vault

/// A random secret of 256 bits that somebody holds: in a cookie or a link. Only its hash is kept.
package struct SecretToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// As it travels: 43 characters of base64url.
    package let text: String
    let bytes: [UInt8]

    private static let byteCount = 32

    /// - Returns: `nil` if the text has not the form of one.
    package init?(_ text: String) {
        guard text.utf8.count == 43, let bytes = Base64URL.decode(text), bytes.count == Self.byteCount else {
            return nil
        }
        self.text = text
        self.bytes = bytes
    }

    private init(drawn bytes: [UInt8]) {
        self.bytes = bytes
        text = bytes.withUnsafeBytes { Base64URL.encode($0) }
    }

    static func random() throws(VaultError) -> SecretToken {
        SecretToken(drawn: try SecretBytes.random(byteCount))
    }

    /// What is kept of it.
    var hash: SecretHash { bytes.withUnsafeBytes { SecretHash(of: $0) } }

    /// What a page or a client repeats to show that it may read what this secret's owner reads.
    func csrfToken() throws(VaultError) -> String {
        let key = bytes.withUnsafeBytes { bytes in Result { () throws(VaultError) in try SecretKey(copying: bytes) } }
        let mac = try MessageAuthentication.sha256(Array("martlet cross-site request".utf8), key: key.get())
        return mac.withUnsafeBytes { Base64URL.encode($0) }
    }

    /// A secret never prints.
    package var description: String { "‹secret›" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// SHA-256 of a secret, as a key of tables.
struct SecretHash: Hashable, Sendable {
    private let words: SIMD4<UInt64>

    init(of secret: UnsafeRawBufferPointer) {
        var words = SIMD4<UInt64>()
        let isMade = withUnsafeMutableBytes(of: &words) { SHA2.sha256(secret, into: $0) }
        // What failed must be equal to nothing.
        self.words = isMade ? words : .random(in: 0...UInt64.max)
    }

    /// - Parameter bytes: 32.
    init(_ bytes: [UInt8]) {
        words = bytes.withUnsafeBytes { raw in
            raw.count >= 32 ? raw.loadUnaligned(as: SIMD4<UInt64>.self) : SIMD4()
        }
    }

    var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }
}
