/// The segments that a route's pattern captured, by name; the rest that a trailing `*` took has the name `*`.
package struct PathCaptures: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private var names: [String]
    private var values: [String]

    package init() {
        names = []
        values = []
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        names = elements.map(\.0)
        values = elements.map(\.1)
    }

    /// Pairs the names of a pattern with the segments found, in order.
    init(names: [String], values: [String]) {
        self.names = names
        self.values = values
    }

    /// The captured, decoded segment; `nil` if the pattern has no such name.
    package subscript(name: String) -> String? {
        for (index, candidate) in names.enumerated() where candidate == name && index < values.count {
            return values[index]
        }
        return nil
    }
}
