extension CoverMaker {
    // MARK: Strings

    func cover(_ string: StringCriterion, path: UInt16) -> Cover {
        let seed = seeds[Int(path)]
        let text = string.normalized
        let starts = text.indices.filter { text[$0] & 0xC0 != 0x80 } + [text.count]
        let scalars = starts.count - 1
        func token(_ use: TokenHasher.Use, _ range: Range<Int>) -> UInt64 {
            text[range].withUnsafeBytes { hasher.token(use, $0, seed: seed) }
        }
        let all = presence(path)
        guard scalars > 0 else { return Cover(candidates: all, certain: .none) }
        let prefixLength = TokenHasher.prefixLength(scalars)
        let prefix = TokenSet.tokens([token(.prefix, 0..<starts[prefixLength])])
        switch string.mode {
        case .startsWith: return Cover(candidates: prefix, certain: prefixLength == scalars ? prefix : .none)
        case .equals:
            let whole = TokenSet.tokens([token(scalars > 8 ? .whole : .prefix, 0..<text.count)])
            return scalars > 8 ? Cover(exact: whole) : Cover(candidates: prefix, certain: .none)
        case .exact:
            let whole = TokenSet.tokens([token(.whole, 0..<text.count)])
            return Cover(candidates: scalars > 8 ? whole : prefix, certain: .none)
        case .contains, .endsWith:
            guard scalars >= 3 else { return Cover(candidates: all, certain: .none) }
            let trigrams = (0..<min(scalars - 2, 16)).map {
                TokenSet.tokens([token(.trigram, starts[$0]..<starts[$0 + 3])])
            }
            let long = TokenSet.tokens([hasher.token(.withoutTrigrams, seed: seed)])
            return Cover(candidates: .union([long, .intersection(trigrams)]), certain: .none)
        }
    }

    // MARK: Dates

    /// Which end of a span of time is asked about.
    private enum End {
        case start, high, both
    }

    func cover(_ date: DateCriterion, path: UInt16) -> Cover {
        let range = date.range
        let after = range.high == .max ? Cover.nothing : ends(.high, low: range.high + 1, high: .max, path)
        let before = range.low == .min ? Cover.nothing : ends(.start, low: .min, high: range.low - 1, path)
        switch date.prefix {
        case .eq: return contained(range, path)
        // A value that is no date, such as a timing without bounds, is present and yet not unequal.
        case .ne: return Cover(candidates: presence(path), certain: .none)
        case .gt: return after
        case .lt: return before
        case .ge: return .union([after, contained(range, path)])
        case .le: return .union([before, contained(range, path)])
        case .sa: return range.high == .max ? .nothing : ends(.start, low: range.high + 1, high: .max, path)
        case .eb: return range.low == .min ? .nothing : ends(.high, low: .min, high: range.low - 1, path)
        case .ap:
            let cover = Cover.intersection([
                ends(.high, low: range.low, high: .max, path), ends(.start, low: .min, high: range.high, path),
            ])
            return plan.paths[Int(path)].isSingular ? cover : Cover(candidates: cover.candidates, certain: .none)
        }
    }

    /// The resources with a span that lies wholly in the range.
    private func contained(_ range: DateRange, _ path: UInt16) -> Cover {
        let (inner, edge) = DateBucket.cover(low: range.low, high: range.high)
        let certain = tokens(inner, .both, path)
        if inner.count + edge.count == 1 {
            return Cover(candidates: tokens(inner + edge, .both, path), certain: certain)
        }
        let starts = ends(.start, low: range.low, high: range.high, path)
        let highs = ends(.high, low: range.low, high: range.high, path)
        return Cover(candidates: .intersection([starts.candidates, highs.candidates]), certain: certain)
    }

    /// The resources with a span one end of which lies in the range.
    private func ends(_ end: End, low: Int64, high: Int64, _ path: UInt16) -> Cover {
        let (inner, edge) = DateBucket.cover(low: low, high: high)
        return Cover(candidates: tokens(inner + edge, end, path), certain: tokens(inner, end, path))
    }

    private func tokens(_ words: [UInt64], _ end: End, _ path: UInt16) -> TokenSet {
        guard !words.isEmpty else { return .none }
        let seed = seeds[Int(path)]
        let both = words.map { hasher.token(.bothEnds, word: $0, seed: seed) }
        switch end {
        case .both: return .tokens(both)
        case .start: return .tokens(both + words.map { hasher.token(.startEnd, word: $0, seed: seed) })
        case .high: return .tokens(both + words.map { hasher.token(.highEnd, word: $0, seed: seed) })
        }
    }

    // MARK: Numbers

    func cover(_ number: NumberCriterion, path: UInt16) -> Cover {
        func finite(_ bound: DecimalBound) -> Double {
            min(max(bound.double, -Double.greatestFiniteMagnitude), Double.greatestFiniteMagnitude)
        }
        let value = finite(number.value)
        switch number.prefix {
        case .eq, .ap: return buckets(finite(number.low), finite(number.high), path)
        case .ne: return Cover(candidates: presence(path), certain: .none)
        case .gt, .ge, .sa: return buckets(value, .infinity, path)
        case .lt, .le, .eb: return buckets(-.infinity, value, path)
        }
    }

    /// The resources with a number from `low` to `high`, and all that have a range of numbers.
    private func buckets(_ low: Double, _ high: Double, _ path: UInt16) -> Cover {
        let seed = seeds[Int(path)]
        let (inner, edge) = NumberBucket.cover(low: low, high: high)
        func tokens(_ words: [UInt64]) -> [UInt64] { words.map { hasher.token(.number, word: $0, seed: seed) } }
        let ranges = hasher.token(.numberRange, seed: seed)
        return Cover(
            candidates: .tokens(tokens(inner + edge) + [ranges]),
            certain: inner.isEmpty ? .none : .tokens(tokens(inner)))
    }

    /// The resources with an amount that satisfies a criterion, in whatever unit, and all that have a range of amounts.
    func amount(_ quantity: QuantityCriterion, path: UInt16) -> Cover? {
        guard let unit = quantity.unit, let scale = Array(unit.utf8).withUnsafeBytes({ hasher.scales.scale($0) }) else {
            return nil
        }
        let number = quantity.number
        func base(_ bound: DecimalBound) -> Double {
            min(max(bound.double * scale.factor, -Double.greatestFiniteMagnitude), Double.greatestFiniteMagnitude)
        }
        let (low, high): (Double, Double)
        switch number.prefix {
        case .eq, .ap: (low, high) = (base(number.low), base(number.high))
        case .ne: return Cover(candidates: presence(path), certain: .none)
        case .gt, .ge, .sa: (low, high) = (base(number.value), .infinity)
        case .lt, .le, .eb: (low, high) = (-.infinity, base(number.value))
        }
        // Conversion rounds: a little more may match, and a little less does for certain.
        func moved(_ value: Double, by share: Double) -> Double {
            value.isFinite ? value + value.magnitude * share : value
        }
        let share = 1e-12
        let wide = NumberBucket.cover(low: moved(low, by: -share), high: moved(high, by: share), reach: .base)
        let tight = NumberBucket.cover(low: moved(low, by: share), high: moved(high, by: -share), reach: .base)
        let seed = seeds[Int(path)]
        func tokens(_ words: [UInt64]) -> [UInt64] {
            words.map { hasher.token(.amount, word: $0 ^ scale.kind, seed: seed) }
        }
        return Cover(
            candidates: .tokens(tokens(wide.inner + wide.edge) + [hasher.token(.numberRange, seed: seed)]),
            certain: tight.inner.isEmpty ? .none : .tokens(tokens(tight.inner)))
    }
}
