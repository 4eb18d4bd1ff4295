/// A path of a FHIRPath Patch as the language reads it.
enum PatchPath {
    /// Puts the element `div` of a narrative, which has the name of an operator, between accents: `Patient.text.div` is
    /// what patches say, and behind a point no operator can stand. Texts between quotes stay as they are.
    static func readable(_ path: String) -> String {
        guard path.contains(".div") else { return path }
        let text = Array(path.utf8)
        var made: [UInt8] = []
        var quote: UInt8?
        var position = 0
        while position < text.count {
            let byte = text[position]
            if let open = quote {
                made.append(byte)
                if byte == UInt8(ascii: "\\"), position + 1 < text.count {
                    position += 1
                    made.append(text[position])
                } else if byte == open {
                    quote = nil
                }
            } else if byte == UInt8(ascii: "."), text[(position + 1)...].starts(with: "div".utf8),
                position + 4 >= text.count || !isWord(text[position + 4])
            {
                made += ".`div`".utf8
                position += 3
            } else {
                if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") { quote = byte }
                made.append(byte)
            }
            position += 1
        }
        return String(decoding: made, as: UTF8.self)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
    }
}
