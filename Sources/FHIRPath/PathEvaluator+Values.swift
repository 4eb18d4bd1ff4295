internal import FHIR
internal import JSONTape

extension PathEvaluator {
    /// An item as a value of the language: elements of primitive types and quantities are read, everything else stays.
    func value(of item: PathItem) -> PathItem {
        guard case .node(let node) = item, let json = node.value else { return item }
        let kind = primitives[Int(node.type.raw)]
        if kind == Self.notPrimitive { return item }
        if kind == Self.quantityMark { return quantity(of: json) ?? item }
        return primitive(PrimitiveType(rawValue: kind), json) ?? item
    }

    /// A primitive's value; as text where it is not what its type says.
    private func primitive(_ type: PrimitiveType?, _ json: JSONValue) -> PathItem? {
        switch json.kind {
        case .true: return .boolean(true)
        case .false: return .boolean(false)
        case .number:
            switch type {
            case .integer, .positiveInt, .unsignedInt:
                guard let number = ExactDecimal(parsing: json.utf8) else { return nil }
                // What is no FHIR integer, because of its fraction or size, is still a number.
                guard number.scale == 0, let integer = Int32(exactly: number.mantissa) else { return .decimal(number) }
                return .integer(Int64(integer))
            default: return ExactDecimal(parsing: json.utf8).map { .decimal($0) }
            }
        case .string:
            switch type {
            case .date: return DateTimeValue.parse(json.utf8).map { .date($0) } ?? .string(json.utf8)
            case .dateTime, .instant: return DateTimeValue.parse(json.utf8).map { .dateTime($0) } ?? .string(json.utf8)
            case .time: return TimeOfDay.parse(json.utf8).map { .time($0) } ?? .string(json.utf8)
            default: return .string(json.utf8)
            }
        default: return nil
        }
    }

    /// A FHIR Quantity: the UCUM code, or else the unit as written.
    private func quantity(of json: JSONValue) -> PathItem? {
        var number: ExactDecimal?
        var code: UnsafeRawBufferPointer?
        var unit: UnsafeRawBufferPointer?
        for member in json.members {
            switch member.number {
            case wellKnown.value: number = ExactDecimal(parsing: member.value.utf8)
            case wellKnown.code where member.value.isString: code = member.value.utf8
            case wellKnown.unit where member.value.isString: unit = member.value.utf8
            default: break
            }
        }
        guard let number else { return nil }
        return .quantity(
            arena.store(
                QuantityValue(value: number, unit: code ?? unit ?? Self.one, isCalendar: false, isElement: true)))
    }

    /// The unit of a bare number.
    static var one: UnsafeRawBufferPointer {
        let text: StaticString = "1"
        return UnsafeRawBufferPointer(start: text.utf8Start, count: 1)
    }

    func quantity(_ value: ExactDecimal, like other: QuantityValue) -> PathItem {
        .quantity(
            arena.store(
                QuantityValue(
                    value: value, unit: other.unit, isCalendar: other.isCalendar, isElement: other.isElement)))
    }

    /// A number as a decimal.
    func decimal(_ item: PathItem) -> ExactDecimal? {
        switch item {
        case .integer(let value): ExactDecimal(value)
        case .decimal(let value): value
        default: nil
        }
    }

    /// A number or quantity as a quantity.
    func asQuantity(_ item: PathItem) -> QuantityValue? {
        if case .quantity(let value) = item { return value.pointee }
        return decimal(item).map { QuantityValue(value: $0, unit: Self.one, isCalendar: false) }
    }

    // MARK: Texts

    /// Keeps a text until the next resource.
    func keep(_ text: String, _ node: PlanNode) throws(PathError) -> PathItem {
        try reserve(text.utf8.count, node)
        return .string(arena.store(Array(text.utf8)))
    }

    /// The texts one after another.
    func joined(_ texts: [UnsafeRawBufferPointer], _ node: PlanNode) throws(PathError) -> UnsafeRawBufferPointer {
        var size = 0
        for text in texts { size += text.count }
        try reserve(size, node)
        let memory = UnsafeMutableRawBufferPointer(start: arena.allocate(size), count: size)
        var offset = 0
        for text in texts {
            UnsafeMutableRawBufferPointer(rebasing: memory[offset...]).copyMemory(from: text)
            offset += text.count
        }
        return UnsafeRawBufferPointer(memory)
    }

    func reserve(_ bytes: Int, _ node: PlanNode) throws(PathError) {
        try spend(bytes / 16)
        guard arena.total + bytes <= limits.textMadeBytesMax else {
            throw fail(.limit, "more than \(limits.textMadeBytesMax) bytes of text made", node)
        }
    }
}
