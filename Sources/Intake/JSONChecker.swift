/// Checks the grammar of one JSON value over any number of pieces, and finds its end.
///
/// Slower than `ValueSkipper`, used where that gives up: it tells the first byte at which the text stops being JSON.
/// Numbers are only checked for their characters; UTF-8 is left to the parser.
/// - Source: RFC 8259.
package struct JSONChecker {
    /// How far the piece at hand led.
    package enum Outcome {
        /// The piece ended first.
        case more
        /// The position is behind the value.
        case done
        /// The position is at the first byte that can't stand there.
        case broken(StaticString)
    }

    private enum State {
        case value, valueOrEnd, keyOrEnd, key, colon, commaOrEnd, string, escape, number, literal
    }

    /// Deeper than this is no longer followed.
    private static let depthFollowed = 1 << 20

    /// How deep the value nests, as far as it was read.
    package private(set) var deepest = 0
    private var state = State.value
    private var depth = 0
    private var arrays: [UInt64] = []
    private var stringIsKey = false
    private var hexLeft = 0
    private var literal: StaticString = "null"
    private var literalIndex = 0

    /// A checker before the first byte of a value.
    package init() {}

    /// Goes on at `position`, up to `end`.
    package mutating func run(_ base: UnsafeRawPointer, _ position: inout Int, _ end: Int) -> Outcome {
        while position < end {
            if state == .string { skipPlain(base, &position, end) }
            if position == end { return .more }
            let byte = base.load(fromByteOffset: position, as: UInt8.self)
            if let outcome = step(byte, &position) { return outcome }
        }
        return .more
    }

    private mutating func step(_ byte: UInt8, _ position: inout Int) -> Outcome? {
        switch state {
        case .string: return stringByte(byte, &position)
        case .escape: return escapeByte(byte, &position)
        case .number:
            switch byte {
            case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65:
                position += 1
                return nil
            default: return endValue()
            }
        case .literal:
            let text = UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
            guard text[literalIndex] == byte else { return .broken("a value was expected: true, false or null") }
            position += 1
            literalIndex += 1
            return literalIndex == text.count ? endValue() : nil
        default:
            if isBlank(byte) {
                position += 1
                return nil
            }
            return structural(byte, &position)
        }
    }

    private mutating func structural(_ byte: UInt8, _ position: inout Int) -> Outcome? {
        switch state {
        case .valueOrEnd where byte == 0x5D, .keyOrEnd where byte == 0x7D:
            position += 1
            return close()
        case .keyOrEnd, .key:
            guard byte == 0x22 else { return .broken("a name in quotes was expected") }
            stringIsKey = true
            state = .string
        case .colon:
            guard byte == 0x3A else { return .broken("a colon was expected behind a name") }
            state = .value
        case .commaOrEnd:
            return commaOrEnd(byte, &position)
        default:
            return value(byte, &position)
        }
        position += 1
        return nil
    }

    private mutating func value(_ byte: UInt8, _ position: inout Int) -> Outcome? {
        switch byte {
        case 0x7B, 0x5B:
            guard depth < Self.depthFollowed else { return .broken("objects and arrays nest without end") }
            push(isArray: byte == 0x5B)
            state = byte == 0x5B ? .valueOrEnd : .keyOrEnd
        case 0x22:
            stringIsKey = false
            state = .string
        case 0x2D, 0x30...0x39: state = .number
        case 0x74: begin("true")
        case 0x66: begin("false")
        case 0x6E: begin("null")
        default: return .broken("a value was expected")
        }
        position += 1
        return nil
    }

    private mutating func commaOrEnd(_ byte: UInt8, _ position: inout Int) -> Outcome? {
        let inArray = topIsArray
        if byte == 0x2C {
            state = inArray ? .value : .key
            position += 1
            return nil
        }
        guard byte == (inArray ? 0x5D : 0x7D) else {
            return .broken(inArray ? "a comma or ] was expected" : "a comma or } was expected")
        }
        position += 1
        return close()
    }

    private mutating func begin(_ text: StaticString) {
        literal = text
        literalIndex = 1
        state = .literal
    }

    private mutating func close() -> Outcome? {
        depth -= 1
        return endValue()
    }

    private mutating func endValue() -> Outcome? {
        state = .commaOrEnd
        return depth == 0 ? .done : nil
    }

    private mutating func push(isArray: Bool) {
        let word = depth >> 6
        let bit: UInt64 = 1 << UInt64(depth & 63)
        if word == arrays.count { arrays.append(0) }
        if isArray { arrays[word] |= bit } else { arrays[word] &= ~bit }
        depth += 1
        deepest = max(deepest, depth)
    }

    private var topIsArray: Bool {
        arrays[(depth - 1) >> 6] >> UInt64((depth - 1) & 63) & 1 != 0
    }
}

extension JSONChecker {
    private mutating func stringByte(_ byte: UInt8, _ position: inout Int) -> Outcome? {
        if byte < 0x20 { return .broken("a string holds a raw control character, or its closing quote is missing") }
        position += 1
        if byte == 0x5C {
            hexLeft = 0
            state = .escape
        } else if byte == 0x22 {
            if stringIsKey { state = .colon } else { return endValue() }
        }
        return nil
    }

    private mutating func escapeByte(_ byte: UInt8, _ position: inout Int) -> Outcome? {
        if hexLeft > 0 {
            switch byte {
            case 0x30...0x39, 0x41...0x46, 0x61...0x66: hexLeft -= 1
            default: return .broken("four hexadecimal digits were expected behind \\u")
            }
            if hexLeft == 0 { state = .string }
        } else {
            switch byte {
            case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: state = .string
            case 0x75: hexLeft = 4
            default: return .broken("a backslash is followed by a character that can't be escaped")
            }
        }
        position += 1
        return nil
    }

    /// Steps over bytes of a string that are neither quote, backslash nor control character, eight at a time.
    private func skipPlain(_ base: UnsafeRawPointer, _ position: inout Int, _ end: Int) {
        let high: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        while position + 8 <= end {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            // Borrows can mark a byte too many, never one too few: the byte loop then looks.
            let special =
                (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word
            if special & high != 0 { return }
            position += 8
        }
    }
}
