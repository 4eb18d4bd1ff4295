/// What kind of figure a metric is.
/// - Source: Prometheus exposition formats; OpenMetrics 1.0.
package enum MetricKind: String, Sendable {
    /// Only goes up, until the process ends.
    case counter
    /// Goes up and down.
    case gauge
    /// How many observations fell below each of some bounds, and their sum.
    case histogram
}

/// The name of a metric, its meaning and the names of its labels.
package struct MetricFacts: Sendable {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, with the unit at its end; of a counter with `_total`.
    package let name: String
    package let kind: MetricKind
    /// One sentence.
    package let help: String
    /// `[a-zA-Z_][a-zA-Z0-9_]*`, not beginning with two underscores.
    package let labels: [String]

    /// - Precondition: the names are as they must be; they stand in the program and never come from outside.
    package init(_ name: String, _ kind: MetricKind, _ help: String, labels: [String] = []) {
        precondition(Self.isName(name, mayHaveColon: true), "no name of a metric: \(name)")
        precondition(kind != .counter || name.hasSuffix("_total"), "a counter ends in _total: \(name)")
        let reserved = kind == .histogram ? ["le"] : []
        for (index, label) in labels.enumerated() {
            precondition(
                Self.isName(label, mayHaveColon: false) && !label.hasPrefix("__") && !reserved.contains(label)
                    && !labels[..<index].contains(label), "no name of a label: \(label)")
        }
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
    }

    private static func isName(_ text: String, mayHaveColon: Bool) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "_") || (mayHaveColon && byte == UInt8(ascii: ":"))
        }
    }
}
