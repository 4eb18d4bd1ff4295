internal import JSONTape

/// What words a text must hold: `cancer OR (metastasis NOT "in situ")`.
///
/// Words that stand side by side must all be there, as with `AND`; `OR` and `NOT` are written in capitals, words in
/// quotation marks stand in this order, and `*` at a word's end stands for its rest. Case, accents and punctuation are as
/// in string parameters.
/// - Source: FHIR R4 search, _text and _content, https://hl7.org/fhir/R4/search.html#content
package indirect enum WordExpression: Sendable {
    /// Normalised words in this order; the last one may go on where `isOpen`.
    case phrase([UInt8], isOpen: Bool)
    case all([WordExpression])
    case any([WordExpression])
    case not(WordExpression)

    /// Between texts that do not go on in one another.
    static let separator = UInt8(ascii: "\n")

    /// Whether it holds for normalised texts, one behind another with separators between.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .phrase(let words, let isOpen): Self.holds(text, words, isOpen: isOpen)
        case .all(let parts): parts.allSatisfy { $0.matches(text) }
        case .any(let parts): parts.contains { $0.matches(text) }
        case .not(let part): !part.matches(text)
        }
    }

    private static func holds(_ text: UnsafeRawBufferPointer, _ words: [UInt8], isOpen: Bool) -> Bool {
        guard let first = words.first, words.count <= text.count else { return false }
        func isBorder(_ place: Int) -> Bool {
            place < 0 || place == text.count || text[place] == UInt8(ascii: " ") || text[place] == separator
        }
        return words.withUnsafeBytes { words in
            for start in 0...text.count - words.count where text[start] == first && isBorder(start - 1) {
                let end = start + words.count
                guard isOpen || isBorder(end) else { continue }
                if bytesEqual(UnsafeRawBufferPointer(rebasing: text[start..<end]), words) { return true }
            }
            return false
        }
    }
}

extension WordExpression {
    private static let partsMax = 100
    private static let depthMax = 16

    /// Reads an expression.
    /// - Throws: what is wrong with it, for the one who wrote it.
    init(_ text: String) throws(WordExpressionError) {
        var parser = Parser(rest: text[...])
        self = try parser.alternatives(depth: 0)
        guard parser.rest.isEmpty else { throw WordExpressionError(detail: "a \")\" closes nothing") }
    }

    private struct Parser {
        var rest: Substring
        var count = 0

        mutating func alternatives(depth: Int) throws(WordExpressionError) -> WordExpression {
            guard depth < depthMax else {
                throw WordExpressionError(detail: "it nests deeper than \(depthMax) brackets")
            }
            var parts = [try together(depth)]
            while take("OR") { parts.append(try together(depth)) }
            return parts.count == 1 ? parts[0] : .any(parts)
        }

        private mutating func together(_ depth: Int) throws(WordExpressionError) -> WordExpression {
            var parts = [try single(depth)]
            while true {
                if take("AND") {
                    parts.append(try single(depth))
                } else if isAtEnd || rest.first == ")" || isNext("OR") {
                    return parts.count == 1 ? parts[0] : .all(parts)
                } else {
                    parts.append(try single(depth))
                }
            }
        }

        private mutating func single(_ depth: Int) throws(WordExpressionError) -> WordExpression {
            count += 1
            guard count <= partsMax else {
                throw WordExpressionError(detail: "it has more than \(partsMax) words")
            }
            if take("NOT") {
                guard depth < depthMax else {
                    throw WordExpressionError(detail: "it nests deeper than \(depthMax) brackets")
                }
                return .not(try single(depth + 1))
            }
            skipSpace()
            guard let first = rest.first, first != ")" else { throw WordExpressionError(detail: "a word is missing") }
            if first == "(" {
                rest.removeFirst()
                let inner = try alternatives(depth: depth + 1)
                guard take(")") else { throw WordExpressionError(detail: "a \"(\" is not closed") }
                return inner
            }
            if first == "\"" {
                rest.removeFirst()
                guard let end = rest.firstIndex(of: "\"") else {
                    throw WordExpressionError(detail: "a quotation mark is not closed")
                }
                defer { rest = rest[rest.index(after: end)...] }
                return try phrase(rest[..<end], isOpen: false)
            }
            let word = rest.prefix { !$0.isWhitespace && $0 != "(" && $0 != ")" && $0 != "\"" }
            if word == "OR" || word == "AND" { throw WordExpressionError(detail: "a word is missing before \(word)") }
            rest = rest[word.endIndex...]
            return try phrase(word, isOpen: word.last == "*")
        }

        private func phrase(_ text: Substring, isOpen: Bool) throws(WordExpressionError) -> WordExpression {
            let words = TextNormalizer.normalize(String(text))
            guard !words.isEmpty else { throw WordExpressionError(detail: "\"\(text)\" has no word in it") }
            return .phrase(words, isOpen: isOpen)
        }

        private mutating func skipSpace() {
            rest = rest.drop(while: \.isWhitespace)
        }

        private var isAtEnd: Bool { rest.allSatisfy(\.isWhitespace) }

        /// Whether a word in capitals comes next.
        private mutating func isNext(_ word: String) -> Bool {
            skipSpace()
            guard rest.hasPrefix(word) else { return false }
            guard let after = rest.dropFirst(word.count).first else { return true }
            return word == ")" || after.isWhitespace || after == "(" || after == "\""
        }

        private mutating func take(_ word: String) -> Bool {
            guard isNext(word) else { return false }
            rest = rest.dropFirst(word.count)
            return true
        }
    }
}

/// What is wrong with an expression of words.
package struct WordExpressionError: Error {
    package var detail: String
}
