/// The buckets by which numbers are found: the leading bits of a double's order-preserving code, in three widths.
///
/// A width is given by the bits cut off: 54 leaves four binary orders of magnitude in a bucket, 50 a quarter of one,
/// 46 a sixty-fourth (about 1.5 % of the value). Numbers nearer to zero than 2^-16, and those of 2^64 and above, lie
/// in buckets of their own that every width shares. A bucket says nothing exact: entries at the ends of a range are
/// verified.
package enum NumberBucket {
    /// Coarse to fine.
    package static let shifts: [UInt64] = [54, 50, 46]

    /// From where to where buckets of the widths reach.
    package struct Reach: Sendable {
        let tiny: Double
        let huge: Double

        /// For numbers as they are written.
        package static let written = Reach(
            tiny: Double(sign: .plus, exponent: -16, significand: 1),
            huge: Double(sign: .plus, exponent: 64, significand: 1))
        /// For amounts in base units: a femtolitre is 10⁻¹⁸ cubic metres.
        package static let base = Reach(
            tiny: Double(sign: .plus, exponent: -80, significand: 1),
            huge: Double(sign: .plus, exponent: 80, significand: 1))
    }

    /// The three buckets outside of the widths.
    package enum Special: UInt64 {
        case negativeHuge = 1
        case nearZero = 2
        case positiveHuge = 3
    }

    /// Where a number lies: in a special bucket, or by its code.
    package enum Place {
        case special(Special)
        /// The bits of the absolute value; the sign.
        case code(UInt64, isNegative: Bool)
    }

    /// Where a number lies.
    package static func place(of value: Double, reach: Reach = .written) -> Place {
        let size = value.magnitude
        if size < reach.tiny { return .special(.nearZero) }
        if size >= reach.huge { return .special(value < 0 ? .negativeHuge : .positiveHuge) }
        return .code(size.bitPattern, isNegative: value < 0)
    }

    /// What is hashed for a bucket: width, sign and leading bits in one word.
    @inline(__always)
    package static func word(code: UInt64, shift: UInt64, isNegative: Bool) -> UInt64 {
        (code >> shift) << 8 | shift << 1 | (isNegative ? 1 : 0)
    }

    /// What is hashed for a special bucket.
    package static func word(_ special: Special) -> UInt64 { special.rawValue << 1 }

    /// The buckets that hold every number from `low` to `high`, and of these the ones that hold no other.
    package static func cover(
        low: Double, high: Double, reach: Reach = .written
    ) -> (inner: [UInt64], edge: [UInt64]) {
        guard low <= high else { return ([], []) }
        let (tiny, huge) = (reach.tiny, reach.huge)
        var inner: [UInt64] = []
        var edge: [UInt64] = []
        if low <= -huge {
            if low == -.infinity && high > -huge {
                inner.append(word(.negativeHuge))
            } else {
                edge.append(word(.negativeHuge))
            }
        }
        if low < tiny && high > -tiny {
            let isWhole = low <= -tiny && high >= tiny
            if isWhole { inner.append(word(.nearZero)) } else { edge.append(word(.nearZero)) }
        }
        if high >= huge {
            if high == .infinity && low < huge {
                inner.append(word(.positiveHuge))
            } else {
                edge.append(word(.positiveHuge))
            }
        }
        let top = huge.nextDown.bitPattern
        if high >= tiny && low < huge {
            let from = max(low, tiny).bitPattern
            let to = min(high.bitPattern, top)
            append(from: from, to: to, isNegative: false, inner: &inner, edge: &edge)
        }
        if low <= -tiny && high > -huge {
            let from = max(-high, tiny).bitPattern
            let to = min((-low).bitPattern, top)
            append(from: from, to: to, isNegative: true, inner: &inner, edge: &edge)
        }
        return (inner, edge)
    }

    /// The cover of the codes `from` to `to`: the finest buckets at the ends are edges, all between are inner.
    private static func append(
        from: UInt64, to: UInt64, isNegative: Bool, inner: inout [UInt64], edge: inout [UInt64]
    ) {
        let finest = shifts[shifts.count - 1]
        let (first, last) = (from >> finest, to >> finest)
        edge.append(word(code: from, shift: finest, isNegative: isNegative))
        guard last > first else { return }
        edge.append(word(code: to, shift: finest, isNegative: isNegative))
        guard last > first + 1 else { return }
        var low = first + 1
        var high = last - 1
        for level in shifts.indices.reversed() {
            let shift = shifts[level]
            let step: UInt64 = level > 0 ? shifts[level - 1] - shift : 64
            func put(_ bucket: UInt64) {
                inner.append(word(code: bucket << shift, shift: shift, isNegative: isNegative))
            }
            guard level > 0 else {
                for bucket in low...high { put(bucket) }
                return
            }
            while low <= high, low & (1 << step - 1) != 0 {
                put(low)
                low += 1
            }
            while low <= high, (high + 1) & (1 << step - 1) != 0 {
                put(high)
                high -= 1
            }
            guard low <= high else { return }
            low >>= step
            high >>= step
        }
    }
}
