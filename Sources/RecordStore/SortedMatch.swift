internal import Search

/// A match with the values by which it is sorted.
struct SortedMatch: Comparable {
    /// One value, and in which direction it counts.
    enum Key {
        case text(String, isDescending: Bool)
        case number(UInt64, isDescending: Bool)
        /// A parameter's lowest or highest value; `nil`, which comes last, where there is none.
        case value(SortKey?, isDescending: Bool)

        init(rule: ResultOptions.SortRule, resource: StoredResource, entries: IndexEntryBuffer) {
            switch rule.key {
            case .id: self = .text(resource.id, isDescending: rule.isDescending)
            case .lastUpdated: self = .number(resource.sequence, isDescending: rule.isDescending)
            case .parameter(let parameter):
                self = .value(
                    SortKey(of: parameter, in: entries, isDescending: rule.isDescending),
                    isDescending: rule.isDescending)
            }
        }

        /// Negative if this comes before `other`, positive if after, 0 if neither.
        func order(_ other: Key) -> Int {
            switch (self, other) {
            case (.text(let left, let isDescending), .text(let right, _)):
                Self.order(left, right, isDescending)
            case (.number(let left, let isDescending), .number(let right, _)):
                Self.order(left, right, isDescending)
            case (.value(let left?, let isDescending), .value(let right?, _)):
                Self.order(left, right, isDescending)
            case (.value(nil, _), .value(.some, _)): 1
            case (.value(.some, _), .value(nil, _)): -1
            default: 0
            }
        }

        private static func order<Value: Comparable>(_ left: Value, _ right: Value, _ isDescending: Bool) -> Int {
            if left == right { return 0 }
            return (left < right) != isDescending ? -1 : 1
        }
    }

    var sequence: UInt64
    var keys: [Key]

    static func == (left: SortedMatch, right: SortedMatch) -> Bool { left.sequence == right.sequence }

    /// Equal values leave the order of the log, newest first.
    static func < (left: SortedMatch, right: SortedMatch) -> Bool {
        for (own, other) in zip(left.keys, right.keys) {
            let order = own.order(other)
            if order != 0 { return order < 0 }
        }
        return left.sequence > right.sequence
    }
}
