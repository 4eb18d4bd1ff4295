/// Cuts the text of an expression into tokens.
/// - Source: FHIRPath N1 grammar, http://hl7.org/fhirpath/N1/grammar.html.
struct PathLexer {
    private let text: [UInt8]
    private var offset = 0

    init(_ text: [UInt8]) {
        self.text = text
    }

    /// All tokens of the text, the last of kind `end`.
    static func tokens(of text: [UInt8]) throws(PathError) -> [PathToken] {
        var lexer = PathLexer(text)
        var tokens: [PathToken] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.isEnd { return tokens }
        }
    }

    private var current: UInt8 { offset < text.count ? text[offset] : 0 }

    private func peek(_ ahead: Int) -> UInt8 { offset + ahead < text.count ? text[offset + ahead] : 0 }

    private func fail(_ detail: String, at place: Int) -> PathError {
        PathError(code: .syntax, detail: detail, offset: place)
    }

    private mutating func next() throws(PathError) -> PathToken {
        try skipSpace()
        let start = offset
        guard offset < text.count else { return PathToken(kind: .end, offset: start) }
        let byte = current
        let kind: PathToken.Kind
        switch byte {
        case UInt8(ascii: "'"): kind = .string(try quoted())
        case UInt8(ascii: "`"): kind = .name(String(decoding: try quoted(), as: UTF8.self), isDelimited: true)
        case UInt8(ascii: "@"): kind = try moment()
        case UInt8(ascii: "%"): kind = try external()
        case UInt8(ascii: "$"): kind = try dollar()
        case _ where isDigit(byte): kind = try number()
        case _ where isNameStart(byte): kind = .name(name(), isDelimited: false)
        default: kind = .symbol(try symbol())
        }
        return PathToken(kind: kind, offset: start)
    }

    private mutating func skipSpace() throws(PathError) {
        while offset < text.count {
            switch current {
            case 0x20, 0x09, 0x0A, 0x0D:
                offset += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
                while offset < text.count, current != 0x0A, current != 0x0D { offset += 1 }
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
                let start = offset
                offset += 2
                while offset < text.count, !(current == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                    offset += 1
                }
                guard offset < text.count else { throw fail("a comment without its end", at: start) }
                offset += 2
            default:
                return
            }
        }
    }

    private mutating func name() -> String {
        let start = offset
        while offset < text.count, isNameStart(current) || isDigit(current) { offset += 1 }
        return String(decoding: text[start..<offset], as: UTF8.self)
    }

    private mutating func external() throws(PathError) -> PathToken.Kind {
        let start = offset
        offset += 1
        switch current {
        case UInt8(ascii: "`"), UInt8(ascii: "'"):
            return .external(String(decoding: try quoted(), as: UTF8.self))
        case let byte where isNameStart(byte):
            return .external(name())
        default:
            throw fail("% without a name", at: start)
        }
    }

    private mutating func dollar() throws(PathError) -> PathToken.Kind {
        let start = offset
        offset += 1
        let word = name()
        guard ["this", "index", "total"].contains(word) else {
            throw fail("$ is followed by this, index or total", at: start)
        }
        return .dollar(word)
    }

    private mutating func number() throws(PathError) -> PathToken.Kind {
        let start = offset
        while isDigit(current) { offset += 1 }
        if current == UInt8(ascii: "."), isDigit(peek(1)) {
            offset += 1
            while isDigit(current) { offset += 1 }
            guard let value = text[start..<offset].withUnsafeBytes({ ExactDecimal(parsing: $0) }) else {
                throw PathError(code: .outOfRange, detail: "a number with too many digits", offset: start)
            }
            return .decimal(value)
        }
        guard let value = Int64(String(decoding: text[start..<offset], as: UTF8.self)), value <= Int64(Int32.max) + 1
        else {
            throw PathError(code: .outOfRange, detail: "an integer beyond 32 bits", offset: start)
        }
        return .integer(value)
    }

    /// `@2015-02-04`, `@2015-02-04T14:34:28Z`, `@T14:34`.
    private mutating func moment() throws(PathError) -> PathToken.Kind {
        let start = offset
        offset += 1
        let isTime = current == UInt8(ascii: "T")
        if isTime { offset += 1 }
        let body = offset
        if isTime {
            while isDigit(current) || current == UInt8(ascii: ":") || isFraction { offset += 1 }
            guard let value = text[body..<offset].withUnsafeBytes({ TimeOfDay.parse($0) }) else {
                throw fail("a malformed time", at: start)
            }
            return .time(value)
        }
        while isDigit(current) || (current == UInt8(ascii: "-") && isDigit(peek(1))) { offset += 1 }
        guard current == UInt8(ascii: "T") else {
            guard let value = text[body..<offset].withUnsafeBytes({ DateTimeValue.parse($0) }) else {
                throw fail("a malformed date", at: start)
            }
            return .date(value)
        }
        let day = offset
        offset += 1
        while isDigit(current) || current == UInt8(ascii: ":") || isFraction { offset += 1 }
        if offset > day + 1, current == UInt8(ascii: "Z") {
            offset += 1
        } else if offset > day + 1, isZoneSign {
            offset += 1
            while isDigit(current) || current == UInt8(ascii: ":") { offset += 1 }
        }
        let end = offset == day + 1 ? day : offset
        guard let value = text[body..<end].withUnsafeBytes({ DateTimeValue.parse($0) }) else {
            throw fail("a malformed date and time", at: start)
        }
        return .dateTime(value)
    }

    private var isFraction: Bool { current == UInt8(ascii: ".") && isDigit(peek(1)) }

    /// Whether a sign here opens a time zone (`+10:00`) and not an operator's second operand.
    private var isZoneSign: Bool {
        (current == UInt8(ascii: "+") || current == UInt8(ascii: "-"))
            && isDigit(peek(1)) && isDigit(peek(2)) && peek(3) == UInt8(ascii: ":")
    }

    private mutating func quoted() throws(PathError) -> [UInt8] {
        let start = offset
        let quote = current
        offset += 1
        var bytes: [UInt8] = []
        while offset < text.count {
            let byte = current
            offset += 1
            if byte == quote { return bytes }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            try escape(into: &bytes)
        }
        throw fail("a text without its closing quote", at: start)
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(PathError) {
        let start = offset - 1
        let byte = current
        offset += 1
        switch byte {
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            bytes.append(byte)
        case UInt8(ascii: "u"):
            var code = try fourHexDigits(at: start)
            if (0xD800..<0xDC00).contains(code), current == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
                offset += 2
                let low = try fourHexDigits(at: start)
                guard (0xDC00..<0xE000).contains(low) else { throw fail("half a character", at: start) }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fail("half a character", at: start) }
            bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
        default:
            throw fail("an unknown escape", at: start)
        }
    }

    private mutating func fourHexDigits(at start: Int) throws(PathError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = hexDigit(current) else { throw fail("\\u is followed by four hex digits", at: start) }
            code = code << 4 | UInt32(digit)
            offset += 1
        }
        return code
    }

    private mutating func symbol() throws(PathError) -> PathSymbol {
        let start = offset
        let pair = String(decoding: text[offset..<min(offset + 2, text.count)], as: UTF8.self)
        if pair.utf8.count == 2, let symbol = PathSymbol(rawValue: pair) {
            offset += 2
            return symbol
        }
        guard let symbol = PathSymbol(rawValue: String(decoding: [current], as: UTF8.self)) else {
            throw fail("an unexpected character", at: start)
        }
        offset += 1
        return symbol
    }
}

func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

private func isNameStart(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_")
}

/// The value of a hexadecimal digit.
func hexDigit(_ byte: UInt8) -> UInt8? {
    if isDigit(byte) { return byte - 0x30 }
    let letter = (byte | 0x20) &- 0x61
    return letter < 6 ? letter + 10 : nil
}
