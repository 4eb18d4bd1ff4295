/// The entries of a part of the index that a search still asks about: lists are read only where some of them may be.
struct OffsetWindow {
    let first: UInt32
    let last: UInt32
    /// Ascending; `nil` for all from `first` to `last`.
    private let wanted: [UInt32]?

    /// - Parameters:
    ///   - wanted: the only entries that matter, ascending; `nil` for all.
    ///   - last: the last entry that is seen.
    init(_ wanted: [UInt32]?, to last: UInt32) {
        self.wanted = wanted
        first = wanted?.first ?? 0
        self.last = min(wanted?.last ?? last, last)
    }

    /// All of a stretch.
    init(_ stretch: ClosedRange<UInt32>) {
        wanted = nil
        first = stretch.lowerBound
        last = stretch.upperBound
    }

    /// Whether some entry from `low` on and below `high` is asked about; all behind `low` where `high` is `nil`.
    func holdsAny(from low: UInt32, below high: UInt32?) -> Bool {
        guard low <= last, high.map({ $0 > first }) ?? true else { return false }
        guard let wanted else { return true }
        let place = lowerBound(wanted, low)
        return place < wanted.count && high.map { wanted[place] < $0 } ?? true
    }
}
