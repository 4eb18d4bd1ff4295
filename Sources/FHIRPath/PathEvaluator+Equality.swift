internal import FHIR
internal import JSONTape

extension PathEvaluator {
    /// `=` of two runs of the stack; `nil` if unknown.
    func areEqual(_ left: Range<Int>, _ right: Range<Int>) throws(PathError) -> Bool? {
        if left.isEmpty || right.isEmpty { return nil }
        if left.count != right.count { return false }
        var isKnown = true
        for (one, other) in zip(left, right) {
            switch try areEqual(stack[one], stack[other]) {
            case false: return false
            case nil: isKnown = false
            default: break
            }
        }
        return isKnown ? true : nil
    }

    /// `=` of two items; `nil` if their precision or units do not tell.
    func areEqual(_ left: PathItem, _ right: PathItem) throws(PathError) -> Bool? {
        try spend()
        if case .node(let one) = left, case .node(let other) = right {
            return try areEqual(one, other)
        }
        switch (value(of: left), value(of: right)) {
        case (.boolean(let one), .boolean(let other)): return one == other
        case (.integer(let one), .integer(let other)): return one == other
        case (.string(let one), .string(let other)):
            try spend(one.count / 64)
            return bytesEqual(one, other)
        case (.date(let one), .date(let other)), (.date(let one), .dateTime(let other)),
            (.dateTime(let one), .date(let other)), (.dateTime(let one), .dateTime(let other)):
            return one.compare(other).map { $0 == 0 }
        case (.time(let one), .time(let other)): return one.compare(other).map { $0 == 0 }
        case (.systemTypeInfo(let one), .systemTypeInfo(let other)): return one == other
        case (.typeInfo(let one), .typeInfo(let other)): return one == other
        case (let one, let other):
            if let one = decimal(one), let other = decimal(other) { return one.compare(other) == 0 }
            if let one = asQuantity(one), let other = asQuantity(other) {
                try spendOnUnits(one, other)
                return one.compare(other).map { $0 == 0 }
            }
            return false
        }
    }

    private func areEqual(_ left: PathNode, _ right: PathNode) throws(PathError) -> Bool? {
        if left.anchor.index == right.anchor.index, left.anchor.tape == right.anchor.tape { return true }
        guard let one = left.value, let other = right.value else {
            return left.hasValue == right.hasValue ? nil : false
        }
        if one.isObject || other.isObject { return try isSame(one, other) }
        switch (value(of: .node(left)), value(of: .node(right))) {
        case (.node, _), (_, .node): return try isSame(one, other)
        case (let one, let other): return try areEqual(one, other)
        }
    }

    /// Whether two pieces of JSON say the same: members in any order, numbers by value.
    func isSame(_ left: JSONValue, _ right: JSONValue) throws(PathError) -> Bool {
        try spend()
        guard left.kind == right.kind else { return false }
        switch left.kind {
        case .object:
            var count = 0
            for member in left.members {
                count += 1
                guard let other = find(member, in: right), try isSame(member.value, other) else { return false }
            }
            for _ in right.members { count -= 1 }
            return count == 0
        case .array:
            var others = right.elements
            for element in left.elements {
                guard let other = others.next(), try isSame(element, other) else { return false }
            }
            return others.next() == nil
        case .number:
            if bytesEqual(left.utf8, right.utf8) { return true }
            guard let one = ExactDecimal(parsing: left.utf8), let other = ExactDecimal(parsing: right.utf8) else {
                return false
            }
            return one.compare(other) == 0
        default: return bytesEqual(left.utf8, right.utf8)
        }
    }

    private func find(_ member: JSONMember, in object: JSONValue) -> JSONValue? {
        let number = member.number
        if number != 0 { return object.member(numbered: number) }
        for other in object.members where other.number == 0 && bytesEqual(other.name, member.name) {
            return other.value
        }
        return nil
    }

    /// `~` of two runs of the stack, in any order.
    func areEquivalent(_ left: Range<Int>, _ right: Range<Int>) throws(PathError) -> Bool {
        guard left.count == right.count else { return false }
        var isTaken = [Bool](repeating: false, count: right.count)
        search: for one in left {
            for (place, other) in right.enumerated() where !isTaken[place] {
                if try areEquivalent(stack[one], stack[other]) {
                    isTaken[place] = true
                    continue search
                }
            }
            return false
        }
        return true
    }

    private func areEquivalent(_ left: PathItem, _ right: PathItem) throws(PathError) -> Bool {
        try spend()
        switch (value(of: left), value(of: right)) {
        case (.string(let one), .string(let other)):
            try spend((one.count + other.count) / 4)
            return bytesEqual(one, other) || normalized(one) == normalized(other)
        case (.date(let one), .date(let other)), (.dateTime(let one), .dateTime(let other)),
            (.date(let one), .dateTime(let other)), (.dateTime(let one), .date(let other)):
            return one.compare(other) == 0
        case (.time(let one), .time(let other)): return one.compare(other) == 0
        case (.node(let one), .node(let other)):
            guard let one = one.value, let other = other.value else { return false }
            return try isSame(one, other)
        case (let one, let other):
            if let one = decimal(one), let other = decimal(other) {
                return one.isEquivalent(to: other)
            }
            if let one = asQuantity(one), let other = asQuantity(other) {
                try spendOnUnits(one, other)
                return one.isEquivalent(to: other) ?? false
            }
            return try areEqual(one, other) ?? false
        }
    }

    /// A text without differences of case and white space.
    private func normalized(_ text: UnsafeRawBufferPointer) -> String {
        String(decoding: text, as: UTF8.self).lowercased().split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
    }

    /// The order of two values; `nil` if their precision or units do not tell.
    /// - Throws: `PathError.wrongType` if there is no order between values of their types.
    func compare(_ left: PathItem, _ right: PathItem, _ node: PlanNode) throws(PathError) -> Int? {
        switch (left, right) {
        case (.integer(let one), .integer(let other)): return one < other ? -1 : one == other ? 0 : 1
        case (.string(let one), .string(let other)): return compareText(one, other)
        case (.date(let one), .date(let other)), (.date(let one), .dateTime(let other)),
            (.dateTime(let one), .date(let other)), (.dateTime(let one), .dateTime(let other)):
            return one.compare(other)
        case (.time(let one), .time(let other)): return one.compare(other)
        default:
            if let one = decimal(left), let other = decimal(right) { return one.compare(other) }
            if let one = asQuantity(left), let other = asQuantity(right) {
                try spendOnUnits(one, other)
                return one.compare(other)
            }
            throw fail(.wrongType, "values of these types have no order", node)
        }
    }

    /// Reading two units takes the time of many steps.
    func spendOnUnits(_ left: QuantityValue, _ right: QuantityValue) throws(PathError) {
        if !bytesEqual(left.unit, right.unit) { try spend(64 + left.unit.count + right.unit.count) }
    }

    private func compareText(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        for place in 0..<min(left.count, right.count) where left[place] != right[place] {
            return left[place] < right[place] ? -1 : 1
        }
        return left.count < right.count ? -1 : left.count == right.count ? 0 : 1
    }
}
