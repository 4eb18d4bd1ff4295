/// Splits a part of the table into lines and their tab-separated fields, in place.
struct TableLines {
    private let text: UnsafeRawBufferPointer
    /// Where the next line starts.
    private(set) var position: Int
    private let end: Int
    private var fields: [UnsafeRawBufferPointer] = []

    init(_ text: UnsafeRawBufferPointer, from position: Int = 0, to end: Int? = nil) {
        self.text = text
        self.position = position
        self.end = end ?? text.count
        fields.reserveCapacity(16)
    }

    /// Reads the next line. `false` at the end, and at an empty line, which is skipped.
    mutating func next() -> Bool {
        fields.removeAll(keepingCapacity: true)
        guard position < end else { return false }
        var start = position
        while position < end {
            let byte = text[position]
            position += 1
            guard byte <= UInt8(ascii: "\n") else { continue }
            fields.append(UnsafeRawBufferPointer(rebasing: text[start..<position - 1]))
            start = position
            if byte == UInt8(ascii: "\n") { return fields.count > 1 || fields[0].count > 0 }
        }
        fields.append(UnsafeRawBufferPointer(rebasing: text[start..<position]))
        return true
    }

    /// A field of the line; an empty one where the line ends before it.
    subscript(place: Int) -> UnsafeRawBufferPointer {
        place < fields.count ? fields[place] : UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// The first byte of the line, which says what it is.
    var kind: UInt8 { self[0].first ?? 0 }

    /// A copy of a field; `nil` if it is empty.
    func text(_ place: Int) -> String? {
        let field = self[place]
        return field.count > 0 ? String(decoding: field, as: UTF8.self) : nil
    }

    /// A field if it is not empty.
    func bytes(_ place: Int) -> UnsafeRawBufferPointer? {
        let field = self[place]
        return field.count > 0 ? field : nil
    }

    /// A field that is a number in decimal digits.
    func number(_ place: Int) -> Int? {
        var value = 0
        let field = self[place]
        guard field.count > 0, field.count < 10 else { return nil }
        for byte in field {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// The header of a resource from its line of the directory.
    func header(languagePlace: Int) -> DefinitionHeader {
        DefinitionHeader(
            url: text(2) ?? "", version: text(3), id: text(4), name: text(5), title: text(6), status: text(7),
            language: text(languagePlace))
    }
}
