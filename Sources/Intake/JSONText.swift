/// Reading strings out of raw JSON text, where a whole parse would be too much.
enum JSONText {
    /// The text between the quotes of a JSON string, unescaped; `nil` where it is not well-formed or not UTF-8.
    static func unescape(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.contains(0x5C) else { return String(validating: bytes, as: UTF8.self) }
        var units: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x5C else {
                units.append(bytes[index])
                index += 1
                continue
            }
            guard index + 1 < bytes.count else { return nil }
            if bytes[index + 1] == 0x75 {
                guard let scalar = scalar(bytes, &index) else { return nil }
                units.append(contentsOf: String(Character(scalar)).utf8)
            } else {
                guard let plain = single(bytes[index + 1]) else { return nil }
                units.append(plain)
                index += 2
            }
        }
        return String(validating: units, as: UTF8.self)
    }

    private static func single(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x22, 0x5C, 0x2F: byte
        case 0x62: 0x08
        case 0x66: 0x0C
        case 0x6E: 0x0A
        case 0x72: 0x0D
        case 0x74: 0x09
        default: nil
        }
    }

    private static func scalar(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> Unicode.Scalar? {
        guard let first = codeUnit(bytes, index) else { return nil }
        index += 6
        guard first & 0xFC00 == 0xD800 else { return Unicode.Scalar(first) }
        guard let second = codeUnit(bytes, index), second & 0xFC00 == 0xDC00 else { return nil }
        index += 6
        return Unicode.Scalar(0x10000 + ((first & 0x3FF) << 10 | (second & 0x3FF)))
    }

    private static func codeUnit(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt32? {
        guard index + 6 <= bytes.count, bytes[index] == 0x5C, bytes[index + 1] == 0x75 else { return nil }
        var value: UInt32 = 0
        for byte in bytes[index + 2..<index + 6] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
