/// How observations of one metric are distributed, for each of the declared combinations of labels. Whole numbers are
/// observed (nanoseconds, bytes); observing takes nanoseconds, on any thread.
package struct Histograms: Sendable {
    let cells: StripedCells
    /// The highest value of each bucket but the last, which has none; ascending.
    let bounds: [UInt64]

    init(bounds: [UInt64], count: Int) {
        precondition(!bounds.isEmpty, "a histogram has bounds")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds go up")
        self.bounds = bounds
        cells = StripedCells(count * (bounds.count + 2))
    }

    /// Takes an observation in.
    @inline(__always)
    package func observe(_ value: UInt64, series: Int = 0) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        let row = series * (bounds.count + 2)
        cells.add(1, at: row + bucket, value, at: row + bounds.count + 1)
    }

    /// What was observed by now: how many in each bucket, the last without a bound, and their sum.
    package func value(series: Int = 0) -> (buckets: [UInt64], sum: UInt64) {
        let row = series * (bounds.count + 2)
        return ((0...bounds.count).map { cells.sum(at: row + $0) }, cells.sum(at: row + bounds.count + 1))
    }

    /// Bounds for how long something takes: a tenth of a millisecond to a minute.
    package static let durationBounds: [UInt64] = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 10_000_000_000, 60_000_000_000,
    ]
}
