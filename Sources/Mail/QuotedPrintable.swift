/// Text as lines of ASCII that every mail server passes on unchanged.
/// - Source: RFC 2045 section 6.7.
enum QuotedPrintable {
    private static let lineBytesMax = 76
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// - Returns: lines that end in CR and LF, however the text ends its own.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + text.utf8.count / 16 + 2)
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        for line in lines {
            encodeLine(Array(line.utf8), to: &output)
            output += [0x0D, 0x0A]
        }
        return output
    }

    private static func encodeLine(_ line: [UInt8], to output: inout [UInt8]) {
        var column = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isSpace = byte == 0x20 || byte == 0x09
            let isLiteral = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || isSpace && !isLast
            // A point at a line's start is doubled on the way and undone by good servers; none is needed.
            let isPoint = byte == UInt8(ascii: ".") && column == 0
            let width = isLiteral && !isPoint ? 1 : 3
            if column + width > lineBytesMax - 1 {
                output += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
            }
            if isLiteral && !(byte == UInt8(ascii: ".") && column == 0) {
                output.append(byte)
                column += 1
            } else {
                output += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                column += 3
            }
        }
    }
}
