/// The `name=value` pairs of a query, as places in its bytes; nothing is copied or decoded.
package struct QueryPairs: Sequence, IteratorProtocol {
    private let text: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    /// - Parameters:
    ///   - text: what holds the query, such as a conditional reference.
    ///   - query: where the query stands in it, see `ResourceReference.query`.
    package init(_ text: UnsafeRawBufferPointer, in query: Range<Int>) {
        self.text = text
        let range = query.clamped(to: 0..<text.count)
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next pair. A name without `=` has an empty value at its end; empty pairs are passed over.
    package mutating func next() -> (name: Range<Int>, value: Range<Int>)? {
        while position < end && text[position] == UInt8(ascii: "&") { position += 1 }
        guard position < end else { return nil }
        let start = position
        var equals: Int?
        while position < end && text[position] != UInt8(ascii: "&") {
            if equals == nil && text[position] == UInt8(ascii: "=") { equals = position }
            position += 1
        }
        guard let equals else { return (start..<position, position..<position) }
        return (start..<equals, equals + 1..<position)
    }
}

/// Adds a text to `output` with its percent escapes undone.
/// - Parameters:
///   - text: part of a URL.
///   - plusIsSpace: whether `+` stands for a space, as in HTML forms.
///   - output: what the bytes are added to.
/// - Returns: `false` if an escape is malformed; then the bytes before it have been added.
/// - Source: RFC 3986 §2.1.
package func percentDecode(
    _ text: UnsafeRawBufferPointer, plusIsSpace: Bool = false, into output: inout [UInt8]
) -> Bool {
    var offset = 0
    while offset < text.count {
        let byte = text[offset]
        if byte == UInt8(ascii: "%") {
            guard offset + 2 < text.count, let high = hexValue(text[offset + 1]), let low = hexValue(text[offset + 2])
            else { return false }
            output.append(high << 4 | low)
            offset += 3
        } else {
            output.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
            offset += 1
        }
    }
    return true
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    if isDigit(byte) { return byte - UInt8(ascii: "0") }
    let letter = (byte | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? letter + 10 : nil
}
