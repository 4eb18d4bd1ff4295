/// A place in a JSON document.
/// - Source: RFC 6901.
struct JSONPointer: Sendable, Equatable {
    /// Each a member's name or an element's place, escapes undone.
    var tokens: [[UInt8]]

    init(tokens: [[UInt8]]) {
        self.tokens = tokens
    }

    /// - Returns: `nil` if the text is neither empty nor starts with `/`, or has a `~` that is not followed by 0 or 1.
    init?(_ text: [UInt8]) {
        tokens = []
        guard let first = text.first else { return }
        guard first == UInt8(ascii: "/") else { return nil }
        var token: [UInt8] = []
        var position = 1
        while position < text.count {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "/"):
                tokens.append(token)
                token = []
            case UInt8(ascii: "~"):
                guard position < text.count else { return nil }
                switch text[position] {
                case UInt8(ascii: "0"): token.append(UInt8(ascii: "~"))
                case UInt8(ascii: "1"): token.append(UInt8(ascii: "/"))
                default: return nil
                }
                position += 1
            default: token.append(byte)
            }
        }
        tokens.append(token)
    }

    /// Whether this place lies within another, and is not the same.
    func isInside(_ other: JSONPointer) -> Bool {
        tokens.count > other.tokens.count && tokens.starts(with: other.tokens)
    }

    /// The place in an array that a token names: digits without a zero in front.
    static func index(_ token: [UInt8]) -> Int? {
        guard let first = token.first, token.count <= 10, first != UInt8(ascii: "0") || token.count == 1 else {
            return nil
        }
        var value = 0
        for byte in token {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
