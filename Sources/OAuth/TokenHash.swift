internal import Vault

/// The SHA-256 of a token, by which it is known; the token itself is kept nowhere.
struct TokenHash: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// - Returns: `nil` if the library failed.
    init?(of token: String) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var token = token
        let isMade = token.withUTF8 { text in
            withUnsafeMutableBytes(of: &words) { SHA2.sha256(UnsafeRawBufferPointer(text), into: $0) }
        }
        guard isMade else { return nil }
        self.words = words
    }

    /// - Returns: `nil` if they are not 32 bytes.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        words = bytes.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
    }

    var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    static func == (left: TokenHash, right: TokenHash) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}
