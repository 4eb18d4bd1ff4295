internal import Base

/// Lays JSON out for people.
enum JSONIndent {
    /// Writes minified, well-formed JSON with line breaks and two spaces for each level.
    static func write(_ text: UnsafeRawBufferPointer, to writer: ByteWriter) {
        writer.reserve(text.count * 2)
        var depth = 0
        var isString = false
        var isEscaped = false
        for (offset, byte) in text.enumerated() {
            if isString {
                writer.write(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                writer.write(byte)
                depth += 1
                // `]` and `}` lie two behind their opening counterparts.
                if offset + 1 < text.count, text[offset + 1] != byte + 2 { breakLine(depth, writer) }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if text[offset - 1] != byte - 2 { breakLine(depth, writer) }
                writer.write(byte)
            case UInt8(ascii: ","):
                writer.write(byte)
                breakLine(depth, writer)
            case UInt8(ascii: ":"): writer.write(": ")
            default:
                if byte == UInt8(ascii: "\"") { isString = true }
                writer.write(byte)
            }
        }
        writer.write(UInt8(ascii: "\n"))
    }

    private static func breakLine(_ depth: Int, _ writer: ByteWriter) {
        writer.write(UInt8(ascii: "\n"))
        for _ in 0..<max(depth, 0) { writer.write("  ") }
    }
}
