/// Splits a text into lines and their tab-separated fields, in place.
struct TableScanner {
    typealias Field = UnsafeRawBufferPointer

    private let text: UnsafeRawBufferPointer
    private var position = 0
    /// The fields of the line last read.
    private(set) var fields: [Field] = []

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        fields.reserveCapacity(64)
    }

    /// Reads the next line. `false` at the end.
    mutating func nextLine() -> Bool {
        guard position < text.count else { return false }
        fields.removeAll(keepingCapacity: true)
        var start = position
        while position < text.count {
            let byte = text[position]
            position += 1
            guard byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n") else { continue }
            fields.append(Field(rebasing: text[start..<position - 1]))
            start = position
            if byte == UInt8(ascii: "\n") { return true }
        }
        fields.append(Field(rebasing: text[start..<position]))
        return true
    }

    /// A field of the line; an empty one where the line ends before it.
    func field(_ place: Int) -> Field {
        place < fields.count ? fields[place] : Field(start: nil, count: 0)
    }

    /// A copy of a field.
    func text(_ place: Int) -> String {
        String(decoding: field(place), as: UTF8.self)
    }

    /// Copies of the parts of a field; none if it is empty.
    func parts(_ place: Int, separator: Character) -> [Substring] {
        text(place).split(separator: separator)
    }

    /// The fields from `place` on.
    func texts(from place: Int) -> [String] {
        fields.dropFirst(place).map { String(decoding: $0, as: UTF8.self) }
    }
}
