/// A line of a text that a person wrote, and below it a caret at the place that is meant.
package struct CaretLine: CustomStringConvertible {
    /// How much of a long line is shown.
    private static let columnsMax = 96

    /// Both lines, indented.
    package let description: String

    /// - Parameter offset: bytes from the start of `text`; one behind its end is its end.
    package init(offset: Int, in text: String) {
        let bytes = Array(text.utf8)
        let place = min(max(0, offset), bytes.count)
        let isEnd: (UInt8) -> Bool = { $0 == 0x0A || $0 == 0x0D }
        let start = bytes[..<place].lastIndex(where: isEnd).map { $0 + 1 } ?? 0
        let end = bytes[place...].firstIndex(where: isEnd) ?? bytes.count
        // What has no width of its own would move the caret off its place.
        func shown(_ part: ArraySlice<UInt8>) -> [Character] {
            String(decoding: part, as: UTF8.self).map { $0.isASCII && ($0.asciiValue ?? 0) < 0x20 ? " " : $0 }
        }
        var before = shown(bytes[start..<place])
        var after = shown(bytes[place..<end])
        if before.count > Self.columnsMax / 2 { before = ["…"] + before.suffix(Self.columnsMax / 2) }
        let room = Self.columnsMax - before.count
        if after.count > room { after = after.prefix(room) + ["…"] }
        let indent = String(repeating: " ", count: before.count)
        description = "  \(String(before + after))\n  \(indent)^"
    }
}
