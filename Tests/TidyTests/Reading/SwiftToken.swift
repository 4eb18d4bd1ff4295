/// A word or a single mark of Swift code, comments and literals left out.
struct SwiftToken {
    let text: Substring
    /// Counted from 1.
    let line: Int
    /// Where it starts, in bytes.
    let offset: Int
    /// Whether nothing stands between it and the token before.
    let touchesPrevious: Bool

    /// Whether it is an identifier, a keyword or a number.
    var isWord: Bool { text.utf8.first.map(Self.isWordByte) ?? false }

    /// Whether it is a sentence in backticks, as tests are named.
    var isSentence: Bool { text.hasPrefix("`") && text.contains("_") }

    /// Whether `byte` can stand in an identifier; those outside ASCII and backticks do.
    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "`"), 0x80...:
            true
        default: false
        }
    }

    /// The tokens of `text` in their order.
    static func tokens(of text: String) -> [SwiftToken] {
        let code = SwiftMask.code(of: text)
        let masked = String(decoding: code, as: UTF8.self)
        var tokens: [SwiftToken] = []
        var line = 1
        var index = 0
        var lastEnd = -1
        while index < code.count {
            let start = index
            index += 1
            switch code[start] {
            case UInt8(ascii: "\n"):
                line += 1
                continue
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                continue
            case let byte where isWordByte(byte):
                while index < code.count, isWordByte(code[index]) { index += 1 }
            default: break
            }
            let utf8 = masked.utf8
            let from = utf8.index(utf8.startIndex, offsetBy: start)
            let word = masked[from..<utf8.index(from, offsetBy: index - start)]
            tokens.append(SwiftToken(text: word, line: line, offset: start, touchesPrevious: start == lastEnd))
            lastEnd = index
        }
        return tokens
    }
}
