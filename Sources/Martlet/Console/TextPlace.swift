/// A place in a text file as editors tell it.
package struct TextPlace: Equatable, Sendable {
    /// From 1.
    package var line: Int
    /// Characters from 1.
    package var column: Int

    /// - Parameter offset: bytes from the start of the file.
    package init(offset: Int, in source: [UInt8]) {
        let before = source.prefix(max(0, offset))
        line = before.count { $0 == 0x0A } + 1
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
    }
}
