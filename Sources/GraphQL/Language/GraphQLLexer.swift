/// Cuts a document into tokens, one after another.
/// - Source: GraphQL October 2021, section 2.1.
struct GraphQLLexer {
    let source: [UInt8]
    private(set) var offset = 0
    private var tokensLeft: Int
    private let tokensMax: Int

    /// - Throws: `GraphQLError` of code `limit`, or `syntax` if the text is not UTF-8.
    init(_ source: [UInt8], limits: GraphQLLimits) throws(GraphQLError) {
        guard source.count <= limits.documentBytesMax else {
            throw GraphQLError(
                code: .limit, detail: "The document is longer than \(limits.documentBytesMax) bytes.")
        }
        guard String(validating: source, as: UTF8.self) != nil else {
            throw GraphQLError(code: .syntax, detail: "The document is not UTF-8.")
        }
        self.source = source
        tokensMax = limits.tokensMax
        tokensLeft = limits.tokensMax
        if source.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    /// Goes on by some bytes.
    mutating func take(_ count: Int) {
        offset += count
    }

    private func byte(_ ahead: Int = 0) -> UInt8? {
        offset + ahead < source.count ? source[offset + ahead] : nil
    }

    /// The next token; `.end` at the end.
    mutating func next() throws(GraphQLError) -> GraphQLToken {
        skipIgnored()
        guard let first = byte() else { return GraphQLToken(kind: .end, offset: offset, text: "") }
        tokensLeft -= 1
        guard tokensLeft >= 0 else {
            throw GraphQLError(.limit, "The document has more than \(tokensMax) tokens.", at: offset)
        }
        let start = offset
        switch first {
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "@"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            offset += 1
            return GraphQLToken(kind: .sign(first), offset: start, text: "")
        case UInt8(ascii: "."):
            guard byte(1) == first, byte(2) == first else { throw unexpected() }
            offset += 3
            return GraphQLToken(kind: .spread, offset: start, text: "")
        case UInt8(ascii: "\""):
            return GraphQLToken(kind: .string, offset: start, text: try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number()
        default:
            guard Self.startsName(first) else { throw unexpected() }
            while let next = byte(), Self.continuesName(next) { offset += 1 }
            return GraphQLToken(kind: .name, offset: start, text: text(from: start))
        }
    }

    /// White space, line ends, commas and comments.
    private mutating func skipIgnored() {
        while let next = byte() {
            switch next {
            case 0x09, 0x0A, 0x0D, 0x20, UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "#"):
                while let other = byte(), other != 0x0A, other != 0x0D { offset += 1 }
            case 0xEF where byte(1) == 0xBB && byte(2) == 0xBF: offset += 3
            default: return
            }
        }
    }

    private func unexpected() -> GraphQLError {
        guard let found = byte() else {
            return GraphQLError(.syntax, "The document ends too early.", at: offset)
        }
        let text = found > 0x20 && found < 0x7F ? "\"" + String(Unicode.Scalar(found)) + "\"" : "a character"
        return GraphQLError(.syntax, "Unexpected \(text) that GraphQL does not have here.", at: offset)
    }

    private func text(from start: Int) -> String {
        String(decoding: source[start..<offset], as: UTF8.self)
    }

    static func startsName(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
    }

    static func continuesName(_ byte: UInt8) -> Bool {
        startsName(byte) || byte &- UInt8(ascii: "0") < 10
    }

    private mutating func digits() throws(GraphQLError) {
        guard let first = byte(), first &- UInt8(ascii: "0") < 10 else { throw malformedNumber() }
        while let next = byte(), next &- UInt8(ascii: "0") < 10 { offset += 1 }
    }

    private func malformedNumber() -> GraphQLError {
        GraphQLError(.syntax, "A malformed number.", at: offset)
    }

    private mutating func number() throws(GraphQLError) -> GraphQLToken {
        let start = offset
        if byte() == UInt8(ascii: "-") { offset += 1 }
        if byte() == UInt8(ascii: "0") {
            offset += 1
            if let next = byte(), next &- UInt8(ascii: "0") < 10 { throw malformedNumber() }
        } else {
            try digits()
        }
        var kind = GraphQLToken.Kind.int
        if byte() == UInt8(ascii: ".") {
            kind = .float
            offset += 1
            try digits()
        }
        if let exponent = byte(), exponent | 0x20 == UInt8(ascii: "e") {
            kind = .float
            offset += 1
            if let sign = byte(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
        if let next = byte(), Self.startsName(next) || next == UInt8(ascii: ".") { throw malformedNumber() }
        return GraphQLToken(kind: kind, offset: start, text: text(from: start))
    }
}
