internal import JSONTape

extension JSONNode {
    /// Whether two values are equal: strings by their characters' bytes, numbers by their value, arrays element by
    /// element, objects without regard to the order of their members.
    /// - Source: RFC 6902 section 4.6.
    func equals(_ other: JSONNode, _ budget: PatchBudget) throws(PatchError) -> Bool {
        try budget.spend(1)
        guard kind == other.kind, children.count == other.children.count else { return false }
        switch kind {
        case .null, .true, .false: return true
        case .string: return text == other.text
        case .number: return DecimalValue(text) == DecimalValue(other.text)
        case .array:
            for (left, right) in zip(children, other.children) {
                guard try left.equals(right, budget) else { return false }
            }
            return true
        case .object:
            var places: [[UInt8]: Int] = [:]
            for (place, name) in other.names.enumerated() { places[name] = place }
            for (name, value) in zip(names, children) {
                guard let place = places[name], try value.equals(other.children[place], budget) else { return false }
            }
            return true
        }
    }
}

/// A JSON number by its value: `1.50`, `1.5` and `15e-1` are equal, without any rounding.
struct DecimalValue: Equatable {
    private let isNegative: Bool
    /// Without zeros in front and behind; empty for zero.
    private let digits: [UInt8]
    /// The power of ten of the last digit; as text where it is out of all proportion.
    private let exponent: Int
    private let largeExponent: [UInt8]

    /// - Parameter text: a number as RFC 8259 section 6 has it.
    init(_ text: [UInt8]) {
        var digits: [UInt8] = []
        var fraction = 0
        var isFraction = false
        var rest = text[...]
        var isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        while let byte = rest.first, byte | 0x20 != UInt8(ascii: "e") {
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else {
                if isFraction { fraction += 1 }
                if !digits.isEmpty || byte != UInt8(ascii: "0") { digits.append(byte) }
            }
            rest.removeFirst()
        }
        var shift = 0
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            shift += 1
        }
        if digits.isEmpty { isNegative = false }
        let power = rest.dropFirst()
        let value = power.isEmpty ? 0 : Int(String(decoding: power, as: UTF8.self))
        let isPlain = value.map { abs($0) < 1 << 60 } ?? false
        exponent = digits.isEmpty ? 0 : (isPlain ? value ?? 0 : 0) - fraction + shift
        largeExponent = isPlain || digits.isEmpty ? [] : Array(power)
        self.isNegative = isNegative
        self.digits = digits
    }
}
