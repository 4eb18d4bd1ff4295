internal import Synchronization

/// All metrics of a process part, in the order in which they were declared.
///
/// Whatever counts is declared once, with every combination of labels that there will ever be: the number of series is
/// fixed by the program, and nothing of what clients send can become a label. What is known elsewhere is read when it
/// is asked for.
package final class MetricsRegistry: Sendable {
    private typealias Source = @Sendable (MetricsWriter) -> Void

    private struct Entries: Sendable {
        var names: Set<String> = []
        var sources: [@Sendable (MetricsWriter) -> Void] = []
    }

    private let entries = Mutex(Entries())

    package init() {}

    /// Declares a counter without labels.
    package func counter(_ name: String, _ help: String) -> Counters {
        counters(name, help, labels: [], series: [[]])
    }

    /// Declares a counter.
    /// - Parameters:
    ///   - series: the labels' values, in the labels' order, for each series.
    ///   - isSparse: leaves out series that have not counted yet, where there are many.
    package func counters(
        _ name: String, _ help: String, labels: [String], series: [[String]], isSparse: Bool = false
    ) -> Counters {
        let facts = MetricFacts(name, .counter, help, labels: labels)
        let counters = Counters(count: Self.checked(series, labels).count)
        add([facts]) { writer in
            writer.begin(facts)
            for (index, values) in series.enumerated() {
                let value = counters.value(series: index)
                if value > 0 || !isSparse { writer.sample(values, value) }
            }
        }
        return counters
    }

    /// Declares a gauge without labels.
    package func gauge(_ name: String, _ help: String) -> Gauge {
        let facts = MetricFacts(name, .gauge, help)
        let gauge = Gauge()
        add([facts]) { writer in
            writer.begin(facts)
            writer.sample([], gauge.value)
        }
        return gauge
    }

    /// Declares a histogram.
    /// - Parameters:
    ///   - bounds: the highest value of each bucket but the last, ascending, in the unit that is observed.
    ///   - decimals: how many decimals the shown unit has in the observed one: 9 for nanoseconds shown as seconds.
    ///   - series: the labels' values, in the labels' order, for each series.
    ///   - isSparse: leaves out series without observations.
    package func histograms(
        _ name: String, _ help: String, bounds: [UInt64] = Histograms.durationBounds, decimals: Int = 9,
        labels: [String] = [], series: [[String]] = [[]], isSparse: Bool = false
    ) -> Histograms {
        let facts = MetricFacts(name, .histogram, help, labels: labels)
        let histograms = Histograms(bounds: bounds, count: Self.checked(series, labels).count)
        add([facts]) { writer in
            writer.begin(facts)
            for (index, values) in series.enumerated() {
                let (buckets, sum) = histograms.value(series: index)
                guard !isSparse || buckets.contains(where: { $0 > 0 }) else { continue }
                writer.histogram(values, bounds: bounds, buckets: buckets, sum: sum, decimals: decimals)
            }
        }
        return histograms
    }

    /// Declares metrics that are read when they are asked for.
    /// - Parameter source: writes each of them at most once, by `begin` and `sample`; those that it cannot have now it
    ///   leaves out. It may block, and may be called by several threads at once.
    package func read(_ facts: [MetricFacts], _ source: @escaping @Sendable (MetricsWriter) -> Void) {
        add(facts, source)
    }

    /// Everything as text.
    package func write(to writer: MetricsWriter) {
        // Outside the lock: sources block.
        for source in entries.withLock({ $0.sources }) { source(writer) }
        writer.end()
    }

    private func add(_ facts: [MetricFacts], _ source: @escaping Source) {
        entries.withLock { entries in
            for facts in facts {
                let isNew = entries.names.insert(facts.name).inserted
                precondition(isNew, "two metrics named \(facts.name)")
            }
            entries.sources.append(source)
        }
    }

    private static func checked(_ series: [[String]], _ labels: [String]) -> [[String]] {
        precondition(series.allSatisfy { $0.count == labels.count }, "a value for each label")
        precondition(Set(series).count == series.count, "each series once")
        return series
    }
}
