extension ExactDecimal {
    /// How many digits behind the point a quotient has at most.
    package static let quotientScale = 16

    /// Both mantissas at the larger of both scales.
    private func aligned(_ other: ExactDecimal) -> (left: Int128, right: Int128, scale: Int)? {
        let common = max(scale, other.scale)
        guard let left = scaled(mantissa, by: common - scale),
            let right = scaled(other.mantissa, by: common - other.scale)
        else { return nil }
        return (left, right, common)
    }

    /// The sum; `nil` if it does not fit.
    package func adding(_ other: ExactDecimal) -> ExactDecimal? {
        guard let (left, right, scale) = aligned(other) else { return nil }
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? nil : ExactDecimal(mantissa: sum, scale: scale)
    }

    /// The number with the other sign; `nil` if it does not fit.
    package var negated: ExactDecimal? {
        mantissa == .min ? nil : ExactDecimal(mantissa: -mantissa, scale: scale)
    }

    /// The difference; `nil` if it does not fit.
    package func subtracting(_ other: ExactDecimal) -> ExactDecimal? {
        guard let negated = other.negated else { return nil }
        return adding(negated)
    }

    /// The product; `nil` if it does not fit.
    package func multiplied(by other: ExactDecimal) -> ExactDecimal? {
        let (product, overflow) = mantissa.multipliedReportingOverflow(by: other.mantissa)
        if overflow {
            let (left, right) = (trimmed, other.trimmed)
            guard left.scale < scale || right.scale < other.scale else { return nil }
            return left.multiplied(by: right)
        }
        if let exact = ExactDecimal(mantissa: product, scale: scale + other.scale) { return exact }
        return rounding(product, from: scale + other.scale, to: Self.scaleMax)
    }

    /// The quotient, rounded to `quotientScale` digits behind the point and without zeros at its end; `nil` for a
    /// division by zero or where it does not fit.
    package func divided(by other: ExactDecimal) -> ExactDecimal? {
        guard other.mantissa != 0 else { return nil }
        var places = Self.quotientScale
        while places >= 0 {
            let shift = places + 1 + other.scale - scale
            if shift >= 0, let dividend = scaled(mantissa, by: shift) {
                let (quotient, overflow) = dividend.dividedReportingOverflow(by: other.mantissa)
                return overflow ? nil : rounding(quotient, from: places + 1, to: places)?.trimmed
            }
            if shift < 0, let divisor = scaled(other.mantissa, by: -shift) {
                let (quotient, overflow) = mantissa.dividedReportingOverflow(by: divisor)
                return overflow ? nil : rounding(quotient, from: places + 1, to: places)?.trimmed
            }
            places -= 1
        }
        return nil
    }

    /// The whole part of the quotient, towards zero; `nil` for a division by zero or where it does not fit.
    package func wholeQuotient(by other: ExactDecimal) -> Int64? {
        guard let (left, right, _) = aligned(other), right != 0 else { return nil }
        let (quotient, overflow) = left.dividedReportingOverflow(by: right)
        return overflow ? nil : Int64(exactly: quotient)
    }

    /// What is left over after `wholeQuotient`, with this number's sign; `nil` where that is.
    package func remainder(by other: ExactDecimal) -> ExactDecimal? {
        guard let (left, right, scale) = aligned(other), right != 0 else { return nil }
        let (rest, overflow) = left.remainderReportingOverflow(dividingBy: right)
        return overflow ? nil : ExactDecimal(mantissa: rest, scale: scale)
    }

    /// The number with `places` digits behind the point, halves rounded away from zero; fewer digits if it has fewer.
    package func rounded(to places: Int) -> ExactDecimal {
        guard places < scale, places >= 0 else { return self }
        return rounding(mantissa, from: scale, to: places) ?? self
    }

    /// The number with exactly `places` digits behind the point, rounded as asked; `nil` if it does not fit.
    package func rescaled(to places: Int, _ rule: FloatingPointRoundingRule) -> ExactDecimal? {
        guard places < scale else {
            guard let grown = scaled(mantissa, by: places - scale) else { return nil }
            return ExactDecimal(mantissa: grown, scale: places)
        }
        guard let power = scaled(1, by: scale - places) else { return nil }
        let (quotient, rest) = mantissa.quotientAndRemainder(dividingBy: power)
        var result = quotient
        switch rule {
        case .down where rest < 0: result -= 1
        case .up where rest > 0: result += 1
        case .toNearestOrAwayFromZero where rest.magnitude * 2 >= power.magnitude: result += rest < 0 ? -1 : 1
        default: break
        }
        return ExactDecimal(mantissa: result, scale: places)
    }

    private func rounding(_ mantissa: Int128, from: Int, to places: Int) -> ExactDecimal? {
        guard let power = scaled(1, by: from - places) else { return nil }
        let (quotient, rest) = mantissa.quotientAndRemainder(dividingBy: power)
        let step: Int128 = rest.magnitude * 2 >= power.magnitude ? (rest < 0 ? -1 : 1) : 0
        return ExactDecimal(mantissa: quotient + step, scale: places)
    }

    /// The number nearest to a binary one, with up to 16 significant digits; `nil` if that is not finite or too large.
    package init?(nearest value: Double) {
        guard value.isFinite, value.magnitude < 1e18 else { return nil }
        var places = 0
        var power = 1.0
        while places < 15, (value * power).magnitude < 1e14, (value * power).rounded() != value * power {
            places += 1
            power *= 10
        }
        guard let made = ExactDecimal(mantissa: Int128((value * power).rounded()), scale: places) else { return nil }
        self = made.trimmed
    }
}
