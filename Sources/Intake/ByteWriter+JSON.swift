internal import Base

extension ByteWriter {
    private static let hexDigits = Array("0123456789abcdef".utf8)
    private static let base64Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// A JSON string with its quotes.
    func writeJSONString(_ text: String) {
        var text = text
        write(UInt8(ascii: "\""))
        text.withUTF8 { writeEscaped(UnsafeRawBufferPointer($0)) }
        write(UInt8(ascii: "\""))
    }

    /// The inside of a JSON string: `bytes` are UTF-8.
    func writeEscaped(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        for byte in bytes {
            switch byte {
            case 0x22: write("\\\"")
            case 0x5C: write("\\\\")
            case 0x0A: write("\\n")
            case 0x0D: write("\\r")
            case 0x09: write("\\t")
            case 0..<0x20, 0x7F:
                write("\\u00")
                write(Self.hexDigits[Int(byte >> 4)])
                write(Self.hexDigits[Int(byte & 15)])
            default: write(byte)
            }
        }
    }

    /// - Source: RFC 4648, section 4.
    func writeBase64(_ bytes: UnsafeRawBufferPointer) {
        reserve((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let first = bytes[index]
            let second = left > 1 ? bytes[index + 1] : 0
            let third = left > 2 ? bytes[index + 2] : 0
            write(Self.base64Digits[Int(first >> 2)])
            write(Self.base64Digits[Int((first & 3) << 4 | second >> 4)])
            write(left > 1 ? Self.base64Digits[Int((second & 15) << 2 | third >> 6)] : 0x3D)
            write(left > 2 ? Self.base64Digits[Int(third & 63)] : 0x3D)
            index += 3
        }
    }
}
