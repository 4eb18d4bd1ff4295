extension DateCriterion {
    /// Whether an element's span satisfies it: by the rules for ranges that the prefixes are defined by.
    func matches(_ target: DateRange) -> Bool {
        switch prefix {
        case .eq: range.contains(target)
        case .ne: !range.contains(target)
        case .gt: target.high > range.high
        case .lt: target.low < range.low
        case .ge: target.high > range.high || range.contains(target)
        case .le: target.low < range.low || range.contains(target)
        case .sa: target.low > range.high
        case .eb: target.high < range.low
        case .ap: target.high >= range.low && target.low <= range.high
        }
    }
}

extension NumberCriterion {
    /// Whether a number or range of numbers satisfies it. An element's number counts as exact; so does the query's with
    /// every prefix but `eq`, `ne` and `ap`.
    func matches(_ entry: IndexEntry) -> Bool {
        let lowest = DecimalText(entry.first.bytes)
        let highest = DecimalText(entry.second.bytes)
        guard lowest != nil || highest != nil else { return false }
        // An end that is open lies beyond every bound.
        func least(_ bound: DecimalBound) -> Int { lowest.map(bound.compare) ?? -1 }
        func most(_ bound: DecimalBound) -> Int { highest.map(bound.compare) ?? 1 }
        return holds(least: least, most: most)
    }

    /// Whether what the two functions compare with a bound satisfies it: the lowest and the highest number.
    func holds(least: (DecimalBound) -> Int, most: (DecimalBound) -> Int) -> Bool {
        switch prefix {
        case .eq: return least(low) >= 0 && most(high) < 0
        case .ne: return !(least(low) >= 0 && most(high) < 0)
        case .gt: return most(value) > 0
        case .lt: return least(value) < 0
        case .ge: return most(value) >= 0
        case .le: return least(value) <= 0
        case .sa: return least(value) > 0
        case .eb: return most(value) < 0
        case .ap: return most(low) >= 0 && least(high) <= 0
        }
    }
}

extension QuantityCriterion {
    /// Whether a quantity satisfies it. UCUM's units are converted. Where the query names no system its unit may be the code or the written unit.
    func matches(_ entry: IndexEntry) -> Bool {
        if let conversion, entry.third.equals(system ?? ""), let unit, !entry.fourth.equals(unit) {
            guard let ratio = conversion.ratio(from: entry.fourth) else { return false }
            return number.matches(entry, times: ratio)
        }
        guard number.matches(entry) else { return false }
        if let system, !entry.third.equals(system) { return false }
        guard let unit else { return true }
        return entry.fourth.equals(unit) || system == nil && entry.fifth.equals(unit)
    }
}
