internal import Base

extension PathEvaluator {
    // MARK: Totals

    /// `sum`, `min`, `max` and `avg`; `nil` for no items, or where the result cannot be told.
    func total(_ function: PathFunction, _ input: Range<Int>, _ node: PlanNode) throws(PathError) -> PathItem? {
        guard !input.isEmpty else { return nil }
        var total = value(of: stack[input.lowerBound])
        if function == .sum || function == .avg, asQuantity(total) == nil {
            throw fail(.wrongType, "\(function.rawValue)() of what is no number", node)
        }
        for place in input.dropFirst() {
            let item = value(of: stack[place])
            try spend()
            switch function {
            case .min, .max:
                guard let order = try compare(item, total, node) else { return nil }
                if function == .min ? order < 0 : order > 0 { total = item }
            default:
                guard let sum = try arithmetic(.add, total, item, node) else { return nil }
                total = sum
            }
        }
        guard function == .avg else { return total }
        return try arithmetic(.divide, total, .integer(Int64(input.count)), node)
    }

    // MARK: Parts

    /// `yearOf` … `timeOf`; `nil` where the value has no such part.
    func part(_ function: PathFunction, of item: PathItem) -> PathItem? {
        switch item {
        case .date(let value), .dateTime(let value): part(function, of: value)
        case .time(let value): part(function, of: value.microseconds, value.precision)
        default: nil
        }
    }

    private func part(_ function: PathFunction, of value: DateTimeValue) -> PathItem? {
        let precision = value.precision
        switch function {
        case .yearOf: return .integer(Int64(value.date.year))
        case .monthOf: return precision >= .month ? .integer(Int64(value.date.month)) : nil
        case .dayOf: return precision >= .day ? .integer(Int64(value.date.day)) : nil
        case .dateOf:
            let start = value.localMicroseconds - (precision >= .hour ? value.microsecondsOfDay : 0)
            return .date(DateTimeValue(localMicroseconds: start, precision: min(precision, .day)))
        case .timeOf:
            guard precision >= .hour else { return nil }
            return .time(
                TimeOfDay(
                    microseconds: value.microsecondsOfDay, precision: precision, fractionDigits: value.fractionDigits))
        case .timezoneOffsetOf:
            guard value.hasZone else { return nil }
            let hours = ExactDecimal(Int64(value.zoneMinutes)).divided(by: ExactDecimal(60))
            return hours.flatMap { $0.scale == 0 ? $0.rescaled(to: 1, .towardZero) : $0 }.map { .decimal($0) }
        default: return part(function, of: value.microsecondsOfDay, precision)
        }
    }

    private func part(
        _ function: PathFunction, of microseconds: Int64, _ precision: DateTimeValue.Precision
    ) -> PathItem? {
        switch function {
        case .hourOf: precision >= .hour ? .integer(microseconds / 3_600_000_000) : nil
        case .minuteOf: precision >= .minute ? .integer(microseconds / 60_000_000 % 60) : nil
        case .secondOf: precision >= .second ? .integer(microseconds / 1_000_000 % 60) : nil
        case .millisecondOf: precision >= .fraction ? .integer(microseconds / 1000 % 1000) : nil
        default: nil
        }
    }

    // MARK: Spans

    /// `duration`, whole periods from the input to the argument, and `difference`, the boundaries between them.
    func applySpan(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let end = try argument(1, node, plan, frame)
        let name = try argument(2, node, plan, frame)
        guard let start = try one(input, node), let end, let name else { return count = input.lowerBound }
        guard case .string(let word) = name,
            let unit = CalendarUnit(rawValue: String(decoding: word, as: UTF8.self))
        else { throw fail(.badArguments, "\(function.rawValue)() takes a unit of the calendar", node) }
        let span: Int64?
        switch (start, end) {
        case (.time(let one), .time(let other)):
            guard let length = unit.microseconds, unit.precision >= .hour else {
                throw fail(.badArguments, "times are not \(unit.rawValue)s apart", node)
            }
            let isFine = min(one.precision, other.precision) >= min(unit.precision, .second)
            let isDuration = function == .duration
            span =
                !isFine
                ? nil
                : isDuration
                    ? (other.microseconds - one.microseconds) / length
                    : other.microseconds / length - one.microseconds / length
        case (.date(let one), .date(let other)), (.dateTime(let one), .dateTime(let other)),
            (.date(let one), .dateTime(let other)), (.dateTime(let one), .date(let other)):
            let isFine = min(one.precision, other.precision) >= min(unit.precision, .second)
            span = isFine ? self.span(function, one, other, unit) : nil
        default: throw fail(.wrongType, "\(function.rawValue)() between what are no dates or times", node)
        }
        try replace(from: input.lowerBound, with: span.flatMap { Int32(exactly: $0) }.map { .integer(Int64($0)) })
    }

    private func span(
        _ function: PathFunction, _ start: DateTimeValue, _ end: DateTimeValue, _ unit: CalendarUnit
    ) -> Int64? {
        var (from, to) = (start.localMicroseconds, end.localMicroseconds)
        if unit.precision >= .hour, start.hasZone, end.hasZone {
            from = start.lowerBound.microseconds
            to = end.lowerBound.microseconds
        }
        let isDuration = function == .duration
        guard let length = unit.microseconds else {
            let months = Int64((end.date.year - start.date.year) * 12 + end.date.month - start.date.month)
            guard isDuration else { return unit == .month ? months : Int64(end.date.year - start.date.year) }
            var whole = months
            // The last month counts only if its day and time are reached.
            if let reached = addMonths(months, to: start)?.localMicroseconds {
                if months > 0, reached > to { whole -= 1 }
                if months < 0, reached < to { whole += 1 }
            }
            return unit == .month ? whole : whole / 12
        }
        if isDuration { return (to - from) / length }
        // Weeks begin on Sunday; the first day of the count was a Thursday.
        let shift: Int64 = unit == .week ? 4 * 86_400_000_000 : 0
        return floorDivide(to + shift, length).quotient - floorDivide(from + shift, length).quotient
    }
}

extension CalendarUnit {
    /// What of a date and time the unit counts.
    fileprivate var precision: DateTimeValue.Precision {
        switch self {
        case .year: .year
        case .month: .month
        case .week, .day: .day
        case .hour: .hour
        case .minute: .minute
        case .second: .second
        case .millisecond: .fraction
        }
    }
}
