/// Writes metrics as text for whoever collects them.
/// - Source: Prometheus text exposition format 0.0.4,
///   https://prometheus.io/docs/instrumenting/exposition_formats/; OpenMetrics 1.0.0,
///   https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md.
package final class MetricsWriter {
    /// How the text is laid out.
    package enum Format: Sendable {
        case prometheus
        case openMetrics

        /// The media type of the text.
        package var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    private let format: Format
    private let writer = ByteWriter(capacity: 64 << 10)
    private var facts: MetricFacts?

    package init(_ format: Format) {
        self.format = format
    }

    /// The text so far.
    package var text: [UInt8] { writer.copy() }

    /// Begins a metric: its samples follow.
    package func begin(_ facts: MetricFacts) {
        self.facts = facts
        for (word, isHelp): (StaticString, Bool) in [("# HELP ", true), ("# TYPE ", false)] {
            writer.write(word)
            writer.write(familyName(facts))
            writer.write(" ")
            if isHelp {
                writeEscaped(facts.help, quotes: format == .openMetrics)
            } else {
                writer.write(facts.kind.rawValue)
            }
            writer.write("\n")
        }
    }

    /// A sample of the metric that was begun.
    /// - Parameter values: of its labels, in their order.
    package func sample(_ values: [String], _ value: UInt64) {
        beginSample("", values)
        writer.write(String(value))
        writer.write("\n")
    }

    /// A sample of the metric that was begun.
    package func sample(_ values: [String] = [], _ value: Int) {
        beginSample("", values)
        writer.writeDecimal(value)
        writer.write("\n")
    }

    /// A sample of the metric that was begun.
    package func sample(_ values: [String] = [], _ value: Double) {
        beginSample("", values)
        writer.write(Self.text(value))
        writer.write("\n")
    }

    /// A histogram of the metric that was begun.
    /// - Parameters:
    ///   - buckets: how many observations fell in each, the last without a bound.
    ///   - decimals: how many of the digits of bounds and sum stand behind the point.
    func histogram(_ values: [String], bounds: [UInt64], buckets: [UInt64], sum: UInt64, decimals: Int) {
        var count: UInt64 = 0
        for (index, bucket) in buckets.enumerated() {
            count += bucket
            beginSample("_bucket", values, bound: index < bounds.count ? (bounds[index], decimals) : (nil, decimals))
            writer.write(String(count))
            writer.write("\n")
        }
        beginSample("_sum", values)
        writeShifted(sum, decimals)
        writer.write("\n")
        beginSample("_count", values)
        writer.write(String(count))
        writer.write("\n")
    }

    /// Ends the text.
    func end() {
        if format == .openMetrics { writer.write("# EOF\n") }
    }

    private func familyName(_ facts: MetricFacts) -> String {
        // In OpenMetrics `_total` belongs to the sample's name alone.
        format == .openMetrics && facts.kind == .counter ? String(facts.name.dropLast("_total".utf8.count)) : facts.name
    }

    private func beginSample(
        _ suffix: StaticString, _ values: [String], bound: (value: UInt64?, decimals: Int)? = nil
    ) {
        guard let facts else { preconditionFailure("a sample without its metric") }
        precondition(values.count == facts.labels.count, "a value for each label of \(facts.name)")
        writer.write(facts.name)
        writer.write(suffix)
        var isFirst = true
        for (label, value) in zip(facts.labels, values) {
            writer.write(isFirst ? "{" : ",")
            isFirst = false
            writer.write(label)
            writer.write("=\"")
            writeEscaped(value, quotes: true)
            writer.write("\"")
        }
        if let bound {
            writer.write(isFirst ? "{le=\"" : ",le=\"")
            isFirst = false
            if let value = bound.value { writeShifted(value, bound.decimals) } else { writer.write("+Inf") }
            writer.write("\"")
        }
        writer.write(isFirst ? " " : "} ")
    }

    private func writeEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): writer.write("\\\\")
            case 0x0A: writer.write("\\n")
            case UInt8(ascii: "\"") where quotes: writer.write("\\\"")
            default: writer.write(byte)
            }
        }
    }

    /// A whole number with its last digits behind the point: 1500 with 3 decimals is `1.5`, with none `1500.0`.
    private func writeShifted(_ value: UInt64, _ decimals: Int) {
        var digits = Array(String(value).utf8)
        if digits.count <= decimals {
            digits.insert(contentsOf: [UInt8](repeating: 0x30, count: decimals - digits.count + 1), at: 0)
        }
        let point = digits.count - decimals
        var end = digits.count
        while end > point, digits[end - 1] == 0x30 { end -= 1 }
        for index in 0..<point { writer.write(digits[index]) }
        writer.write(".")
        if end == point { writer.write("0") }
        for index in point..<end { writer.write(digits[index]) }
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value.description
    }
}
