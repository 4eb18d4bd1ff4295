/// Writes a text as a JSON string: quoted, with quotes, backslashes and control characters escaped.
/// - Parameter text: UTF-8; what is none passes as it is.
/// - Source: RFC 8259 section 7.
package func writeJSONString(_ text: UnsafeRawBufferPointer, to writer: ByteWriter) {
    writer.write(UInt8(ascii: "\""))
    writeJSONEscaped(text, to: writer)
    writer.write(UInt8(ascii: "\""))
}

/// Writes a text as a JSON string.
package func writeJSONString(_ text: String, to writer: ByteWriter) {
    var text = text
    text.withUTF8 { writeJSONString(UnsafeRawBufferPointer($0), to: writer) }
}

/// Writes a text as a JSON string.
package func writeJSONString(_ text: StaticString, to writer: ByteWriter) {
    writeJSONString(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), to: writer)
}

/// Writes the inside of a JSON string, for strings that are put together from pieces.
package func writeJSONEscaped(_ text: UnsafeRawBufferPointer, to writer: ByteWriter) {
    var plain = 0
    for offset in 0..<text.count {
        let byte = text[offset]
        guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
        writer.write(UnsafeRawBufferPointer(rebasing: text[plain..<offset]))
        plain = offset + 1
        writeEscape(of: byte, to: writer)
    }
    writer.write(UnsafeRawBufferPointer(rebasing: text[plain...]))
}

private func writeEscape(of byte: UInt8, to writer: ByteWriter) {
    switch byte {
    case UInt8(ascii: "\""): writer.write("\\\"")
    case UInt8(ascii: "\\"): writer.write("\\\\")
    case 0x0A: writer.write("\\n")
    case 0x0D: writer.write("\\r")
    case 0x09: writer.write("\\t")
    default:
        let digits: StaticString = "0123456789abcdef"
        writer.write("\\u00")
        writer.write(digits.utf8Start[Int(byte >> 4)])
        writer.write(digits.utf8Start[Int(byte & 15)])
    }
}
