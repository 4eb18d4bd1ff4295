internal import Base
package import FHIR

/// The buckets of a date parameter in the order of time or against it, from coarse to fine: what lies in one bucket
/// comes before all that lies only in later ones.
package struct DateWalk: Sendable {
    /// A span of time.
    package struct Bucket: Sendable {
        let level: DateBucket.Level
        let number: Int
    }

    private let parameter: PlannedParameter
    private let isDescending: Bool

    /// - Returns: `nil` unless the rule sorts by dates.
    package init?(_ rule: ResultOptions.SortRule) {
        guard case .parameter(let parameter) = rule.key, parameter.parameter.type == .date, !parameter.uses.isEmpty,
            parameter.uses.allSatisfy({ $0.target == nil })
        else { return nil }
        self.parameter = parameter
        isDescending = rule.isDescending
    }

    private func ordered(_ buckets: [Bucket]) -> [Bucket] { isDescending ? buckets.reversed() : buckets }

    /// The coarsest buckets, which hold all time.
    package var coarsest: [Bucket] {
        let decades = (180...229).map { Bucket(level: .decade, number: $0) }
        return ordered([Bucket(level: .earlier, number: 0)] + decades + [Bucket(level: .later, number: 0)])
    }

    /// The next finer buckets that make up one; none for the finest.
    package func parts(of bucket: Bucket) -> [Bucket] {
        let number = bucket.number
        switch bucket.level {
        case .decade: return ordered((number * 10..<number * 10 + 10).map { Bucket(level: .year, number: $0) })
        case .year: return ordered((number * 12..<number * 12 + 12).map { Bucket(level: .month, number: $0) })
        case .month:
            let first = CalendarDate(year: number / 12, month: number % 12 + 1, day: 1).daysSinceEpoch
            let count = CalendarDate.daysInMonth(number % 12 + 1, year: number / 12)
            return ordered((first..<first + count).map { Bucket(level: .day, number: $0) })
        case .day, .earlier, .later: return []
        }
    }

    /// The resources of which some value begins in a bucket; where the order is descending, ends in it.
    package func resources(in bucket: Bucket, type: TypeID, _ hasher: TokenHasher) -> TokenSet {
        let seeds = hasher.seeds(of: hasher.plans.plan(for: type))
        let word = DateBucket.word(bucket.level, bucket.number)
        return .tokens(
            parameter.uses.flatMap { use in
                [
                    hasher.token(.bothEnds, word: word, seed: seeds[Int(use.path)]),
                    hasher.token(isDescending ? .highEnd : .startEnd, word: word, seed: seeds[Int(use.path)]),
                ]
            })
    }
}
