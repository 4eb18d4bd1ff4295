/// Decoded `name=value` pairs of a query or a form, in order, duplicates kept.
package struct QueryParameters: Sendable, Equatable, RandomAccessCollection {
    /// One pair; a pair without `=` has an empty value.
    package struct Item: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var items: [Item]

    package init(_ items: [Item] = []) {
        self.items = items
    }

    /// Reads `a=1&b=2`, where `+` is a space. Empty pairs (`&&`) are passed over. `nil` where an escape is malformed or
    /// there are more pairs than `countMax`.
    package init?(decoding bytes: UnsafeBufferPointer<UInt8>, countMax: Int = 4096) {
        items = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.count
            if end > start {
                guard items.count < countMax else { return nil }
                let equals = bytes[start..<end].firstIndex(of: UInt8(ascii: "="))
                let value = UnsafeBufferPointer(rebasing: bytes[(equals.map { $0 + 1 } ?? end)..<end])
                guard
                    let decodedName = PercentEncoding.decode(
                        UnsafeBufferPointer(rebasing: bytes[start..<(equals ?? end)]), plusIsSpace: true),
                    let decodedValue = PercentEncoding.decode(value, plusIsSpace: true)
                else { return nil }
                items.append(Item(decodedName, decodedValue))
            }
            start = end + 1
        }
    }

    /// Reads a body of type `application/x-www-form-urlencoded`.
    /// - Throws: `HTTPError.malformedForm`.
    package init(form body: [UInt8]) throws(HTTPError) {
        guard let read = body.withUnsafeBufferPointer({ QueryParameters(decoding: $0) }) else {
            throw HTTPError(.malformedForm, "The form holds a malformed percent escape or too many fields.")
        }
        self = read
    }

    /// The first value of `name`.
    package subscript(name: String) -> String? {
        for item in items where item.name == name { return item.value }
        return nil
    }

    /// All values of `name`, in order.
    package func values(_ name: String) -> [String] {
        items.compactMap { $0.name == name ? $0.value : nil }
    }

    /// The pairs percent-encoded and joined by `&`, to be put after `?`.
    package var encoded: String {
        items.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }.joined(separator: "&")
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { items.count }
    package subscript(position: Int) -> Item { items[position] }
}
