/// A network of addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
package struct IPPrefix: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64
    private let highMask: UInt64
    private let lowMask: UInt64

    /// Reads an address, and after a slash how many of its bits count; `nil` for anything else. Bits after those that
    /// count are of no effect.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        let bitsMax = address.isV4 && !first.utf8.contains(UInt8(ascii: ":")) ? 32 : 128
        var bits = bitsMax
        if parts.count == 2 {
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let given = Int(parts[1]), given <= bitsMax
            else { return nil }
            bits = given
        }
        if bitsMax == 32 { bits += 96 }
        highMask = bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
        lowMask = bits <= 64 ? 0 : ~(bits == 128 ? 0 : UInt64.max >> UInt64(bits - 64))
        high = address.high & highMask
        low = address.low & lowMask
    }

    /// Whether the address is of this network.
    package func contains(_ address: IPAddress) -> Bool {
        address.high & highMask == high && address.low & lowMask == low
    }
}
