/// A QR code of a text: bytes, error correction level M.
/// - Source: ISO/IEC 18004.
package struct QRCode: Sendable {
    /// Modules on a side.
    package let size: Int
    /// Row by row; `true` is dark.
    package let modules: [Bool]

    /// Codewords for error correction in a block, by version, at level M.
    private static let correctionCounts = [
        10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
    ]
    /// Blocks, by version, at level M.
    private static let blockCounts = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16]

    /// - Returns: `nil` if the text is longer than 666 bytes.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let version = (1...Self.blockCounts.count).first { version in
            Self.dataCount(version) * 8 >= 4 + Self.lengthBits(version) + bytes.count * 8
        }
        guard let version else { return nil }
        let codewords = Self.interleaved(Self.data(bytes, version), version)
        let blank = QRMatrix(version: version)
        let masked = (0..<8).map { mask in
            var matrix = blank
            matrix.place(codewords, mask: mask)
            return matrix
        }
        guard let best = masked.min(by: { $0.penalty < $1.penalty }) else { return nil }
        size = best.size
        modules = best.modules
    }

    /// The code as a picture of one path, or nothing if the text is too long.
    /// - Parameter label: what is read out for it.
    static func image(_ text: String, label: String) -> HTML {
        guard let code = QRCode(text) else { return .empty }
        let border = 4
        var path = ""
        for row in 0..<code.size {
            for column in 0..<code.size where code.modules[row * code.size + column] {
                path += "M\(column + border) \(row + border)h1v1h-1z"
            }
        }
        let side = String(code.size + 2 * border)
        return """
            <svg viewBox="0 0 \(side) \(side)" role="img" aria-label="\(label)" shape-rendering="crispEdges">\
            <path fill="#000" d="\(path)"/></svg>
            """
    }

    /// How many bits say how many bytes there are.
    private static func lengthBits(_ version: Int) -> Int { version < 10 ? 8 : 16 }

    /// Codewords of a version that carry data.
    private static func dataCount(_ version: Int) -> Int {
        QRMatrix.codewordCount(version) - correctionCounts[version - 1] * blockCounts[version - 1]
    }

    /// The data codewords: mode, length, bytes, end and padding.
    private static func data(_ bytes: [UInt8], _ version: Int) -> [UInt8] {
        var bits: [Bool] = []
        func append(_ value: Int, _ count: Int) {
            for bit in stride(from: count - 1, through: 0, by: -1) { bits.append(value >> bit & 1 == 1) }
        }
        append(0b0100, 4)
        append(bytes.count, lengthBits(version))
        for byte in bytes { append(Int(byte), 8) }
        let capacity = dataCount(version) * 8
        append(0, min(4, capacity - bits.count))
        append(0, (8 - bits.count % 8) % 8)
        var words = stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
        for index in 0..<(capacity / 8 - words.count) { words.append(index.isMultiple(of: 2) ? 0xEC : 0x11) }
        return words
    }

    /// Splits data into blocks, adds each one's error correction, and takes from all blocks in turn.
    private static func interleaved(_ data: [UInt8], _ version: Int) -> [UInt8] {
        let blockCount = blockCounts[version - 1]
        let correctionCount = correctionCounts[version - 1]
        let shortCount = data.count / blockCount
        let longBlocks = data.count % blockCount
        let generator = ReedSolomon.generator(degree: correctionCount)
        var blocks: [[UInt8]] = []
        var corrections: [[UInt8]] = []
        var start = 0
        for index in 0..<blockCount {
            let count = shortCount + (index >= blockCount - longBlocks ? 1 : 0)
            let block = Array(data[start..<start + count])
            start += count
            blocks.append(block)
            corrections.append(ReedSolomon.remainder(of: block, generator))
        }
        var words: [UInt8] = []
        for place in 0...shortCount {
            for block in blocks where place < block.count { words.append(block[place]) }
        }
        for place in 0..<correctionCount {
            for correction in corrections { words.append(correction[place]) }
        }
        return words
    }
}

/// Error correction over the field of 256 elements with the polynomial 0x11D.
enum ReedSolomon {
    /// The coefficients of the generator but the leading one, highest power first.
    static func generator(degree: Int) -> [UInt8] {
        var coefficients = [UInt8](repeating: 0, count: degree - 1) + [1]
        var root: UInt8 = 1
        for _ in 0..<degree {
            for index in coefficients.indices {
                coefficients[index] = multiply(coefficients[index], root)
                if index + 1 < coefficients.count { coefficients[index] ^= coefficients[index + 1] }
            }
            root = multiply(root, 2)
        }
        return coefficients
    }

    /// What is left of the data divided by the generator.
    static func remainder(of data: [UInt8], _ generator: [UInt8]) -> [UInt8] {
        var remainder = [UInt8](repeating: 0, count: generator.count)
        for byte in data {
            let factor = byte ^ remainder.removeFirst()
            remainder.append(0)
            for index in remainder.indices { remainder[index] ^= multiply(generator[index], factor) }
        }
        return remainder
    }

    private static func multiply(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var product = 0
        for bit in stride(from: 7, through: 0, by: -1) {
            product = product << 1 ^ (product >> 7 * 0x11D)
            product ^= Int(right >> UInt8(bit) & 1) * Int(left)
        }
        return UInt8(truncatingIfNeeded: product)
    }
}
