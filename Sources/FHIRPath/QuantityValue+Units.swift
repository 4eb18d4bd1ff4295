internal import JSONTape

extension QuantityValue {
    /// The word of the calendar that the unit is, or, for an element, stands for.
    var calendarUnit: CalendarUnit? {
        let text = String(decoding: unit, as: UTF8.self)
        if isCalendar { return CalendarUnit(word: text) }
        return isElement ? CalendarUnit.allCases.first { "\($0.ucum)" == text } : nil
    }

    /// The unit as UCUM's; `nil` where it is none, as calendar years and months, which are only about UCUM's.
    /// - Parameter isApproximate: whether years and months may be taken for UCUM's all the same.
    func measure(isApproximate: Bool = false) -> UnitOfMeasure? {
        guard isCalendar else { return UnitOfMeasure(code: unit) }
        guard let calendar = CalendarUnit(word: String(decoding: unit, as: UTF8.self)),
            isApproximate || calendar.microseconds != nil
        else { return nil }
        return UnitOfMeasure(
            code: UnsafeRawBufferPointer(start: calendar.ucum.utf8Start, count: calendar.ucum.utf8CodeUnitCount))
    }

    /// -1, 0 or 1 as this amount is smaller than, equal to or larger than `other`; `nil` where the units cannot be
    /// converted into each other.
    package func compare(_ other: QuantityValue) -> Int? {
        if isCalendar == other.isCalendar, bytesEqual(unit, other.unit) { return value.compare(other.value) }
        if let mine = monthsEach, let theirs = other.monthsEach, isCalendar || other.isCalendar {
            return value.multiplied(by: ExactDecimal(mine)).flatMap { left in
                other.value.multiplied(by: ExactDecimal(theirs)).map { left.compare($0) }
            }
        }
        return factor(to: other)?.compare(value, other.value)
    }

    /// How many months the unit is, if it is the calendar's year or month or may stand for it.
    var monthsEach: Int64? {
        switch calendarUnit {
        case .year: 12
        case .month: 1
        default: nil
        }
    }

    /// What one of this unit is of the other's.
    func factor(to other: QuantityValue, isApproximate: Bool = false) -> ExactRatio? {
        if isCalendar == other.isCalendar, bytesEqual(unit, other.unit) { return .one }
        guard let mine = measure(isApproximate: isApproximate),
            let theirs = other.measure(isApproximate: isApproximate)
        else { return nil }
        return mine.factor(to: theirs)
    }

    /// Whether both are the same, to the digits of the one that has fewer in the larger of both units; calendar years
    /// and months count as UCUM's. `nil` where the units cannot be converted into each other.
    func isEquivalent(to other: QuantityValue) -> Bool? {
        guard let ratio = factor(to: other, isApproximate: true) else { return nil }
        let isSmaller = ratio.numerator < ratio.denominator
        let left = isSmaller ? ratio.times(value) : value
        let right = isSmaller ? other.value : ratio.inverted.times(other.value)
        guard let left, let right else { return nil }
        return left.isEquivalent(to: right)
    }
}

extension ExactDecimal {
    /// Whether both are the same when rounded to the digits of the one that has fewer, zeros at the end not counted.
    func isEquivalent(to other: ExactDecimal) -> Bool {
        let places = min(trimmed.scale, other.trimmed.scale)
        return rounded(to: places).compare(other.rounded(to: places)) == 0
    }
}
