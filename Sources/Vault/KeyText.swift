/// A key as text: 64 hexadecimal digits.
enum KeyText {
    /// The digits of bytes, in lower case.
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digit($0 >> 4), digit($0 & 15)] }, as: UTF8.self)
    }

    /// Writes a key's digits and a line feed.
    /// - Returns: 65 bytes, which the caller wipes.
    static func line(_ key: SecretKey) -> [UInt8] {
        key.withBytes { bytes in
            [UInt8](unsafeUninitializedCapacity: bytes.count * 2 + 1) { target, count in
                for (place, byte) in bytes.enumerated() {
                    target[place * 2] = digit(byte >> 4)
                    target[place * 2 + 1] = digit(byte & 15)
                }
                target[bytes.count * 2] = UInt8(ascii: "\n")
                count = bytes.count * 2 + 1
            }
        }
    }

    /// The key of a text's first line.
    /// - Returns: `nil` if that is not 64 hexadecimal digits; white space around them is passed over.
    static func key(_ text: some Collection<UInt8>) throws(VaultError) -> SecretKey? {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == 9 || byte == 13 }
        let line = text.prefix { $0 != UInt8(ascii: "\n") }.drop(while: isSpace)
        let digits = line.prefix { !isSpace($0) }
        guard digits.count == SecretKey.byteCount * 2, line.dropFirst(digits.count).allSatisfy(isSpace) else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: SecretKey.byteCount)
        defer { SecretBytes.erase(&bytes) }
        for (place, digit) in digits.enumerated() {
            guard let value = value(digit) else { return nil }
            bytes[place / 2] = bytes[place / 2] << 4 | value
        }
        let made = bytes.withUnsafeBytes { raw in Result { () throws(VaultError) in try SecretKey(copying: raw) } }
        return try made.get()
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
