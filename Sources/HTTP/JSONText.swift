internal import Base

/// Writes JSON strings: enough for problem documents.
enum JSONText {
    /// `text` between quotation marks, escaped as RFC 8259 asks.
    static func write(_ text: String, to writer: ByteWriter) {
        writer.write(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): writer.write("\\\"")
            case UInt8(ascii: "\\"): writer.write("\\\\")
            case 0x0A: writer.write("\\n")
            case 0x0D: writer.write("\\r")
            case 0x09: writer.write("\\t")
            case 0..<0x20:
                writer.write("\\u00")
                writer.write(hexDigit(byte >> 4))
                writer.write(hexDigit(byte & 15))
            default: writer.write(byte)
            }
        }
        writer.write(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
