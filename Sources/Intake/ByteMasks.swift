/// Where quotes, backslashes and brackets lie in 64 bytes: bit n stands for byte n.
///
/// Eight bytes at a time in one word, without vector instructions, so that it is the same on every machine.
package struct ByteMasks {
    /// `"`.
    package var quotes: UInt64 = 0
    /// `\`.
    package var backslashes: UInt64 = 0
    /// `{ } [ ]`, and also `Y y _` and DEL, which can't stand outside a string in well-formed JSON: look at the byte.
    package var brackets: UInt64 = 0

    /// The masks of 64 bytes.
    @inline(__always)
    package init(full base: UnsafeRawPointer) {
        var quotes: UInt64 = 0
        var backslashes: UInt64 = 0
        var brackets: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: Int(shift), as: UInt64.self))
            quotes |= Self.gather(Self.nonZero(word ^ 0x2222_2222_2222_2222)) << shift
            backslashes |= Self.gather(Self.nonZero(word ^ 0x5C5C_5C5C_5C5C_5C5C)) << shift
            brackets |= Self.gather(Self.nonZero((word | 0x2626_2626_2626_2626) ^ 0x7F7F_7F7F_7F7F_7F7F)) << shift
            shift += 8
        }
        self.quotes = ~quotes
        self.backslashes = ~backslashes
        self.brackets = ~brackets
    }

    /// The masks of fewer than 64 bytes; the other bits are 0.
    init(base: UnsafeRawPointer, count: Int) {
        var bit: UInt64 = 1
        for index in 0..<min(count, 64) {
            switch base.load(fromByteOffset: index, as: UInt8.self) {
            case 0x22: quotes |= bit
            case 0x5C: backslashes |= bit
            case 0x7B, 0x7D, 0x5B, 0x5D: brackets |= bit
            default: break
            }
            bit <<= 1
        }
    }

    /// High bit of each byte set where the byte is not zero; the other bits are 0.
    @inline(__always)
    private static func nonZero(_ word: UInt64) -> UInt64 {
        (((word & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7F7F_7F7F_7F7F_7F7F) | word) & 0x8080_8080_8080_8080
    }

    /// The eight high bits side by side: the multiplication moves each to its place in the top byte.
    @inline(__always)
    private static func gather(_ highBits: UInt64) -> UInt64 {
        (highBits &* 0x0002_0408_1020_4081) >> 56
    }
}
