/// Finds the end of one JSON object or array by its brackets, fast, over any number of pieces.
///
/// It doesn't check the grammar: whoever parses the bytes does. Where brackets don't match, or nest deeper than
/// `depthMax` (at most 64), it gives up, and `JSONChecker` says what is wrong.
package struct ValueSkipper {
    /// How far the piece at hand led.
    package enum Outcome {
        /// The piece ended first.
        case more
        /// The position is behind the closing bracket.
        case done
        /// Brackets don't match or nest too deep.
        case givenUp
    }

    private let depthMax: Int
    private var depth = 0
    /// Bit n: level n is an array.
    private var arrays: UInt64 = 0
    /// All ones while inside a string.
    private var inString: UInt64 = 0
    /// 1 where the next byte is escaped.
    private var escape: UInt64 = 0

    /// Starts at the opening bracket.
    package init(depthMax: Int) {
        self.depthMax = min(depthMax, 64)
    }

    /// Goes on at `position`, up to `end`.
    package mutating func run(_ base: UnsafeRawPointer, _ position: inout Int, _ end: Int) -> Outcome {
        while position + 64 <= end {
            let outcome = step(base + position, ByteMasks(full: base + position), 64, &position)
            if outcome != .more { return outcome }
        }
        if position < end {
            let count = end - position
            return step(base + position, ByteMasks(base: base + position, count: count), count, &position)
        }
        return .more
    }

    @inline(__always)
    private mutating func step(
        _ block: UnsafeRawPointer, _ masks: ByteMasks, _ count: Int, _ position: inout Int
    ) -> Outcome {
        let escaped = escapedBits(masks.backslashes, count)
        var strings = masks.quotes & ~escaped
        strings ^= strings << 1
        strings ^= strings << 2
        strings ^= strings << 4
        strings ^= strings << 8
        strings ^= strings << 16
        strings ^= strings << 32
        strings ^= inString
        inString = 0 &- (strings >> 63)
        var found = masks.brackets & ~strings
        while found != 0 {
            let index = found.trailingZeroBitCount
            found &= found &- 1
            switch block.load(fromByteOffset: index, as: UInt8.self) {
            case 0x7B:
                if depth == depthMax { return .givenUp }
                arrays &= ~(1 << UInt64(depth))
                depth += 1
            case 0x5B:
                if depth == depthMax { return .givenUp }
                arrays |= 1 << UInt64(depth)
                depth += 1
            case 0x7D:
                if depth == 0 || arrays >> UInt64(depth - 1) & 1 != 0 { return .givenUp }
                depth -= 1
                if depth == 0 { return finish(index, &position) }
            case 0x5D:
                if depth == 0 || arrays >> UInt64(depth - 1) & 1 == 0 { return .givenUp }
                depth -= 1
                if depth == 0 { return finish(index, &position) }
            default: break
            }
        }
        position += count
        return .more
    }

    @inline(__always)
    private func finish(_ index: Int, _ position: inout Int) -> Outcome {
        position += index + 1
        return .done
    }

    /// The bytes behind an escaping backslash, and the carry into the next block.
    @inline(__always)
    private mutating func escapedBits(_ backslashes: UInt64, _ count: Int) -> UInt64 {
        var escaped = escape
        var rest = backslashes & ~escape
        var carry: UInt64 = 0
        while rest != 0 {
            let lowest = rest & (0 &- rest)
            escaped |= lowest << 1
            carry = lowest
            rest &= ~(lowest | lowest << 1)
        }
        escape = carry >> UInt64(count - 1) & 1
        return escaped
    }
}
