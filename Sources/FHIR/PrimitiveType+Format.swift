extension PrimitiveType {
    /// How a primitive stands in JSON.
    enum JSONForm {
        case boolean, number, string
    }

    var jsonForm: JSONForm {
        switch self {
        case .boolean: .boolean
        case .decimal, .integer, .positiveInt, .unsignedInt: .number
        default: .string
        }
    }

    /// Whether a text is a value of the type. Numbers and booleans come as their JSON text.
    ///
    /// Where R4's regular expression and R4's prose differ the prose holds: dates are days of the calendar, control
    /// characters are refused, base64 is padded rightly. A uuid may be in capitals, as RFC 4122 has readers accept.
    /// - Source: FHIR R4 datatypes, https://hl7.org/fhir/R4/datatypes.html#primitive
    package func accepts(_ text: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .boolean: text.count == 4 || text.count == 5
        case .decimal: isDecimal(text)
        case .integer: isInteger(text, in: -2_147_483_648...2_147_483_647)
        case .positiveInt: isInteger(text, in: 1...2_147_483_647)
        case .unsignedInt: isInteger(text, in: 0...2_147_483_647)
        case .string: isText(text) && text.count <= Self.stringBytesMax
        case .markdown, .xhtml: isText(text)
        case .code: isCode(text)
        case .id: isID(text)
        case .uri, .url, .canonical: isURI(text)
        case .oid: isOID(text)
        case .uuid: isUUID(text)
        case .base64Binary: isBase64(text)
        case .date: DateFormat.isDate(text)
        case .dateTime: DateFormat.isDateTime(text)
        case .instant: DateFormat.isInstant(text)
        case .time: DateFormat.isTime(text)
        }
    }

    /// R4 allows 1,048,576 characters; four bytes is the longest character.
    static let stringBytesMax = 4 << 20
}

/// Whether a byte is a digit.
@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

/// Whether a byte is what `\s` means: space, tab, line feed, vertical tab, form feed, carriage return.
@inline(__always)
func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 5 }

/// Not empty, and no control character but tab, line feed and carriage return.
private func isText(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count > 0 else { return false }
    var offset = 0
    while offset + 8 <= text.count {
        let word = text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        // A byte below 0x20 borrows into its high bit; bytes from 0x80 on are masked out.
        let low = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
        if low != 0 && !areTextBytes(UnsafeRawBufferPointer(rebasing: text[offset..<offset + 8])) { return false }
        offset += 8
    }
    return areTextBytes(UnsafeRawBufferPointer(rebasing: text[offset...]))
}

private func areTextBytes(_ text: UnsafeRawBufferPointer) -> Bool {
    for byte in text where byte < 0x20 && byte != 9 && byte != 10 && byte != 13 { return false }
    return true
}

/// JSON's grammar of a number is R4's of a decimal.
private func isDecimal(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let last = text.last else { return false }
    return isDigit(last)
}

private func isInteger(_ text: UnsafeRawBufferPointer, in range: ClosedRange<Int>) -> Bool {
    let isNegative = text.first == UInt8(ascii: "-")
    let digits = text.dropFirst(isNegative ? 1 : 0)
    guard let first = digits.first, digits.count <= 10 else { return false }
    if first == UInt8(ascii: "0") && (digits.count > 1 || isNegative) { return false }
    var value = 0
    for digit in digits {
        guard isDigit(digit) else { return false }
        value = value * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return range.contains(isNegative ? -value : value)
}

/// Words parted by one white space each.
private func isCode(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = text.first, let last = text.last, !isSpace(first), !isSpace(last) else { return false }
    var isAfterSpace = false
    for byte in text {
        let isSpace = isSpace(byte)
        if byte < 0x20 && !isSpace || isSpace && isAfterSpace { return false }
        isAfterSpace = isSpace
    }
    return true
}

/// 1 to 64 letters, digits, `-` and `.`.
func isID(_ text: UnsafeRawBufferPointer) -> Bool {
    guard 1...64 ~= text.count else { return false }
    for byte in text {
        guard isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "-") < 2 else {
            return false
        }
    }
    return true
}

/// Not empty, without white space and control characters.
private func isURI(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count > 0 else { return false }
    for byte in text where byte <= 0x20 { return false }
    return true
}

/// `urn:oid:` and at least two arcs, the first 0 to 2, without leading zeros.
private func isOID(_ text: UnsafeRawBufferPointer) -> Bool {
    let prefix: StaticString = "urn:oid:"
    guard hasPrefix(text, prefix), text.count > 8, text[8] &- UInt8(ascii: "0") < 3 else { return false }
    var offset = 9
    guard offset < text.count else { return false }
    while offset < text.count {
        guard text[offset] == UInt8(ascii: ".") else { return false }
        let start = offset + 1
        offset = start
        while offset < text.count && isDigit(text[offset]) { offset += 1 }
        guard offset > start, offset == start + 1 || text[start] != UInt8(ascii: "0") else { return false }
    }
    return true
}

private func isUUID(_ text: UnsafeRawBufferPointer) -> Bool {
    let prefix: StaticString = "urn:uuid:"
    guard text.count == 45, hasPrefix(text, prefix) else { return false }
    for offset in 0..<36 {
        let byte = text[9 + offset]
        if offset == 8 || offset == 13 || offset == 18 || offset == 23 {
            guard byte == UInt8(ascii: "-") else { return false }
        } else {
            guard isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6 else { return false }
        }
    }
    return true
}

/// Groups of four with padding only at the end; white space anywhere.
private func isBase64(_ text: UnsafeRawBufferPointer) -> Bool {
    var count = 0
    var padding = 0
    for byte in text {
        if isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "/")
        {
            guard padding == 0 else { return false }
            count += 1
        } else if byte == UInt8(ascii: "=") {
            padding += 1
        } else {
            guard isSpace(byte) else { return false }
        }
    }
    return count > 0 && padding <= 2 && (count + padding) % 4 == 0
}

/// Whether a text starts with the bytes of a literal.
@inline(__always)
func hasPrefix(_ text: UnsafeRawBufferPointer, _ prefix: StaticString) -> Bool {
    let count = prefix.utf8CodeUnitCount
    guard text.count >= count else { return false }
    for offset in 0..<count where text[offset] != prefix.utf8Start[offset] { return false }
    return true
}
