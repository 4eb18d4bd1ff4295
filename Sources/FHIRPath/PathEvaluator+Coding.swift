extension PathEvaluator {
    /// `encode`, `decode`, `escape` and `unescape`.
    func recode(
        _ function: PathFunction, _ text: UnsafeRawBufferPointer, _ format: UnsafeRawBufferPointer, _ node: PlanNode
    ) throws(PathError) {
        let name = String(decoding: format, as: UTF8.self)
        var result: [UInt8]?
        switch (function, name) {
        case (.encode, "hex"): result = text.flatMap { [hexByte($0 >> 4), hexByte($0 & 15)] }
        case (.encode, "base64"): result = base64(text, isURL: false)
        case (.encode, "urlbase64"): result = base64(text, isURL: true)
        case (.decode, "hex"): result = bytes(hex: text)
        case (.decode, "base64"): result = bytes(base64: text, isURL: false)
        case (.decode, "urlbase64"): result = bytes(base64: text, isURL: true)
        case (.escape, "html"): result = escaped(text, Self.htmlEscapes)
        case (.escape, "json"): result = escaped(text, Self.jsonEscapes)
        case (.unescape, "html"): result = unescaped(text, Self.htmlEscapes)
        case (.unescape, "json"): result = unescaped(text, Self.jsonEscapes)
        default: throw fail(.badArguments, "\(function.rawValue)() does not know this format", node)
        }
        guard let result, String(validating: result, as: UTF8.self) != nil else { return }
        try reserve(result.count, node)
        try push(.string(arena.store(result)))
    }

    private static let htmlEscapes: [(UInt8, String)] = [
        (UInt8(ascii: "<"), "&lt;"), (UInt8(ascii: ">"), "&gt;"), (UInt8(ascii: "&"), "&amp;"),
        (UInt8(ascii: "\""), "&quot;"), (UInt8(ascii: "'"), "&#39;"),
    ]

    private static let jsonEscapes: [(UInt8, String)] = [
        (UInt8(ascii: "\""), "\\\""), (UInt8(ascii: "\\"), "\\\\"), (0x0A, "\\n"), (0x0D, "\\r"), (0x09, "\\t"),
    ]

    private func escaped(_ text: UnsafeRawBufferPointer, _ escapes: [(UInt8, String)]) -> [UInt8] {
        var result: [UInt8] = []
        for byte in text {
            if let escape = escapes.first(where: { $0.0 == byte }) {
                result += Array(escape.1.utf8)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    private func unescaped(_ text: UnsafeRawBufferPointer, _ escapes: [(UInt8, String)]) -> [UInt8] {
        var result: [UInt8] = []
        var offset = 0
        while offset < text.count {
            if let escape = escapes.first(where: { text[offset...].starts(with: $0.1.utf8) }) {
                result.append(escape.0)
                offset += escape.1.utf8.count
            } else {
                result.append(text[offset])
                offset += 1
            }
        }
        return result
    }

    private func hexByte(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    private func bytes(hex text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var result: [UInt8] = []
        for place in stride(from: 0, to: text.count, by: 2) {
            guard let high = hexDigit(text[place]), let low = hexDigit(text[place + 1]) else { return nil }
            result.append(high << 4 | low)
        }
        return result
    }

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private func base64(_ text: UnsafeRawBufferPointer, isURL: Bool) -> [UInt8] {
        var result: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: 3) {
            let size = min(3, text.count - start)
            var word: UInt32 = 0
            for place in 0..<3 { word = word << 8 | (place < size ? UInt32(text[start + place]) : 0) }
            for place in 0..<4 {
                result.append(place <= size ? Self.letters[Int(word >> (18 - 6 * UInt32(place)) & 63)] : 0x3D)
            }
        }
        guard isURL else { return result }
        return result.map {
            $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0
        }
    }

    private func bytes(base64 text: UnsafeRawBufferPointer, isURL: Bool) -> [UInt8]? {
        var result: [UInt8] = []
        var word: UInt32 = 0
        var bits = 0
        guard text.count % 4 == 0 else { return nil }
        for (place, byte) in text.enumerated() {
            if byte == UInt8(ascii: "=") {
                guard place >= text.count - 2, text[place...].allSatisfy({ $0 == UInt8(ascii: "=") }) else {
                    return nil
                }
                break
            }
            var letter = byte
            if isURL { letter = byte == UInt8(ascii: "-") ? 0x2B : byte == UInt8(ascii: "_") ? 0x2F : byte }
            guard let digit = Self.letters.firstIndex(of: letter) else { return nil }
            word = word << 6 | UInt32(digit)
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
            }
        }
        return result
    }
}
