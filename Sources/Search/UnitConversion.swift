internal import FHIRPath
internal import Synchronization

/// Converts amounts into the unit that a query names, exactly.
package final class UnitConversion: Sendable {
    private static let keptMax = 1_000
    private let unit: UnitOfMeasure
    private let known = Mutex<[String: ExactRatio?]>([:])

    /// - Returns: `nil` for what is no UCUM unit that can be converted.
    init?(_ code: String) {
        guard let unit = Array(code.utf8).withUnsafeBytes({ UnitOfMeasure(code: $0) }), unit.kind != nil else {
            return nil
        }
        self.unit = unit
    }

    /// What one of a unit is of the query's; `nil` where they cannot be converted.
    func ratio(from code: TextSlice) -> ExactRatio? {
        let text = code.text
        return known.withLock { known in
            if let found = known[text] { return found }
            if known.count >= Self.keptMax { known.removeAll() }
            let made = UnitOfMeasure(code: code.bytes).flatMap { $0.factor(to: unit) }
            known[text] = .some(made)
            return made
        }
    }
}

extension NumberCriterion {
    /// Whether an amount in another unit satisfies it.
    func matches(_ entry: IndexEntry, times ratio: ExactRatio) -> Bool {
        let lowest = ExactDecimal(parsing: entry.first.bytes)
        let highest = ExactDecimal(parsing: entry.second.bytes)
        guard lowest != nil || highest != nil else { return false }
        func compare(_ number: ExactDecimal?, _ bound: DecimalBound, open: Int) -> Int {
            // An end that is open lies beyond every bound.
            guard let number else { return open }
            guard let limit = bound.text.withUnsafeBytes({ ExactDecimal(parsing: $0) }) else {
                return number.double * ratio.double < bound.double ? -1 : 1
            }
            return ratio.compare(number, limit)
        }
        return holds(
            least: { compare(lowest, $0, open: -1) }, most: { compare(highest, $0, open: 1) })
    }
}

extension ExactRatio {
    var double: Double { Double(numerator) / Double(denominator) }
}
