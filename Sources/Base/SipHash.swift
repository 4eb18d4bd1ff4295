/// A 128-bit key of the pseudo-random function that makes tokens.
package struct SipKey: Hashable, Sendable {
    @usableFromInline package let low: UInt64
    @usableFromInline package let high: UInt64

    @inlinable
    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }
}

/// SipHash-2-4, a keyed 64- or 128-bit pseudo-random function for short inputs.
/// - Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", https://www.aumasson.jp/siphash/siphash.pdf.
package struct SipHash {
    @usableFromInline var v0: UInt64
    @usableFromInline var v1: UInt64
    @usableFromInline var v2: UInt64
    @usableFromInline var v3: UInt64

    @inlinable
    init(key: SipKey, wide: Bool) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
        if wide { v1 ^= 0xee }
    }

    @inlinable
    mutating func round() {
        v0 = v0 &+ v1
        v1 = (v1 << 13) | (v1 >> 51)
        v1 ^= v0
        v0 = (v0 << 32) | (v0 >> 32)
        v2 = v2 &+ v3
        v3 = (v3 << 16) | (v3 >> 48)
        v3 ^= v2
        v0 = v0 &+ v3
        v3 = (v3 << 21) | (v3 >> 43)
        v3 ^= v0
        v2 = v2 &+ v1
        v1 = (v1 << 17) | (v1 >> 47)
        v1 ^= v2
        v2 = (v2 << 32) | (v2 >> 32)
    }

    @inlinable
    mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
        let whole = bytes.count & ~7
        var offset = 0
        while offset < whole {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            v3 ^= word
            round()
            round()
            v0 ^= word
            offset += 8
        }
        var last = UInt64(truncatingIfNeeded: bytes.count) << 56
        var shift: UInt64 = 0
        while offset < bytes.count {
            last |= UInt64(bytes[offset]) << shift
            shift += 8
            offset += 1
        }
        v3 ^= last
        round()
        round()
        v0 ^= last
    }

    @inlinable
    mutating func squeeze() -> UInt64 {
        round()
        round()
        round()
        round()
        return v0 ^ v1 ^ v2 ^ v3
    }

    /// The 64-bit value of `bytes` under `key`.
    @inlinable
    package static func hash64(_ bytes: UnsafeRawBufferPointer, key: SipKey) -> UInt64 {
        var state = SipHash(key: key, wide: false)
        state.absorb(bytes)
        state.v2 ^= 0xff
        return state.squeeze()
    }

    /// The 128-bit value of `bytes` under `key`, as two little-endian words.
    @inlinable
    package static func hash128(_ bytes: UnsafeRawBufferPointer, key: SipKey) -> (low: UInt64, high: UInt64) {
        var state = SipHash(key: key, wide: true)
        state.absorb(bytes)
        state.v2 ^= 0xee
        let low = state.squeeze()
        state.v1 ^= 0xdd
        return (low, state.squeeze())
    }
}
