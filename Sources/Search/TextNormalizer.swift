/// Brings texts into the form in which string parameters are compared: lower case, without accents, white space and
/// punctuation as single spaces between words, apostrophes left out ("O'Brien-Müller " is "obrien muller").
///
/// Latin, Greek and Cyrillic letters and full-width forms are folded; all other scalars stay as they are.
/// - Source: FHIR R4 search, string parameters, https://hl7.org/fhir/R4/search.html#string
package enum TextNormalizer {
    /// Writes the normal form of `text` to `output`, which has room for as many bytes as `text` has.
    /// - Returns: how many bytes were written; never more than `text` has.
    package static func normalize(_ text: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<UInt8>) -> Int {
        var writer = NormalWriter(output: output)
        var offset = 0
        while offset < text.count {
            let byte = text[offset]
            if byte < 0x80 {
                offset += 1
                writer.putASCII(byte)
            } else {
                let (scalar, length) = decodeScalar(text, at: offset)
                writer.put(scalar, source: UnsafeRawBufferPointer(rebasing: text[offset..<offset + length]))
                offset += length
            }
        }
        return writer.count
    }

    /// The normal form of a text of a query.
    package static func normalize(_ text: String) -> [UInt8] {
        let source = Array(text.utf8)
        return [UInt8](unsafeUninitializedCapacity: source.count) { output, count in
            guard let start = output.baseAddress else { return }
            count = source.withUnsafeBytes { normalize($0, into: start) }
        }
    }

    /// The scalar at `offset` and its length in bytes. Bytes that are no UTF-8 count as one scalar of value 0 each.
    static func decodeScalar(_ text: UnsafeRawBufferPointer, at offset: Int) -> (scalar: UInt32, length: Int) {
        let first = UInt32(text[offset])
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
        guard length > 1, offset + length <= text.count else { return (first < 0x80 ? first : 0, 1) }
        var scalar = first & (0x7F >> UInt32(length))
        for next in 1..<length { scalar = scalar << 6 | UInt32(text[offset + next]) & 0x3F }
        return (scalar, length)
    }
}

/// Gathers normalised bytes; holds back a space until something follows it.
private struct NormalWriter {
    let output: UnsafeMutablePointer<UInt8>
    var count = 0
    var isSpacePending = false

    init(output: UnsafeMutablePointer<UInt8>) {
        self.output = output
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        if isSpacePending {
            output[count] = 0x20
            count += 1
            isSpacePending = false
        }
        output[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func putSpace() {
        isSpacePending = count > 0
    }

    @inline(__always)
    mutating func putASCII(_ byte: UInt8) {
        if byte &- 0x61 < 26 || byte &- 0x30 < 10 {
            append(byte)
        } else if byte &- 0x41 < 26 {
            append(byte | 0x20)
        } else if byte != UInt8(ascii: "'") {
            putSpace()
        }
    }

    mutating func put(_ scalar: UInt32, source: UnsafeRawBufferPointer) {
        switch scalar {
        case 0xC0...0x24F: putLatin(LatinFolding.extended, place: Int(scalar - 0xC0), source: source)
        case 0x1E00...0x1EFF: putLatin(LatinFolding.additional, place: Int(scalar - 0x1E00), source: source)
        case 0x300...0x36F, 0x2B9...0x2BF, 0x2018, 0x2019, 0x200B...0x200F, 0xFEFF: break
        case 0x80...0xA9, 0xAB...0xB4, 0xB6...0xB9, 0xBB...0xBF, 0x2000...0x206F, 0x3000...0x3003: putSpace()
        case 0xFF01...0xFF5E: putASCII(UInt8(scalar - 0xFEE0))
        case 0x370...0x3FF: putTwoBytes(Self.foldedGreek(scalar))
        case 0x400...0x45F: putTwoBytes(Self.foldedCyrillic(scalar))
        default: for byte in source { append(byte) }
        }
    }

    private mutating func putLatin(_ table: StaticString, place: Int, source: UnsafeRawBufferPointer) {
        let first = table.utf8Start[place * 2]
        let second = table.utf8Start[place * 2 + 1]
        if first == UInt8(ascii: ".") {
            for byte in source { append(byte) }
        } else {
            append(first)
            if second != UInt8(ascii: ".") { append(second) }
        }
    }

    private mutating func putTwoBytes(_ scalar: UInt32) {
        append(UInt8(0xC0 | scalar >> 6))
        append(UInt8(0x80 | scalar & 0x3F))
    }

    /// Lower case without tonos and dialytika; the final sigma like the other.
    private static func foldedGreek(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0x386, 0x3AC: 0x3B1
        case 0x388, 0x3AD: 0x3B5
        case 0x389, 0x3AE: 0x3B7
        case 0x38A, 0x390, 0x3AA, 0x3AF, 0x3CA: 0x3B9
        case 0x38C, 0x3CC: 0x3BF
        case 0x38E, 0x3AB, 0x3B0, 0x3CB, 0x3CD: 0x3C5
        case 0x38F, 0x3CE: 0x3C9
        case 0x3C2: 0x3C3
        case 0x391...0x3A9: scalar + 0x20
        default: scalar
        }
    }

    /// Lower case; ё like е and й like и.
    private static func foldedCyrillic(_ scalar: UInt32) -> UInt32 {
        let lower = scalar < 0x410 ? scalar + 0x50 : scalar < 0x430 ? scalar + 0x20 : scalar
        switch lower {
        case 0x450, 0x451: return 0x435
        case 0x439, 0x45D: return 0x438
        default: return lower
        }
    }
}
