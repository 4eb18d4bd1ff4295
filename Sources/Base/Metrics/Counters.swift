/// Counts of one metric, one for each of the declared combinations of labels. Adding takes nanoseconds, on any thread.
package struct Counters: Sendable {
    let cells: StripedCells

    init(count: Int) {
        cells = StripedCells(count)
    }

    /// Counts.
    /// - Parameter series: the place of the labels' values among those declared.
    @inline(__always)
    package func add(_ count: Int = 1, series: Int = 0) {
        cells.add(UInt64(truncatingIfNeeded: max(count, 0)), at: series)
    }

    /// What was counted by now.
    package func value(series: Int = 0) -> UInt64 {
        cells.sum(at: series)
    }
}
