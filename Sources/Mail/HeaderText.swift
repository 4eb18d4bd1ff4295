internal import Base

/// Text in the header of a mail.
/// - Source: RFC 5322 section 2.2; RFC 2047.
enum HeaderText {
    private static let encodedWordBytesMax = 75
    private static let wordStart = "=?UTF-8?B?"
    private static let wordEnd = "?="
    /// How long a line may be, and where the words of one are broken.
    private static let lineBytesMax = 76

    /// Whether it holds no control characters, so that it cannot end its line.
    static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            ![.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
    }

    /// Words of a subject, as the value of a field.
    /// - Parameter indent: how many bytes stand before them on their line.
    static func unstructured(_ text: String, indent: Int) -> String {
        let isASCII = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        let fits = text.utf8.count + indent <= lineBytesMax
        // What looks like an encoded word would be read as one, and longer lines than one need no folding when encoded.
        guard isASCII, fits, !text.contains("=?") else { return encoded(text, indent: indent) }
        return text
    }

    /// A name before an address, with quotation marks or encoded as it needs.
    static func phrase(_ text: String, indent: Int) -> String {
        let isASCII = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        guard isASCII, text.utf8.count + indent < lineBytesMax, !text.contains("=?") else {
            return encoded(text, indent: indent)
        }
        let escaped = text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
        return "\"" + String(escaped) + "\""
    }

    /// Encoded words, one on a line, none of which splits a character.
    private static func encoded(_ text: String, indent: Int) -> String {
        var words: [String] = []
        var piece: [UInt8] = []
        // The first shares its line with the field's name.
        var room = bytesInWord(max(20, encodedWordBytesMax - indent))
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if piece.count + bytes.count > room {
                words.append(word(piece))
                piece = []
                room = bytesInWord(encodedWordBytesMax - 1)
            }
            piece += bytes
        }
        if !piece.isEmpty || words.isEmpty { words.append(word(piece)) }
        return words.joined(separator: "\r\n ")
    }

    private static func bytesInWord(_ count: Int) -> Int {
        (count - wordStart.utf8.count - wordEnd.utf8.count) / 4 * 3
    }

    private static func word(_ bytes: [UInt8]) -> String {
        wordStart + base64(bytes) + wordEnd
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let writer = ByteWriter(capacity: bytes.count * 4 / 3 + 4)
        bytes.withUnsafeBytes { writer.writeBase64($0) }
        return String(decoding: writer.copy(), as: UTF8.self)
    }
}
