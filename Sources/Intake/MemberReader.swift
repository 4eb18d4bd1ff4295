/// Walks the members of one JSON object whose bytes lie in one piece. Stops at the first thing that is not as it
/// should be: what it gave until then may be used, the parser will say what is wrong.
struct MemberReader {
    struct Member {
        /// Between the quotes, escapes and all.
        var key: UnsafeRawBufferPointer
        /// The value's text, quotes and brackets included.
        var value: UnsafeRawBufferPointer

        /// True where the key is `name`, escaped or not.
        func isNamed(_ name: StaticString) -> Bool {
            let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            if key.elementsEqual(wanted) { return true }
            return key.contains(0x5C) && JSONText.unescape(key)?.utf8.elementsEqual(wanted) == true
        }

        /// The value where it is a string.
        var string: String? {
            guard value.count >= 2, value[0] == 0x22 else { return nil }
            return JSONText.unescape(UnsafeRawBufferPointer(rebasing: value[1..<value.count - 1]))
        }
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var isFirst = true

    /// `nil` where the bytes don't start with an object.
    init?(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        skipBlanks()
        guard position < bytes.count, bytes[position] == 0x7B else { return nil }
        position += 1
    }

    /// The next member; `nil` at the end of the object or where it is not well-formed.
    mutating func next() -> Member? {
        skipBlanks()
        guard position < bytes.count else { return nil }
        if !isFirst {
            guard bytes[position] == 0x2C else { return nil }
            position += 1
            skipBlanks()
        }
        isFirst = false
        guard let key = skipString() else { return nil }
        skipBlanks()
        guard position < bytes.count, bytes[position] == 0x3A else { return nil }
        position += 1
        skipBlanks()
        let start = position
        guard skipValue() else { return nil }
        let name = UnsafeRawBufferPointer(rebasing: bytes[key.lowerBound + 1..<key.upperBound - 1])
        return Member(key: name, value: UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
    }

    private mutating func skipBlanks() {
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
    }

    private mutating func skipString() -> Range<Int>? {
        guard position < bytes.count, bytes[position] == 0x22 else { return nil }
        let start = position
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += byte == 0x5C ? 2 : 1
            if byte == 0x22 { return start..<position }
        }
        return nil
    }

    private mutating func skipValue() -> Bool {
        guard let base = bytes.baseAddress, position < bytes.count else { return false }
        switch bytes[position] {
        case 0x22: return skipString() != nil
        case 0x7B, 0x5B:
            var skipper = ValueSkipper(depthMax: 64)
            return skipper.run(base, &position, bytes.count) == .done
        default:
            let start = position
            while position < bytes.count, !isBlank(bytes[position]), ![0x2C, 0x7D, 0x5D].contains(bytes[position]) {
                position += 1
            }
            return position > start
        }
    }
}
