internal import Base

extension PathEvaluator {
    /// A date or time moved by a span of time.
    /// - Returns: `nil` if `item` is no date or time; an item of `nil` where the result lies outside of the calendar.
    func moved(
        _ item: PathItem, by span: QuantityValue, isBack: Bool, _ node: PlanNode
    ) throws(PathError) -> (item: PathItem?, Void)? {
        switch item {
        case .date(let value):
            return (try moved(value, by: span, isBack: isBack, node).map { .date($0) }, ())
        case .dateTime(let value):
            return (try moved(value, by: span, isBack: isBack, node).map { .dateTime($0) }, ())
        case .time(let value):
            guard let length = try unit(span, node).microseconds, let amount = amount(span, isBack: isBack, length)
            else { throw fail(.wrongType, "a time moved by what is no time", node) }
            let moved = floorDivide(value.microseconds + amount % 86_400_000_000, 86_400_000_000).rest
            return (
                .time(
                    TimeOfDay(
                        microseconds: moved, precision: value.precision, fractionDigits: value.fractionDigits)), ()
            )
        default: return nil
        }
    }

    /// The calendar unit of a span of time.
    private func unit(_ span: QuantityValue, _ node: PlanNode) throws(PathError) -> CalendarUnit {
        var unit = span.calendarUnit
        if unit == nil {
            let name = String(decoding: span.unit, as: UTF8.self)
            // A word of the calendar in quotes is no UCUM and can mean nothing else.
            unit =
                CalendarUnit.allCases.first { "\($0.ucum)" == name && $0.microseconds != nil }
                ?? CalendarUnit(word: name)
        }
        guard let unit else { throw fail(.wrongType, "a date moved by what is no span of the calendar", node) }
        return unit
    }

    private func amount(_ span: QuantityValue, isBack: Bool, _ length: Int64) -> Int64? {
        guard let whole = span.value.multiplied(by: ExactDecimal(length))?.rescaled(to: 0, .towardZero)?.integer else {
            return nil
        }
        guard whole != .min else { return nil }
        return isBack ? -whole : whole
    }

    /// So many whole units, in microseconds.
    private func product(_ steps: Int64, _ length: Int64) -> Int64? {
        let (product, overflow) = steps.multipliedReportingOverflow(by: length)
        return overflow ? nil : product
    }

    private func moved(
        _ value: DateTimeValue, by span: QuantityValue, isBack: Bool, _ node: PlanNode
    ) throws(PathError) -> DateTimeValue? {
        let unit = try unit(span, node)
        guard let whole = span.value.rescaled(to: 0, .towardZero)?.integer, whole.magnitude < 1 << 40 else {
            return nil
        }
        let steps = isBack ? -whole : whole
        switch unit {
        case .year: return addMonths(steps * 12, to: value)
        case .month: return addMonths(steps, to: value)
        default: break
        }
        let perDay: Int64 = 86_400_000_000
        guard let length = unit.microseconds else { return nil }
        switch value.precision {
        case .year, .month:
            // Whole days make months of 30 and years of 365 days.
            guard let amount = amount(span, isBack: isBack, length) else { return nil }
            let days = amount / perDay
            return value.precision == .year
                ? addMonths(days / 365 * 12, to: value) : addMonths(days / 30, to: value)
        default:
            // Of days and weeks only whole ones count; of what is finer than the value's precision only what fills it.
            let isWhole = length >= perDay
            guard let amount = isWhole ? product(steps, length) : amount(span, isBack: isBack, length) else {
                return nil
            }
            return shift(value, by: amount)
        }
    }

    private func shift(_ value: DateTimeValue, by amount: Int64) -> DateTimeValue? {
        var unit: Int64 = 1
        var precision = value.precision
        var fractionDigits = value.fractionDigits
        switch precision {
        case .year, .month, .day: unit = 86_400_000_000
        case .hour: unit = 3_600_000_000
        case .minute: unit = 60_000_000
        case .second, .fraction:
            if amount % 1_000_000 != 0 {
                precision = .fraction
                fractionDigits = max(fractionDigits, amount % 1000 == 0 ? 3 : 6)
            }
        }
        let (local, overflow) = value.localMicroseconds.addingReportingOverflow(amount / unit * unit)
        guard !overflow, local >= -62_135_596_800_000_000, local < 253_402_300_800_000_000 else { return nil }
        return DateTimeValue(
            localMicroseconds: local, precision: precision, hasZone: value.hasZone, zoneMinutes: value.zoneMinutes,
            fractionDigits: fractionDigits)
    }

    /// The same day so many months on, or the last of the month where it has no such day.
    func addMonths(_ months: Int64, to value: DateTimeValue) -> DateTimeValue? {
        let date = value.date
        guard months.magnitude < 200_000 else { return nil }
        let total = date.year * 12 + date.month - 1 + Int(months)
        let year = Int(floorDivide(Int64(total), 12).quotient)
        let month = total - year * 12 + 1
        guard (1...9999).contains(year) else { return nil }
        let day = min(date.day, CalendarDate.daysInMonth(month, year: year))
        let start = DateTimeValue.microseconds(ofDay: CalendarDate(year: year, month: month, day: day))
        return DateTimeValue(
            localMicroseconds: start + value.microsecondsOfDay, precision: value.precision, hasZone: value.hasZone,
            zoneMinutes: value.zoneMinutes, fractionDigits: value.fractionDigits)
    }
}
