extension PathEvaluator {
    /// `toX()` and `convertsToX()`.
    func applyConversion(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let mark = input.lowerBound
        guard let item = try one(input, node) else { return }
        var result: PathItem?
        switch function {
        case .toBoolean, .convertsToBoolean: result = toBoolean(item)
        case .toInteger, .convertsToInteger: result = toInteger(item)
        case .toDecimal, .convertsToDecimal: result = toDecimal(item)
        case .toString, .convertsToString:
            result = try text(of: item).map { (text) throws(PathError) in try keep(text, node) }
        case .toDate, .convertsToDate: result = toDate(item)
        case .toDateTime, .convertsToDateTime: result = toDateTime(item)
        case .toTime, .convertsToTime: result = toTime(item)
        default:
            result = toQuantity(item)
            if node.operandCount > 1, case .quantity(let value)? = result {
                guard let argument = try argument(1, node, plan, frame) else { return count = mark }
                guard case .string(let unit) = argument else {
                    throw fail(.badArguments, "toQuantity() takes a unit", node)
                }
                try spend(128)
                result = converted(value.pointee, to: unit)
            }
        }
        let isQuestion =
            switch function {
            case .convertsToBoolean, .convertsToInteger, .convertsToDecimal, .convertsToString, .convertsToDate,
                .convertsToDateTime, .convertsToTime, .convertsToQuantity:
                true
            default: false
            }
        try replace(from: mark, with: isQuestion ? .boolean(result != nil) : result)
    }

    private func toBoolean(_ item: PathItem) -> PathItem? {
        switch item {
        case .boolean: return item
        case .integer(let value): return value == 0 ? .boolean(false) : value == 1 ? .boolean(true) : nil
        case .decimal(let value):
            let whole = value.integer
            return whole == 0 ? .boolean(false) : whole == 1 ? .boolean(true) : nil
        case .string(let text):
            switch String(decoding: text, as: UTF8.self).lowercased() {
            case "true", "t", "yes", "y", "1", "1.0": return .boolean(true)
            case "false", "f", "no", "n", "0", "0.0": return .boolean(false)
            default: return nil
            }
        default: return nil
        }
    }

    private func toInteger(_ item: PathItem) -> PathItem? {
        switch item {
        case .integer: return item
        case .boolean(let truth): return .integer(truth ? 1 : 0)
        case .string(let text):
            guard !text.isEmpty, text.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") })
            else { return nil }
            return Int32(String(decoding: text, as: UTF8.self)).map { .integer(Int64($0)) }
        default: return nil
        }
    }

    private func toDecimal(_ item: PathItem) -> PathItem? {
        switch item {
        case .decimal: return item
        case .integer(let value): return .decimal(ExactDecimal(value))
        case .boolean(let truth): return .decimal(ExactDecimal(truth ? 1 : 0))
        case .string(let text):
            guard !text.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) else { return nil }
            return ExactDecimal(parsing: text).map { .decimal($0) }
        default: return nil
        }
    }

    /// A value as text; `nil` for elements that are no primitives.
    func text(of item: PathItem) -> String? {
        switch item {
        case .boolean(let truth): return truth ? "true" : "false"
        case .integer(let value): return String(value)
        case .decimal(let value): return value.text
        case .string(let text): return String(decoding: text, as: UTF8.self)
        case .date(let value): return value.text
        case .dateTime(let value): return value.text
        case .time(let value): return value.text
        case .quantity(let quantity):
            let unit = String(decoding: quantity.pointee.unit, as: UTF8.self)
            guard quantity.pointee.isCalendar else { return "\(quantity.pointee.value.text) '\(unit)'" }
            let isOne = quantity.pointee.value.compare(ExactDecimal(1)) == 0
            return "\(quantity.pointee.value.text) \(unit)\(isOne ? "" : "s")"
        case .node, .systemTypeInfo, .typeInfo: return nil
        }
    }

    private func toDate(_ item: PathItem) -> PathItem? {
        switch item {
        case .date: return item
        case .dateTime(let value):
            let start = value.localMicroseconds - (value.precision >= .hour ? value.microsecondsOfDay : 0)
            return .date(DateTimeValue(localMicroseconds: start, precision: min(value.precision, .day)))
        case .string(let text):
            guard let value = DateTimeValue.parse(text), value.precision <= .day else { return nil }
            return .date(value)
        default: return nil
        }
    }

    private func toDateTime(_ item: PathItem) -> PathItem? {
        switch item {
        case .dateTime: item
        case .date(let value): .dateTime(value)
        case .string(let text): DateTimeValue.parse(text).map { .dateTime($0) }
        default: nil
        }
    }

    private func toTime(_ item: PathItem) -> PathItem? {
        switch item {
        case .time: return item
        case .string(let text):
            let isMarked = text.first == UInt8(ascii: "T")
            return TimeOfDay.parse(UnsafeRawBufferPointer(rebasing: text[(isMarked ? 1 : 0)...])).map { .time($0) }
        default: return nil
        }
    }

    private func toQuantity(_ item: PathItem) -> PathItem? {
        switch item {
        case .quantity: return item
        case .boolean(let truth):
            return .quantity(
                arena.store(QuantityValue(value: ExactDecimal(truth ? 1 : 0), unit: Self.one, isCalendar: false)))
        case .string(let text): return quantity(parsing: text)
        default: return asQuantity(item).map { .quantity(arena.store($0)) }
        }
    }

    /// `5`, `5 'mg'`, `5 days`.
    private func quantity(parsing text: UnsafeRawBufferPointer) -> PathItem? {
        let numberEnd = text.firstIndex { $0 == 0x20 || $0 == UInt8(ascii: "'") } ?? text.count
        let digits = UnsafeRawBufferPointer(rebasing: text[..<numberEnd])
        guard !digits.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }), let number = ExactDecimal(parsing: digits)
        else { return nil }
        var start = numberEnd
        while start < text.count, text[start] == 0x20 { start += 1 }
        let rest = UnsafeRawBufferPointer(rebasing: text[start...])
        if rest.isEmpty {
            return .quantity(arena.store(QuantityValue(value: number, unit: Self.one, isCalendar: false)))
        }
        if rest.count > 2, rest.first == UInt8(ascii: "'"), rest.last == UInt8(ascii: "'") {
            let unit = UnsafeRawBufferPointer(rebasing: rest[1..<rest.count - 1])
            return .quantity(arena.store(QuantityValue(value: number, unit: unit, isCalendar: false)))
        }
        guard let unit = CalendarUnit(word: String(decoding: rest, as: UTF8.self)) else { return nil }
        let name = arena.store(Array(unit.rawValue.utf8))
        return .quantity(arena.store(QuantityValue(value: number, unit: name, isCalendar: true)))
    }
}
