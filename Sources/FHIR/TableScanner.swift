/// Splits a text into lines and their tab-separated fields, in place. The text has no other control characters.
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
        var offset = start
        while offset < text.count {
            let byte = text[offset]
            offset += 1
            guard byte <= UInt8(ascii: "\n") else { continue }
            fields.append(Field(rebasing: text[start..<offset - 1]))
            start = offset
            if byte == UInt8(ascii: "\n") {
                position = offset
                return true
            }
        }
        fields.append(Field(rebasing: text[start..<offset]))
        position = offset
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

    /// The parts of a field; none if it is empty.
    func parts(_ place: Int, separator: Unicode.Scalar) -> [Field] {
        Self.split(field(place), separator: separator)
    }

    /// The parts of a text; none if it is empty.
    static func split(_ text: Field, separator: Unicode.Scalar) -> [Field] {
        guard text.count > 0 else { return [] }
        let mark = UInt8(ascii: separator)
        var parts: [Field] = []
        var start = 0
        for offset in 0..<text.count where text[offset] == mark {
            parts.append(Field(rebasing: text[start..<offset]))
            start = offset + 1
        }
        parts.append(Field(rebasing: text[start...]))
        return parts
    }

    /// The fields from `place` on.
    func texts(from place: Int) -> [String] {
        fields.dropFirst(place).map { String(decoding: $0, as: UTF8.self) }
    }
}
