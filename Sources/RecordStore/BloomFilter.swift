/// Tells which resources a segment surely does not hold; about one in a hundred others is let through.
struct BloomFilter: Sendable {
    private(set) var words: [UInt64]

    private static let bitsPerEntry = 10
    private static let probes: UInt64 = 6

    /// An empty filter for `count` tokens.
    init(count: Int) {
        words = [UInt64](repeating: 0, count: max(1, (count * Self.bitsPerEntry + 63) / 64))
    }

    /// A stored filter.
    init(words: [UInt64]) {
        self.words = words
    }

    mutating func insert(_ token: IdentityToken) {
        for probe in 0..<Self.probes {
            let bit = place(token, probe)
            words[bit >> 6] |= 1 << UInt64(bit & 63)
        }
    }

    func mayContain(_ token: IdentityToken) -> Bool {
        for probe in 0..<Self.probes {
            let bit = place(token, probe)
            if words[bit >> 6] & (1 << UInt64(bit & 63)) == 0 { return false }
        }
        return true
    }

    private func place(_ token: IdentityToken, _ probe: UInt64) -> Int {
        let mixed = token.low &+ probe &* (token.high | 1)
        return Int(mixed.multipliedFullWidth(by: UInt64(words.count * 64)).high)
    }
}
