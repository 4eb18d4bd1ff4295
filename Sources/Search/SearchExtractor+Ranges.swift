internal import FHIR
internal import JSONTape

extension SearchExtractor {
    // MARK: Dates

    private func append(_ range: DateRange, path: UInt16) {
        var entry = IndexEntry(path: path, kind: .date)
        entry.low = min(range.low, range.high)
        entry.high = max(range.low, range.high)
        entries.append(entry)
    }

    func appendDate(_ value: JSONValue, form: ElementForm, path: UInt16) {
        switch form {
        case .date: if value.isString, let range = DateRange(value.utf8) { append(range, path: path) }
        case .period: if let range = period(value) { append(range, path: path) }
        case .timing: if let range = timing(value) { append(range, path: path) }
        default: break
        }
    }

    private func period(_ value: JSONValue) -> DateRange? {
        var start: DateRange?
        var end: DateRange?
        for member in value.members where member.value.isString {
            if member.number == names.start { start = DateRange(member.value.utf8) }
            if member.number == names.end { end = DateRange(member.value.utf8) }
        }
        guard start != nil || end != nil else { return nil }
        return DateRange(low: start?.low ?? DateRange.openLow, high: end?.high ?? DateRange.openHigh)
    }

    /// Only the outer limits of a timing count: its first and last event, and its bounds.
    private func timing(_ value: JSONValue) -> DateRange? {
        var found: DateRange?
        func add(_ range: DateRange?) {
            guard let range else { return }
            found = DateRange(
                low: min(found?.low ?? range.low, range.low), high: max(found?.high ?? range.high, range.high))
        }
        for member in value.members {
            if member.number == names.event {
                for event in member.value.elementsOrSelf where event.isString { add(DateRange(event.utf8)) }
            } else if member.number == names.repeats {
                add(member.value.member(numbered: names.boundsPeriod).flatMap(period))
            }
        }
        return found
    }

    // MARK: Numbers

    func appendNumber(_ value: JSONValue, form: ElementForm, path: UInt16) {
        var entry = IndexEntry(path: path, kind: .number)
        switch form {
        case .number where value.kind == .number:
            entry.first = TextSlice(value.utf8)
            entry.second = entry.first
        case .range: takeRange(value, into: &entry)
        case .quantity: takeQuantity(value, into: &entry)
        default: return
        }
        if !entry.first.isEmpty || !entry.second.isEmpty { entries.append(entry) }
    }

    func appendQuantity(_ value: JSONValue, form: ElementForm, path: UInt16) {
        var entry = IndexEntry(path: path, kind: .quantity)
        switch form {
        case .quantity: takeQuantity(value, into: &entry)
        case .range: takeRange(value, into: &entry)
        case .money:
            takeQuantity(value, into: &entry)
            entry.third = Self.slice("urn:iso:std:iso:4217")
            entry.fourth = value.member(numbered: names.currency)?.slice ?? TextSlice()
        default: return
        }
        if !entry.first.isEmpty || !entry.second.isEmpty { entries.append(entry) }
    }

    /// A quantity's number and unit. With a comparator it is a range that is open at one end: "<5" reaches up to 5.
    private func takeQuantity(_ value: JSONValue, into entry: inout IndexEntry) {
        var comparator = TextSlice()
        for member in value.members {
            let number = member.number
            if number == names.value {
                guard member.value.kind == .number else { continue }
                entry.first = TextSlice(member.value.utf8)
                entry.second = entry.first
            } else if number == names.system {
                entry.third = member.value.slice
            } else if number == names.code {
                entry.fourth = member.value.slice
            } else if number == names.unit {
                entry.fifth = member.value.slice
            } else if number == names.comparator {
                comparator = member.value.slice
            }
        }
        if comparator.bytes.first == UInt8(ascii: "<") { entry.first = TextSlice() }
        if comparator.bytes.first == UInt8(ascii: ">") { entry.second = TextSlice() }
    }

    /// A range's two numbers and their unit.
    private func takeRange(_ value: JSONValue, into entry: inout IndexEntry) {
        var low = entry
        var high = entry
        if let part = value.member(numbered: names.low) { takeQuantity(part, into: &low) }
        if let part = value.member(numbered: names.high) { takeQuantity(part, into: &high) }
        let unit = low.first.isEmpty ? high : low
        entry = unit
        entry.first = low.first
        entry.second = high.second
    }

    // MARK: Positions

    func appendPosition(_ value: JSONValue, form: ElementForm, path: UInt16) {
        guard form == .position else { return }
        var degrees: [Double?] = [nil, nil]
        for member in value.members where member.value.kind == .number {
            if member.number == names.latitude { degrees[0] = DecimalText(member.value.utf8)?.double }
            if member.number == names.longitude { degrees[1] = DecimalText(member.value.utf8)?.double }
        }
        guard let latitude = degrees[0], let longitude = degrees[1], abs(latitude) <= 90, abs(longitude) <= 360 else {
            return
        }
        var entry = IndexEntry(path: path, kind: .position)
        entry.low = Int64((latitude * 1e7).rounded())
        entry.high = Int64((longitude * 1e7).rounded())
        entries.append(entry)
    }
}
