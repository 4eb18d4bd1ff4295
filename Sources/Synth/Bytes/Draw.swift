internal import Base

/// Draws of chance for one patient or one network: whole numbers only, so that every machine draws the same.
///
/// The standard library's ranges are not used: how they consume random words is not promised between releases.
package struct Draw {
    private var random: SeededRandom

    /// A stream of its own for each pair of `seed` and `stream`; no two streams of a seed overlap in practice.
    package init(seed: UInt64, stream: UInt64) {
        random = SeededRandom(seed: Draw.mix(Draw.mix(seed) &+ stream &* 0xD134_2543_DE82_EF95))
    }

    /// A bijection of 64-bit words that spreads every bit.
    /// - Source: the finaliser of splitmix64, https://prng.di.unimi.it/splitmix64.c.
    static func mix(_ word: UInt64) -> UInt64 {
        var word = word &+ 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A number from 0 up to, not including, `limit`; 0 where `limit` is not positive.
    package mutating func below(_ limit: Int) -> Int {
        guard limit > 0 else { return 0 }
        return Int(truncatingIfNeeded: random.next().multipliedFullWidth(by: UInt64(limit)).high)
    }

    /// A number from `low` to `high`, both included.
    mutating func between(_ low: Int, _ high: Int) -> Int {
        low + below(high - low + 1)
    }

    /// True `perMille` times in a thousand.
    mutating func chance(_ perMille: Int) -> Bool {
        below(1000) < perMille
    }

    /// A bell-shaped deviation in thousandths of its standard deviation, within ±3,464: the sum of four even draws.
    package mutating func bell() -> Int {
        let word = random.next()
        let sum =
            Int(word & 0xFFFF) + Int((word >> 16) & 0xFFFF) + Int((word >> 32) & 0xFFFF) + Int((word >> 48) & 0xFFFF)
        return (sum - 131_070) * 1000 / 37_837
    }

    /// `mean` and a bell-shaped deviation of standard deviation `spread`.
    mutating func bell(_ mean: Int, spread: Int) -> Int {
        mean + bell() * spread / 1000
    }

    /// One of `choices`, which is not empty.
    mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[below(choices.count)]
    }

    /// The index drawn by `weights`, which sum to more than 0.
    mutating func index(weights: [Int]) -> Int {
        var rest = below(weights.reduce(0, +))
        for (index, weight) in weights.enumerated() {
            if rest < weight { return index }
            rest -= weight
        }
        return 0
    }

    /// A new random resource id.
    mutating func resourceID() -> ResourceID {
        ResourceID(high: random.next(), low: random.next())
    }
}
