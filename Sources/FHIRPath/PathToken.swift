/// A word of an expression.
struct PathToken {
    enum Kind {
        /// A name; delimited names stood between backticks and are never keywords.
        case name(String, isDelimited: Bool)
        /// `%name`.
        case external(String)
        /// `$this`, `$index`, `$total`, without the dollar.
        case dollar(String)
        case string([UInt8])
        case integer(Int64)
        case decimal(ExactDecimal)
        case date(DateTimeValue)
        case dateTime(DateTimeValue)
        case time(TimeOfDay)
        case symbol(PathSymbol)
        case end
    }

    var kind: Kind
    var offset: Int

    var isEnd: Bool {
        if case .end = kind { true } else { false }
    }

    func isSymbol(_ wanted: PathSymbol) -> Bool {
        if case .symbol(let symbol) = kind { symbol == wanted } else { false }
    }
}

/// The punctuation of the language.
enum PathSymbol: String {
    case dot = "."
    case comma = ","
    case openParenthesis = "("
    case closeParenthesis = ")"
    case openBracket = "["
    case closeBracket = "]"
    case openBrace = "{"
    case closeBrace = "}"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divide = "/"
    case ampersand = "&"
    case pipe = "|"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case equal = "="
    case notEqual = "!="
    case equivalent = "~"
    case notEquivalent = "!~"
}
