internal import Base

/// Bytes as texts of the interface.
enum Texts {
    /// Pairs of lower-case hexadecimal digits.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Base64 with padding.
    static func base64(_ bytes: [UInt8]) -> String {
        let writer = ByteWriter(capacity: bytes.count * 2)
        bytes.withUnsafeBytes { writer.writeBase64($0) }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// A JSON object of texts and numbers.
    static func json(_ members: [(name: String, value: JSONScalar)]) -> [UInt8] {
        let writer = ByteWriter(capacity: 256)
        writer.write("{")
        for (index, member) in members.enumerated() {
            if index > 0 { writer.write(",") }
            writeJSONString(member.name, to: writer)
            writer.write(":")
            switch member.value {
            case .text(let text): writeJSONString(text, to: writer)
            case .number(let number): writer.write(String(number))
            }
        }
        writer.write("}")
        return writer.copy()
    }
}

/// A value of a flat JSON object.
enum JSONScalar {
    case text(String)
    case number(UInt64)
}
