/// What is put in place of each match: text, with `$1`, `${1}`, `${name}` and `$0` or `$&` for what groups captured and
/// `$$` for the sign itself.
struct PatternSubstitution {
    private enum Part {
        case text(UnsafeRawBufferPointer)
        case group(Int)
    }

    private var parts: [Part] = []

    /// Whether parts of the match are wanted beyond its ends.
    private var usesGroups = false

    /// Refers to the text and does not copy it.
    /// - Throws: `PatternError.syntax` for a group that the pattern does not have.
    init(_ text: UnsafeRawBufferPointer, for pattern: TextPattern) throws(PatternError) {
        let dollar = UInt8(ascii: "$")
        var start = 0
        var offset = 0
        while offset + 1 < text.count {
            guard text[offset] == dollar else {
                offset += 1
                continue
            }
            var end = offset + 2
            let part: Part
            switch text[offset + 1] {
            case dollar: part = .text(UnsafeRawBufferPointer(rebasing: text[offset..<offset + 1]))
            case UInt8(ascii: "&"): part = .group(0)
            case UInt8(ascii: "{"):
                guard let close = text[end...].firstIndex(of: UInt8(ascii: "}")) else {
                    throw PatternError(.syntax, "'${' without '}' in the substitution", at: offset)
                }
                let name = String(decoding: text[end..<close], as: UTF8.self)
                guard let number = pattern.groupNames[name] ?? Int(name), (0...pattern.groupCount).contains(number)
                else { throw PatternError(.syntax, "no such group as the substitution names", at: offset) }
                part = .group(number)
                end = close + 1
            case let byte where isDigit(byte):
                var number = Int(byte - 0x30)
                guard number <= pattern.groupCount else {
                    throw PatternError(.syntax, "no such group as the substitution names", at: offset)
                }
                // More digits count as long as there is such a group.
                while end < text.count, isDigit(text[end]) {
                    let longer = number * 10 + Int(text[end] - 0x30)
                    guard longer <= pattern.groupCount else { break }
                    number = longer
                    end += 1
                }
                part = .group(number)
            default:
                offset += 1
                continue
            }
            if offset > start { parts.append(.text(UnsafeRawBufferPointer(rebasing: text[start..<offset]))) }
            parts.append(part)
            if case .group(let number) = part, number > 0 { usesGroups = true }
            offset = end
            start = end
        }
        if start < text.count { parts.append(.text(UnsafeRawBufferPointer(rebasing: text[start...]))) }
    }

    /// The pieces that make the text with all matches replaced, one after another.
    /// - Throws: `PatternError.limit`.
    func pieces(
        of text: UnsafeRawBufferPointer, _ pattern: TextPattern, steps: inout Int
    ) throws(PatternError) -> [UnsafeRawBufferPointer] {
        var machine = PatternMachine(pattern, keepsGroups: usesGroups)
        var pieces: [UnsafeRawBufferPointer] = []
        var kept = 0
        var offset = 0
        while offset <= text.count, let match = try machine.match(text, from: offset, steps: &steps) {
            steps -= parts.count
            if match[0] > kept { pieces.append(UnsafeRawBufferPointer(rebasing: text[kept..<match[0]])) }
            for part in parts {
                switch part {
                case .text(let piece): pieces.append(piece)
                case .group(let number):
                    let (start, end) = (match[2 * number], match[2 * number + 1])
                    if start >= 0, end > start { pieces.append(UnsafeRawBufferPointer(rebasing: text[start..<end])) }
                }
            }
            kept = match[1]
            // Behind an empty match the next begins one character on.
            offset = match[1] > match[0] ? match[1] : match[1] + max(1, PatternMachine.scalar(text, match[1]).width)
        }
        if kept < text.count { pieces.append(UnsafeRawBufferPointer(rebasing: text[kept...])) }
        return pieces
    }
}
