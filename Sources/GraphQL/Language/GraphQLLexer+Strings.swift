extension GraphQLLexer {
    /// Reads a string, quoted once or three times.
    mutating func string() throws(GraphQLError) -> String {
        let start = offset
        if has("\"\"\"", at: offset) { return try blockString(start) }
        take(1)
        var value: [UInt8] = []
        while offset < source.count {
            let byte = source[offset]
            switch byte {
            case UInt8(ascii: "\""):
                take(1)
                return String(decoding: value, as: UTF8.self)
            case 0x0A, 0x0D: throw GraphQLError(.syntax, "A string that its line does not close.", at: start)
            case UInt8(ascii: "\\"): try escape(into: &value)
            case 0x00..<0x20 where byte != 0x09:
                throw GraphQLError(.syntax, "A control character inside a string.", at: offset)
            default:
                value.append(byte)
                take(1)
            }
        }
        throw GraphQLError(.syntax, "A string without its closing quote.", at: start)
    }

    private func has(_ text: StaticString, at place: Int) -> Bool {
        guard place + text.utf8CodeUnitCount <= source.count else { return false }
        for step in 0..<text.utf8CodeUnitCount where source[place + step] != text.utf8Start[step] { return false }
        return true
    }

    private mutating func escape(into value: inout [UInt8]) throws(GraphQLError) {
        let start = offset
        guard offset + 1 < source.count else {
            throw GraphQLError(.syntax, "A string without its closing quote.", at: start)
        }
        let mark = source[offset + 1]
        take(2)
        switch mark {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): value.append(mark)
        case UInt8(ascii: "b"): value.append(0x08)
        case UInt8(ascii: "f"): value.append(0x0C)
        case UInt8(ascii: "n"): value.append(0x0A)
        case UInt8(ascii: "r"): value.append(0x0D)
        case UInt8(ascii: "t"): value.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexCode(start)
            if (0xD800..<0xDC00).contains(code), has("\\u", at: offset) {
                take(2)
                let low = try hexCode(start)
                guard (0xDC00..<0xE000).contains(low) else { throw badEscape(start) }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw badEscape(start) }
            value.append(contentsOf: String(scalar).utf8)
        default: throw badEscape(start)
        }
    }

    private func badEscape(_ place: Int) -> GraphQLError {
        GraphQLError(.syntax, "A malformed escape in a string.", at: place)
    }

    private mutating func hexCode(_ start: Int) throws(GraphQLError) -> UInt32 {
        guard offset + 4 <= source.count else { throw badEscape(start) }
        var code: UInt32 = 0
        for step in 0..<4 {
            let byte = source[offset + step]
            let letter = (byte | 0x20) &- UInt8(ascii: "a")
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 || letter < 6 else { throw badEscape(start) }
            code = code << 4 | UInt32(digit < 10 ? digit : letter + 10)
        }
        take(4)
        return code
    }

    private mutating func blockString(_ start: Int) throws(GraphQLError) -> String {
        take(3)
        var raw: [UInt8] = []
        while offset < source.count {
            if has("\"\"\"", at: offset) {
                take(3)
                return Self.blockValue(raw)
            }
            if has("\\\"\"\"", at: offset) {
                raw.append(contentsOf: [0x22, 0x22, 0x22])
                take(4)
                continue
            }
            let byte = source[offset]
            guard byte >= 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D else {
                throw GraphQLError(.syntax, "A control character inside a string.", at: offset)
            }
            raw.append(byte)
            take(1)
        }
        throw GraphQLError(.syntax, "A block string without its closing quotes.", at: start)
    }

    /// Takes the common indentation and the blank lines at both ends away.
    /// - Source: GraphQL October 2021, section 2.9.4, BlockStringValue.
    static func blockValue(_ raw: [UInt8]) -> String {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        var place = 0
        while place <= raw.count {
            if place == raw.count || raw[place] == 0x0A || raw[place] == 0x0D {
                lines.append(raw[start..<place])
                if place + 1 < raw.count, raw[place] == 0x0D, raw[place + 1] == 0x0A { place += 1 }
                start = place + 1
            }
            place += 1
        }
        var common: Int?
        for line in lines.dropFirst() {
            let indent = line.prefix(while: isBlank).count
            if indent < line.count { common = min(common ?? indent, indent) }
        }
        if let common {
            for index in lines.indices.dropFirst() { lines[index] = lines[index].dropFirst(common) }
        }
        while let first = lines.first, first.allSatisfy(isBlank) { lines.removeFirst() }
        while let last = lines.last, last.allSatisfy(isBlank) { lines.removeLast() }
        return String(decoding: Array(lines.joined(separator: [0x0A])), as: UTF8.self)
    }
}
