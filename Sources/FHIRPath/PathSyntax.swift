/// The syntax tree of an expression: nodes in one array, children before their parents.
struct PathSyntax {
    struct Node {
        var kind: Kind
        /// The byte offset in the text.
        var offset: Int
        var children: [Int] = []
        /// How many nodes lie between here and the farthest leaf.
        var depth = 1
    }

    enum Kind {
        case empty
        case literal(PathLiteral)
        /// A name that is the focus' element, or its type.
        case name(String)
        case external(String)
        case this, index, total
        /// A function of the focus; the children are its arguments.
        case function(String)
        /// The second child, evaluated on the first.
        case invocation
        /// The first child's item at the place that the second says.
        case indexer
        case plus, minus
        case binary(PathOperator)
        /// Any number of children.
        case union
        /// `is` and `as` with the type on the right.
        case typeIs(PathTypeName), typeAs(PathTypeName)
    }

    var nodes: [Node] = []
    var root = 0

    subscript(_ index: Int) -> Node { nodes[index] }
}

/// A type as it is written: `Patient`, `FHIR.Patient`, `System.String`.
struct PathTypeName {
    var namespace: String?
    var name: String
}

/// A literal's value.
enum PathLiteral {
    case boolean(Bool)
    case string([UInt8])
    case integer(Int64)
    case decimal(ExactDecimal)
    case date(DateTimeValue)
    case dateTime(DateTimeValue)
    case time(TimeOfDay)
    case quantity(ExactDecimal, unit: [UInt8], isCalendar: Bool)
}

/// The operators with two operands, but for `|`, `is` and `as`.
enum PathOperator: String {
    case times = "*"
    case divide = "/"
    case div, mod
    case add = "+"
    case subtract = "-"
    case concatenate = "&"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case equal = "="
    case notEqual = "!="
    case equivalent = "~"
    case notEquivalent = "!~"
    case `in`, contains
    case and, or, xor, implies
}
