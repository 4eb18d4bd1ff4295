package import FHIR

/// One item of a result: an element of a resource, or a value that was computed.
///
/// It refers to memory of others and is valid until the document goes away, the expression goes away, or the evaluator
/// begins another resource, whichever comes first.
package enum PathItem {
    case node(PathNode)
    case boolean(Bool)
    /// Within 32 bits.
    case integer(Int64)
    case decimal(ExactDecimal)
    /// UTF-8.
    case string(UnsafeRawBufferPointer)
    case date(DateTimeValue)
    case dateTime(DateTimeValue)
    case time(TimeOfDay)
    case quantity(UnsafePointer<QuantityValue>)
    /// What `type()` gives for a value of the language, and for an element.
    case systemTypeInfo(SystemType)
    case typeInfo(TypeID)

    /// The element, if it is one.
    @inlinable
    package var node: PathNode? {
        if case .node(let node) = self { node } else { nil }
    }

    /// The language's type of a computed value.
    package var systemType: SystemType? {
        switch self {
        case .node, .systemTypeInfo, .typeInfo: nil
        case .boolean: .boolean
        case .integer: .integer
        case .decimal: .decimal
        case .string: .string
        case .date: .date
        case .dateTime: .dateTime
        case .time: .time
        case .quantity: .quantity
        }
    }
}
