/// Makes the syntax tree of an expression.
/// - Source: FHIRPath N1, operator precedence, http://hl7.org/fhirpath/N1/#operator-precedence.
struct PathParser {
    private let tokens: [PathToken]
    private let limits: PathLimits
    private var position = 0
    private var nesting = 0
    private var syntax = PathSyntax()

    private init(tokens: [PathToken], limits: PathLimits) {
        self.tokens = tokens
        self.limits = limits
    }

    /// Parses the whole text.
    static func parse(_ text: String, limits: PathLimits) throws(PathError) -> PathSyntax {
        let bytes = Array(text.utf8)
        guard bytes.count <= limits.textBytesMax else {
            throw PathError(
                code: .tooLong, detail: "an expression longer than \(limits.textBytesMax) bytes", offset: 0)
        }
        var parser = PathParser(tokens: try PathLexer.tokens(of: bytes), limits: limits)
        let root = try parser.expression(above: 0)
        guard parser.current.isEnd else { throw parser.unexpected() }
        parser.syntax.root = root
        return parser.syntax
    }

    private var current: PathToken { tokens[position] }

    private mutating func advance() {
        if position + 1 < tokens.count { position += 1 }
    }

    private mutating func skip(_ symbol: PathSymbol) -> Bool {
        guard current.isSymbol(symbol) else { return false }
        advance()
        return true
    }

    private mutating func expect(_ symbol: PathSymbol) throws(PathError) {
        guard skip(symbol) else {
            throw PathError(code: .syntax, detail: "'\(symbol.rawValue)' is missing", offset: current.offset)
        }
    }

    private func unexpected() -> PathError {
        let detail =
            current.isEnd ? "the expression ends too early" : "an unexpected word or sign"
        return PathError(code: .syntax, detail: detail, offset: current.offset)
    }

    private mutating func add(
        _ kind: PathSyntax.Kind, at offset: Int, _ children: [Int] = []
    ) throws(PathError) -> Int {
        var depth = 0
        for child in children { depth = max(depth, syntax[child].depth) }
        guard depth < limits.depthMax else {
            throw PathError(
                code: .tooDeep, detail: "an expression nested deeper than \(limits.depthMax)", offset: offset)
        }
        syntax.nodes.append(PathSyntax.Node(kind: kind, offset: offset, children: children, depth: depth + 1))
        return syntax.nodes.count - 1
    }

    // MARK: Operators

    private enum Infix {
        case binary(PathOperator)
        case union, typeIs, typeAs
    }

    /// The operator at the current token and how strongly it binds; larger binds stronger.
    private var infix: (operator: Infix, power: Int)? {
        switch current.kind {
        case .symbol(let symbol):
            switch symbol {
            case .times: (.binary(.times), 10)
            case .divide: (.binary(.divide), 10)
            case .plus: (.binary(.add), 9)
            case .minus: (.binary(.subtract), 9)
            case .ampersand: (.binary(.concatenate), 9)
            case .pipe: (.union, 7)
            case .less: (.binary(.less), 6)
            case .lessOrEqual: (.binary(.lessOrEqual), 6)
            case .greater: (.binary(.greater), 6)
            case .greaterOrEqual: (.binary(.greaterOrEqual), 6)
            case .equal: (.binary(.equal), 5)
            case .notEqual: (.binary(.notEqual), 5)
            case .equivalent: (.binary(.equivalent), 5)
            case .notEquivalent: (.binary(.notEquivalent), 5)
            default: nil
            }
        case .name(let word, isDelimited: false):
            switch word {
            case "div": (.binary(.div), 10)
            case "mod": (.binary(.mod), 10)
            case "is": (.typeIs, 8)
            case "as": (.typeAs, 8)
            case "in": (.binary(.in), 4)
            case "contains": (.binary(.contains), 4)
            case "and": (.binary(.and), 3)
            case "or": (.binary(.or), 2)
            case "xor": (.binary(.xor), 2)
            case "implies": (.binary(.implies), 1)
            default: nil
            }
        default: nil
        }
    }

    /// An expression whose operators all bind stronger than `power`.
    private mutating func expression(above power: Int) throws(PathError) -> Int {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= limits.depthMax else {
            throw PathError(
                code: .tooDeep, detail: "an expression nested deeper than \(limits.depthMax)", offset: current.offset)
        }
        var left = try prefixed()
        while let infix, infix.power > power {
            let offset = current.offset
            advance()
            switch infix.operator {
            case .typeIs:
                left = try add(.typeIs(try typeName()), at: offset, [left])
            case .typeAs:
                left = try add(.typeAs(try typeName()), at: offset, [left])
            case .binary(let binary):
                let right = try expression(above: infix.power)
                left = try add(.binary(binary), at: offset, [left, right])
            case .union:
                var branches = [left, try expression(above: infix.power)]
                while skip(.pipe) { branches.append(try expression(above: infix.power)) }
                left = try add(.union, at: offset, branches)
            }
        }
        return left
    }

