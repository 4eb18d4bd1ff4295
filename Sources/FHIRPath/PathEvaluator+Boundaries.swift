internal import Base

extension PathEvaluator {
    /// How many digits a value was given with.
    func precision(_ item: PathItem) -> PathItem? {
        switch item {
        case .integer: .integer(0)
        case .decimal(let value): .integer(Int64(value.scale))
        case .date(let value), .dateTime(let value): .integer(Int64(digits(value.precision, value.fractionDigits)))
        case .time(let value): .integer(Int64(digits(value.precision, value.fractionDigits) - 8))
        default: nil
        }
    }

    /// Digits of a date and time of that precision: 4 for a year, 17 with milliseconds.
    private func digits(_ precision: DateTimeValue.Precision, _ fraction: UInt8) -> Int {
        switch precision {
        case .year: 4
        case .month: 6
        case .day: 8
        case .hour: 10
        case .minute: 12
        case .second: 14
        case .fraction: 14 + Int(fraction)
        }
    }

    /// The least, or the greatest, value that the one given may stand for, with so many digits.
    func boundary(
        _ item: PathItem, _ argument: PathItem?, isHigh: Bool, _ node: PlanNode
    ) throws(PathError) -> PathItem? {
        var places: Int?
        if let argument {
            guard case .integer(let value) = argument else {
                throw fail(.badArguments, "the precision must be an integer", node)
            }
            places = Int(value)
        }
        switch item {
        case .integer(let value):
            return boundary(ExactDecimal(value), places ?? 8, isHigh).map { .decimal($0) }
        case .decimal(let value): return boundary(value, places ?? 8, isHigh).map { .decimal($0) }
        case .quantity(let value):
            return boundary(value.pointee.value, places ?? 8, isHigh).map { quantity($0, like: value.pointee) }
        case .date(let value):
            return boundary(value, places ?? 8, isHigh, isDate: true).map { .date($0) }
        case .dateTime(let value):
            return boundary(value, places ?? 17, isHigh, isDate: false).map { .dateTime($0) }
        case .time(let value):
            return boundary(value, places ?? 9, isHigh).map { .time($0) }
        default: throw fail(.wrongType, "a boundary of what is no number and no time", node)
        }
    }

    private func boundary(_ value: ExactDecimal, _ places: Int, _ isHigh: Bool) -> ExactDecimal? {
        guard (0...31).contains(places), let half = ExactDecimal(mantissa: 5, scale: value.scale + 1) else {
            return nil
        }
        guard let edge = isHigh ? value.adding(half) : value.subtracting(half) else { return nil }
        return edge.rescaled(to: places, isHigh ? .up : .down)
    }

    private func boundary(_ value: TimeOfDay, _ places: Int, _ isHigh: Bool) -> TimeOfDay? {
        let precision: DateTimeValue.Precision
        switch places {
        case 2: precision = .hour
        case 4: precision = .minute
        case 6: precision = .second
        case 9: precision = .fraction
        default: return nil
        }
        let end = isHigh ? max(0, unit(value.precision, value.fractionDigits) - 1) : 0
        let edge = value.microseconds + end
        let digits: UInt8 = precision == .fraction ? 3 : 0
        return TimeOfDay(
            microseconds: edge - edge % unit(precision, digits), precision: precision, fractionDigits: digits)
    }

    private func unit(_ precision: DateTimeValue.Precision, _ fraction: UInt8) -> Int64 {
        switch precision {
        case .hour: 3_600_000_000
        case .minute: 60_000_000
        case .second: 1_000_000
        default: fractionLength(digits: fraction)
        }
    }

    private func boundary(_ value: DateTimeValue, _ places: Int, _ isHigh: Bool, isDate: Bool) -> DateTimeValue? {
        let precision: DateTimeValue.Precision
        switch places {
        case 4: precision = .year
        case 6: precision = .month
        case 8: precision = .day
        case 10 where !isDate: precision = .hour
        case 12 where !isDate: precision = .minute
        case 14 where !isDate: precision = .second
        case 17 where !isDate: precision = .fraction
        default: return nil
        }
        let edge = isHigh ? value.localEnd - 1 : value.localMicroseconds
        let isZoned = precision >= .hour
        let zone = value.hasZone ? value.zoneMinutes : isHigh ? -12 * 60 : 14 * 60
        return DateTimeValue(
            localMicroseconds: truncated(edge, to: precision), precision: precision,
            hasZone: isZoned, zoneMinutes: isZoned ? zone : 0, fractionDigits: precision == .fraction ? 3 : 0)
    }

    private func truncated(_ microseconds: Int64, to precision: DateTimeValue.Precision) -> Int64 {
        let day = floorDivide(microseconds, 86_400_000_000)
        let date = CalendarDate(daysSinceEpoch: Int(day.quotient))
        switch precision {
        case .year: return DateTimeValue.microseconds(ofDay: CalendarDate(year: date.year, month: 1, day: 1))
        case .month:
            return DateTimeValue.microseconds(ofDay: CalendarDate(year: date.year, month: date.month, day: 1))
        case .day: return microseconds - day.rest
        case .hour: return microseconds - day.rest % 3_600_000_000
        case .minute: return microseconds - day.rest % 60_000_000
        case .second: return microseconds - day.rest % 1_000_000
        case .fraction: return microseconds - day.rest % 1000
        }
    }
}
