/// Reads tokens, quoted strings and delimiters of header field values.
/// - Source: RFC 9110 section 5.6.
struct FieldScanner {
    private let bytes: [UInt8]
    private var index = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { index >= bytes.count }

    mutating func skipSpace() {
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    }

    /// Passes over `byte` and says whether it was there.
    mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    /// A token; `nil` if there is none here.
    mutating func token() -> String? {
        let start = index
        while index < bytes.count, HTTPHeaders.isTokenByte(bytes[index]) { index += 1 }
        return index > start ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
    }

    /// The content of a quoted string, unescaped; `nil` if there is none here or it does not end.
    mutating func quotedString() -> String? {
        let start = index
        guard take(UInt8(ascii: "\"")) else { return nil }
        var content: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: content, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                guard index < bytes.count else { break }
                content.append(bytes[index])
                index += 1
            } else {
                content.append(byte)
            }
        }
        index = start
        return nil
    }

    /// Everything between here and the next `delimiter` that is not within quotation marks, without either.
    mutating func skip(to delimiter: UInt8) {
        while index < bytes.count, bytes[index] != delimiter {
            if bytes[index] != UInt8(ascii: "\"") || quotedString() == nil { index += 1 }
        }
    }

    /// An opaque tag: between quotation marks and without escapes, RFC 9110 section 8.8.3.
    mutating func opaqueTag() -> String? {
        let start = index
        guard take(UInt8(ascii: "\"")) else { return nil }
        let first = index
        while index < bytes.count, bytes[index] == 0x21 || (bytes[index] >= 0x23 && bytes[index] != 0x7F) { index += 1 }
        let end = index
        guard take(UInt8(ascii: "\"")) else {
            index = start
            return nil
        }
        return String(decoding: bytes[first..<end], as: UTF8.self)
    }
}
