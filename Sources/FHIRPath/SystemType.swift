/// The types that belong to the language itself.
package enum SystemType: UInt8, Sendable, CaseIterable {
    case boolean, integer, decimal, string, date, dateTime, time, quantity

    /// The name in the namespace `System`.
    package var name: StaticString {
        switch self {
        case .boolean: "Boolean"
        case .integer: "Integer"
        case .decimal: "Decimal"
        case .string: "String"
        case .date: "Date"
        case .dateTime: "DateTime"
        case .time: "Time"
        case .quantity: "Quantity"
        }
    }

    init?(name: String) {
        guard let found = Self.allCases.first(where: { "\($0.name)" == name }) else { return nil }
        self = found
    }
}

/// Some of the language's types.
struct SystemTypes: OptionSet {
    let rawValue: UInt16

    init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    init(_ type: SystemType) {
        rawValue = 1 << UInt16(type.rawValue)
    }

    /// What `type()` gives: a value with the elements `namespace` and `name`.
    static let typeInfo = SystemTypes(rawValue: 1 << 8)
}
