/// Tells which resources a segment surely does not hold; about one in a hundred others is let through.
///
/// A token's bits all lie in one block of the size of a cache line: a large filter lies in memory that is far away, and
/// each line fetched from there costs as much as all the rest of a look-up.
struct BloomFilter: Sendable {
    private(set) var words: [UInt64]

    private static let bitsPerEntry = 11
    private static let wordsPerBlock = 8
    /// Stored filters are whole blocks.
    static let blockBytes = wordsPerBlock * 8
    private static let probes = 6

    /// An empty filter for `count` tokens.
    init(count: Int) {
        let bitsPerBlock = Self.wordsPerBlock * 64
        let blocks = max(1, (count * Self.bitsPerEntry + bitsPerBlock - 1) / bitsPerBlock)
        words = [UInt64](repeating: 0, count: blocks * Self.wordsPerBlock)
    }

    /// A stored filter.
    init(words: [UInt64]) {
        self.words = words
    }

    mutating func insert(_ token: IdentityToken) {
        let start = block(token)
        var rest = token.high
        for _ in 0..<Self.probes {
            words[start + Int(rest >> 6 & 7)] |= 1 << (rest & 63)
            rest >>= 9
        }
    }

    func mayContain(_ token: IdentityToken) -> Bool {
        let start = block(token)
        var rest = token.high
        for _ in 0..<Self.probes {
            if words[start + Int(rest >> 6 & 7)] & (1 << (rest & 63)) == 0 { return false }
            rest >>= 9
        }
        return true
    }

    /// The first word of a token's block. The token is a keyed hash: its halves are independent random bits.
    private func block(_ token: IdentityToken) -> Int {
        let blocks = UInt64(words.count / Self.wordsPerBlock)
        return Int(token.low.multipliedFullWidth(by: blocks).high) * Self.wordsPerBlock
    }
}
