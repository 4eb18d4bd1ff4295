internal import Base

/// A row of texts as bytes, for what is sealed as one: each with its length before it.
enum TextFields {
    static func encode(_ texts: [String]) -> [UInt8] {
        let writer = ByteWriter(capacity: 256)
        defer { writer.wipe() }
        for text in texts {
            writer.writeVarint(UInt64(text.utf8.count))
            writer.write(text)
        }
        return writer.copy()
    }

    /// - Throws: `AccountsError.damaged` if the bytes are not what `encode` makes.
    static func decode(_ bytes: [UInt8]) throws(AccountsError) -> [String] {
        let texts = bytes.withUnsafeBytes { raw -> [String]? in
            var reader = ByteReader(raw)
            var texts: [String] = []
            while reader.remaining > 0 {
                guard let count = reader.readVarint(), let length = Int(exactly: count),
                    let text = reader.readBytes(length)
                else { return nil }
                texts.append(String(decoding: text, as: UTF8.self))
            }
            return texts
        }
        guard let texts else { throw AccountsError(.damaged, "a sealed row does not decode") }
        return texts
    }
}
