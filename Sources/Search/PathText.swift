internal import FHIR

/// Takes the expression of a search parameter apart as text: at its unions, and step by step as far as it is a plain
/// path.
enum PathText {
    /// The operands of the unions that stand outside of parentheses and quotes, without parentheses around the whole.
    static func branches(_ expression: String) -> [String] {
        split(expression, at: UInt8(ascii: "|")).map(withoutParentheses)
    }

    /// Words and signs that bind weaker than a union.
    private static let weakWords: Set<String> = ["and", "or", "xor", "implies", "in", "contains"]
    private static let weakSigns = Set("=<>~".utf8)

    /// Whether an expression may be taken apart at its unions: nothing outside of parentheses binds weaker, and there
    /// is no text in which quotes and comments would have to be told apart.
    static func isUnion(_ expression: String) -> Bool {
        guard !expression.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "`") }),
            expression.firstRange(of: "//") == nil || expression.contains("'"), !expression.contains("/*")
        else { return false }
        var depth = 0
        var isQuoted = false
        var word: [UInt8] = []
        for byte in expression.utf8 + [0x20] {
            if byte == UInt8(ascii: "'") { isQuoted.toggle() }
            if !isQuoted {
                if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
                if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") { depth -= 1 }
                if depth == 0, weakSigns.contains(byte) { return false }
                if byte | 0x20 >= UInt8(ascii: "a"), byte | 0x20 <= UInt8(ascii: "z") {
                    word.append(byte)
                    continue
                }
            }
            if depth == 0, weakWords.contains(String(decoding: word, as: UTF8.self)) { return false }
            word.removeAll(keepingCapacity: true)
        }
        return true
    }

    /// The type that a branch starts from, where it starts from one.
    static func rootType(_ branch: String) -> String? {
        let name = branch.drop { $0 == "(" || $0 == " " }.prefix { $0.isLetter }
        return name.first?.isUppercase == true ? String(name) : nil
    }

    /// The branch without a final `.where(resolve() is X)`, and that X.
    static func withoutTarget(_ branch: String) -> (branch: String, target: String?) {
        guard branch.hasSuffix(")"), let range = branch.firstRange(of: ".where(resolve() is ") else {
            return (branch, nil)
        }
        let target = branch[range.upperBound...].dropLast()
        guard !target.isEmpty, target.allSatisfy(\.isLetter) else { return (branch, nil) }
        return (String(branch[..<range.lowerBound]), String(target))
    }

    static func withoutParentheses(_ text: String) -> String {
        var bytes = trimmed(Array(text.utf8)[...])
        while bytes.first == UInt8(ascii: "("), closing(bytes) == bytes.endIndex - 1 {
            bytes = trimmed(bytes.dropFirst().dropLast())
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while bytes.first == 0x20 { bytes = bytes.dropFirst() }
        while bytes.last == 0x20 { bytes = bytes.dropLast() }
        return bytes
    }

    /// The place of the parenthesis that closes the first one.
    private static func closing(_ bytes: ArraySlice<UInt8>) -> Int? {
        var depth = 0
        var isQuoted = false
        for place in bytes.indices {
            switch bytes[place] {
            case UInt8(ascii: "'"): isQuoted.toggle()
            case UInt8(ascii: "(") where !isQuoted: depth += 1
            case UInt8(ascii: ")") where !isQuoted:
                depth -= 1
                if depth == 0 { return place }
            default: break
            }
        }
        return nil
    }

    /// The parts between separators outside of parentheses and quotes.
    static func split(_ text: String, at separator: UInt8) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var depth = 0
        var isQuoted = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "'"): isQuoted.toggle()
            case UInt8(ascii: "(") where !isQuoted: depth += 1
            case UInt8(ascii: ")") where !isQuoted: depth -= 1
            case separator where !isQuoted && depth == 0:
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
                continue
            default: break
            }
            part.append(byte)
        }
        parts.append(String(decoding: part, as: UTF8.self))
        return parts
    }
}
