/// Takes the text of a `_filter` apart.
struct SearchFilterText {
    /// A value with whether it stood in quotes.
    struct Value {
        var text: String
        var isQuoted: Bool
    }

    private let scalars: [Unicode.Scalar]
    private(set) var offset = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    private var current: Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

    mutating func skipSpaces() {
        while let scalar = current, scalar.properties.isWhitespace { offset += 1 }
    }

    var isAtEnd: Bool { offset == scalars.count }

    /// Whether the next sign is this one; if so it is passed.
    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        offset += 1
        return true
    }

    /// Whether the next word is this one; if so it is passed.
    mutating func take(word: String) -> Bool {
        let end = offset + word.unicodeScalars.count
        guard end <= scalars.count, scalars[offset..<end].elementsEqual(word.unicodeScalars) else { return false }
        guard end == scalars.count || scalars[end].properties.isWhitespace || scalars[end] == "(" else { return false }
        offset = end
        return true
    }

    /// A parameter's name, with a type behind a colon where one is named; empty where none stands.
    mutating func name() -> String {
        var name = String.UnicodeScalarView()
        while let scalar = current,
            scalar == "_" || scalar == "-" || scalar == ":" || scalar.properties.isAlphabetic
                || ("0"..."9").contains(scalar)
        {
            name.append(scalar)
            offset += 1
        }
        return String(name)
    }

    /// A JSON string, or all up to white space or a closing bracket; `nil` where neither stands.
    mutating func value() -> Value? {
        if take("\"") { return quoted() }
        var value = String.UnicodeScalarView()
        while let scalar = current, !scalar.properties.isWhitespace, scalar != ")", scalar != "]" {
            value.append(scalar)
            offset += 1
        }
        return value.isEmpty ? nil : Value(text: String(value), isQuoted: false)
    }

    /// What stands up to the closing quotation mark, without its escapes.
    private mutating func quoted() -> Value? {
        var value = String.UnicodeScalarView()
        while let scalar = current {
            offset += 1
            if scalar == "\"" { return Value(text: String(value), isQuoted: true) }
            guard scalar == "\\" else {
                value.append(scalar)
                continue
            }
            guard let escaped = escaped() else { return nil }
            value.append(escaped)
        }
        return nil
    }

    /// What stands behind a backslash.
    private mutating func escaped() -> Unicode.Scalar? {
        guard let scalar = current else { return nil }
        offset += 1
        switch scalar {
        case "\"", "\\", "/": return scalar
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            guard let first = unit() else { return nil }
            guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
            guard take("\\"), take("u"), let second = unit(), (0xDC00..<0xE000).contains(second) else { return nil }
            return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        default: return nil
        }
    }

    /// Four hexadecimal digits.
    private mutating func unit() -> UInt32? {
        guard offset + 4 <= scalars.count else { return nil }
        let digits = String(String.UnicodeScalarView(scalars[offset..<offset + 4]))
        guard digits.allSatisfy(\.isHexDigit) else { return nil }
        offset += 4
        return UInt32(digits, radix: 16)
    }
}
