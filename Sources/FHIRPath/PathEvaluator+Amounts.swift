internal import JSONTape

extension PathEvaluator {
    /// `+ - * /` of two quantities; `nil` where their units do not go together or the result does not fit.
    /// - Source: FHIRPath N1, http://hl7.org/fhirpath/N1/#math-1.
    func amount(
        _ binary: PathOperator, _ left: QuantityValue, _ right: QuantityValue, _ node: PlanNode
    ) throws(PathError) -> PathItem? {
        try spendOnUnits(left, right)
        switch binary {
        case .add, .subtract: return sum(left, right, isDifference: binary == .subtract)
        case .times:
            if isOne(right) { return left.value.multiplied(by: right.value).map { quantity($0, like: left) } }
            if isOne(left) { return left.value.multiplied(by: right.value).map { quantity($0, like: right) } }
            return try left.value.multiplied(by: right.value).flatMap { (value) throws(PathError) in
                try combined(value, left, right, isQuotient: false, node)
            }
        case .divide:
            guard let value = left.value.divided(by: right.value) else { return nil }
            if isOne(right) { return quantity(value, like: left) }
            if left.isCalendar == right.isCalendar, bytesEqual(left.unit, right.unit) { return bare(value) }
            return try combined(value, left, right, isQuotient: true, node)
        default: throw fail(.wrongType, "'\(binary.rawValue)' does not take quantities", node)
        }
    }

    private func isOne(_ amount: QuantityValue) -> Bool { bytesEqual(amount.unit, Self.one) }

    private func bare(_ value: ExactDecimal) -> PathItem {
        .quantity(arena.store(QuantityValue(value: value, unit: Self.one, isCalendar: false)))
    }

    /// In the smaller of both units.
    private func sum(_ left: QuantityValue, _ right: QuantityValue, isDifference: Bool) -> PathItem? {
        guard let ratio = left.factor(to: right) else { return nil }
        let isLeftSmaller = ratio.numerator <= ratio.denominator
        let one = isLeftSmaller ? left.value : ratio.times(left.value)
        let other = isLeftSmaller ? ratio.inverted.times(right.value) : right.value
        guard let one, let other, let sum = isDifference ? one.subtracting(other) : one.adding(other) else {
            return nil
        }
        return quantity(sum, like: isLeftSmaller ? left : right)
    }

    /// With the product or quotient of both units; a bare number where they cancel each other out.
    private func combined(
        _ value: ExactDecimal, _ left: QuantityValue, _ right: QuantityValue, isQuotient: Bool, _ node: PlanNode
    ) throws(PathError) -> PathItem? {
        guard !left.isCalendar, !right.isCalendar, let one = UnitOfMeasure(code: left.unit),
            let other = UnitOfMeasure(code: right.unit),
            let unit = one.combined(with: other, isQuotient: isQuotient)
        else { return nil }
        if unit.isDimensionless { return unit.measure.factor.times(value).map(bare) }
        guard case .string(let code) = try keep(unit.code, node) else { return nil }
        return .quantity(arena.store(QuantityValue(value: value, unit: code, isCalendar: false)))
    }

    /// The amount in another unit; `nil` where it cannot be converted. A bare number gets the unit as it is.
    func converted(_ amount: QuantityValue, to unit: UnsafeRawBufferPointer) -> PathItem? {
        let word = CalendarUnit(word: String(decoding: unit, as: UTF8.self))
        let name = word.map { arena.store(Array($0.rawValue.utf8)) } ?? unit
        let wanted = QuantityValue(value: amount.value, unit: name, isCalendar: word != nil)
        if isOne(amount) { return .quantity(arena.store(wanted)) }
        if let months = amount.monthsEach, let others = wanted.monthsEach, amount.isCalendar || wanted.isCalendar {
            return amount.value.multiplied(by: ExactDecimal(months))?.divided(by: ExactDecimal(others))
                .map { quantity($0, like: wanted) }
        }
        return amount.factor(to: wanted)?.times(amount.value).map { quantity($0, like: wanted) }
    }
}
