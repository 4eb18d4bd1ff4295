/// A set of Unicode scalars: sorted ranges, and a bit for each scalar of ASCII.
struct ScalarSet: Sendable {
    private(set) var ranges: [ClosedRange<UInt32>] = []
    /// Classes that are asked scalar by scalar, and whether it is their complement that counts.
    private(set) var classes: [(ScalarClass, isNegated: Bool)] = []
    private var ascii: (UInt64, UInt64) = (0, 0)

    /// Classes with more scalars than are worth listing.
    enum ScalarClass: Sendable {
        case letter, upper, lower, number, punctuation, symbol, mark, separator
    }

    mutating func insert(_ range: ClosedRange<UInt32>) {
        ranges.append(range)
    }

    mutating func insert(_ other: ScalarClass, isNegated: Bool) {
        classes.append((other, isNegated))
    }

    /// All that another set has; `isNegated` for all that it has not.
    mutating func insert(_ other: ScalarSet, isNegated: Bool) {
        guard isNegated else {
            ranges += other.ranges
            classes += other.classes
            return
        }
        var next: UInt32 = 0
        for range in Self.merged(other.ranges) {
            if range.lowerBound > next { ranges.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { ranges.append(next...0x10FFFF) }
    }

    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound || range.lowerBound == last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// Brings it into the form that `contains` asks. To be called once all is in.
    mutating func close() {
        ranges = Self.merged(ranges)
        ascii = (0, 0)
        for scalar in UInt32(0)..<128 where isListed(scalar) || isOfClass(scalar) {
            if scalar < 64 { ascii.0 |= 1 << UInt64(scalar) } else { ascii.1 |= 1 << UInt64(scalar - 64) }
        }
    }

    /// Whether the scalar is in the closed set.
    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 64 { return ascii.0 >> UInt64(scalar) & 1 == 1 }
        if scalar < 128 { return ascii.1 >> UInt64(scalar - 64) & 1 == 1 }
        return isListed(scalar) || isOfClass(scalar)
    }

    private func isListed(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(scalar)
    }

    private func isOfClass(_ scalar: UInt32) -> Bool {
        guard !classes.isEmpty, let properties = Unicode.Scalar(scalar)?.properties else { return false }
        return classes.contains { Self.isOf($0.0, properties.generalCategory) != $0.isNegated }
    }

    private static func isOf(_ wanted: ScalarClass, _ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        case .uppercaseLetter: wanted == .letter || wanted == .upper
        case .lowercaseLetter: wanted == .letter || wanted == .lower
        case .titlecaseLetter, .modifierLetter, .otherLetter: wanted == .letter
        case .decimalNumber, .letterNumber, .otherNumber: wanted == .number
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            wanted == .punctuation
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: wanted == .symbol
        case .nonspacingMark, .spacingMark, .enclosingMark: wanted == .mark
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: wanted == .separator
        default: false
        }
    }

    static let digits: ScalarSet = {
        var set = ScalarSet()
        set.insert(0x30...0x39)
        return set
    }()

    static let wordScalars: ScalarSet = {
        var set = ScalarSet()
        for range: ClosedRange<UInt32> in [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A] { set.insert(range) }
        return set
    }()

    static let spaces: ScalarSet = {
        var set = ScalarSet()
        for range: ClosedRange<UInt32> in [
            0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
            0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
        ] {
            set.insert(range)
        }
        return set
    }()
}

/// Whether a scalar is a letter, digit or underscore of ASCII.
func isWordScalar(_ scalar: UInt32?) -> Bool {
    guard let scalar else { return false }
    return (scalar | 0x20) &- 0x61 < 26 || scalar &- 0x30 < 10 || scalar == 0x5F
}

/// The lower case of a scalar, where that is one scalar.
func foldedCase(_ scalar: UInt32) -> UInt32 {
    if scalar < 128 { return scalar &- 0x41 < 26 ? scalar + 0x20 : scalar }
    guard let mapping = Unicode.Scalar(scalar)?.properties.lowercaseMapping.unicodeScalars, mapping.count == 1,
        let lower = mapping.first
    else { return scalar }
    return lower.value
}

/// The upper case of a scalar, where that is one scalar.
func raisedCase(_ scalar: UInt32) -> UInt32 {
    if scalar < 128 { return scalar &- 0x61 < 26 ? scalar - 0x20 : scalar }
    guard let mapping = Unicode.Scalar(scalar)?.properties.uppercaseMapping.unicodeScalars, mapping.count == 1,
        let upper = mapping.first
    else { return scalar }
    return upper.value
}
