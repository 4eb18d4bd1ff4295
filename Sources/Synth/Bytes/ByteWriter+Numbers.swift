package import Base

extension ByteWriter {
    /// The whole number in decimal digits.
    func writeWhole(_ value: Int) {
        writeScaled(value, digits: 0)
    }

    /// `value` / 10^`digits` with exactly `digits` digits after the point: 540 with two digits is `5.40`.
    package func writeScaled(_ value: Int, digits: Int) {
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
}