    /// A term with its invocations and indexers, and signs before it.
    private mutating func prefixed() throws(PathError) -> Int {
        let offset = current.offset
        var signs: [PathSyntax.Kind] = []
        while true {
            if skip(.minus) {
                signs.append(.minus)
            } else if skip(.plus) {
                signs.append(.plus)
            } else {
                break
            }
        }
        var node = try invoked()
        for sign in signs.reversed() { node = try add(sign, at: offset, [node]) }
        return node
    }

    private mutating func invoked() throws(PathError) -> Int {
        var node = try term()
        while true {
            let offset = current.offset
            if skip(.dot) {
                let member = try invocation()
                node = try add(.invocation, at: syntax[member].offset, [node, member])
            } else if skip(.openBracket) {
                let place = try expression(above: 0)
                try expect(.closeBracket)
                node = try add(.indexer, at: offset, [node, place])
            } else {
                return node
            }
        }
    }

    // MARK: Terms

    private static let keywords: Set<String> = [
        "and", "or", "xor", "implies", "div", "mod", "true", "false",
    ]

    private mutating func term() throws(PathError) -> Int {
        let token = current
        switch token.kind {
        case .symbol(.openParenthesis):
            advance()
            let inner = try expression(above: 0)
            try expect(.closeParenthesis)
            return inner
        case .symbol(.openBrace):
            advance()
            try expect(.closeBrace)
            return try add(.empty, at: token.offset)
        case .external(let name):
            advance()
            return try add(.external(name), at: token.offset)
        case .name(let word, isDelimited: false) where word == "true" || word == "false":
            advance()
            return try add(.literal(.boolean(word == "true")), at: token.offset)
        case .name, .dollar:
            return try invocation()
        default:
            return try literal()
        }
    }

    private mutating func literal() throws(PathError) -> Int {
        let token = current
        let literal: PathLiteral
        switch token.kind {
        case .string(let bytes): literal = .string(bytes)
        case .integer(let value): literal = .integer(value)
        case .decimal(let value): literal = .decimal(value)
        case .date(let value): literal = .date(value)
        case .dateTime(let value): literal = .dateTime(value)
        case .time(let value): literal = .time(value)
        default: throw unexpected()
        }
        advance()
        return try add(.literal(withUnit(literal)), at: token.offset)
    }

    /// Makes a quantity of a number that a unit follows.
    private mutating func withUnit(_ literal: PathLiteral) -> PathLiteral {
        let number: ExactDecimal
        switch literal {
        case .integer(let value): number = ExactDecimal(value)
        case .decimal(let value): number = value
        default: return literal
        }
        switch current.kind {
        case .string(let unit):
            advance()
            return .quantity(number, unit: unit, isCalendar: false)
        case .name(let word, isDelimited: false):
            guard let unit = CalendarUnit(word: word) else { return literal }
            advance()
            return .quantity(number, unit: Array(unit.rawValue.utf8), isCalendar: true)
        default:
            return literal
        }
    }

    private mutating func invocation() throws(PathError) -> Int {
        let token = current
        switch token.kind {
        case .dollar(let word):
            advance()
            return try add(word == "this" ? .this : word == "index" ? .index : .total, at: token.offset)
        case .name(let name, let isDelimited):
            guard isDelimited || !Self.keywords.contains(name) else { throw unexpected() }
            advance()
            guard skip(.openParenthesis) else { return try add(.name(name), at: token.offset) }
            var arguments: [Int] = []
            if !skip(.closeParenthesis) {
                repeat { arguments.append(try argument(of: name)) } while skip(.comma)
                try expect(.closeParenthesis)
            }
            return try add(.function(name), at: token.offset, arguments)
        default:
            throw unexpected()
        }
    }

    /// An argument; a key of `sort` may say its direction, which a sign before it does, too.
    private mutating func argument(of function: String) throws(PathError) -> Int {
        let argument = try expression(above: 0)
        guard function == "sort", case .name(let word, isDelimited: false) = current.kind else { return argument }
        let offset = current.offset
        switch word {
        case "asc":
            advance()
            // A sign in the key itself must not be taken for the direction.
            guard case .minus = syntax[argument].kind else { return argument }
            return try add(.plus, at: offset, [argument])
        case "desc":
            advance()
            return try add(.minus, at: offset, [argument])
        default: return argument
        }
    }

    private mutating func typeName() throws(PathError) -> PathTypeName {
        let first = try identifier()
        guard skip(.dot) else { return PathTypeName(namespace: nil, name: first) }
        return PathTypeName(namespace: first, name: try identifier())
    }

    private mutating func identifier() throws(PathError) -> String {
        guard case .name(let name, _) = current.kind else { throw unexpected() }
        advance()
        return name
    }
}
