internal import Base

extension ByteWriter {
    /// The inside of a JSON string: quotes, backslashes and control characters are escaped.
    func writeEscaped(_ text: UnsafeRawBufferPointer) {
        reserve(text.count * 6)
        let target = base
        var end = count
        for byte in text {
            switch byte {
            case 0x22, 0x5C:
                target[end] = 0x5C
                target[end + 1] = byte
                end += 2
            case 0x0A:
                target[end] = 0x5C
                target[end + 1] = 0x6E
                end += 2
            case 0..<0x20:
                let digits: (UInt8, UInt8) = (byte >> 4, byte & 15)
                target[end] = 0x5C
                target[end + 1] = 0x75
                target[end + 2] = 0x30
                target[end + 3] = 0x30
                target[end + 4] = 0x30 + digits.0
                target[end + 5] = digits.1 < 10 ? 0x30 + digits.1 : 0x57 + digits.1
                end += 6
            default:
                target[end] = byte
                end += 1
            }
        }
        count = end
    }

    /// The inside of a JSON string.
    func writeEscaped(_ text: StaticString) {
        writeEscaped(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The inside of a JSON string.
    func writeEscaped(_ text: String) {
        var text = text
        text.withUTF8 { writeEscaped(UnsafeRawBufferPointer($0)) }
    }

    /// A JSON string with its quotes.
    func writeQuoted(_ text: StaticString) {
        write(0x22)
        writeEscaped(text)
        write(0x22)
    }

    /// A JSON string with its quotes.
    func writeQuoted(_ text: String) {
        write(0x22)
        writeEscaped(text)
        write(0x22)
    }

    /// The whole number in decimal digits.
    func writeWhole(_ value: Int) {
        writeScaled(value, digits: 0)
    }

    /// `value` / 10^`digits` with exactly `digits` digits after the point: 540 with two digits is `5.40`.
    func writeScaled(_ value: Int, digits: Int) {
        if value < 0 { write(0x2D) }
        var rest = value.magnitude
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 48) { scratch in
            var start = 48
            var written = 0
            repeat {
                if written == digits && digits > 0 {
                    start -= 1
                    scratch[start] = 0x2E
                }
                start -= 1
                scratch[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
                written += 1
            } while rest > 0 || written <= digits
            write(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[start...]))
        }
    }

    /// A whole number that is not negative, filled with zeros to `width` digits.
    func writePadded(_ value: Int, width: Int) {
        reserve(width)
        var rest = value
        var place = count + width
        while place > count {
            place -= 1
            base[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += width
    }

    /// Base64 with padding, without line breaks.
    /// - Source: RFC 4648 section 4.
    func writeBase64(_ bytes: UnsafeRawBufferPointer) {
        reserve((bytes.count + 2) / 3 * 4)
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        let digits = alphabet.utf8Start
        let target = base
        var end = count
        var offset = 0
        while offset < bytes.count {
            let left = bytes.count - offset
            let first = Int(bytes[offset])
            let second = left > 1 ? Int(bytes[offset + 1]) : 0
            let third = left > 2 ? Int(bytes[offset + 2]) : 0
            target[end] = digits[first >> 2]
            target[end + 1] = digits[(first & 3) << 4 | second >> 4]
            target[end + 2] = left > 1 ? digits[(second & 15) << 2 | third >> 6] : 0x3D
            target[end + 3] = left > 2 ? digits[third & 63] : 0x3D
            end += 4
            offset += 3
        }
        count = end
    }
}
