/// Reads executable documents.
/// - Source: GraphQL October 2021, section 2 and appendix B.
struct GraphQLParser {
    private var lexer: GraphQLLexer
    private var token: GraphQLToken
    private var depth = 0
    private let limits: GraphQLLimits

    /// Reads a whole document.
    /// - Throws: `GraphQLError` of code `syntax` or `limit`.
    static func parse(_ source: [UInt8], limits: GraphQLLimits) throws(GraphQLError) -> GraphQLDocument {
        var parser = try GraphQLParser(source, limits: limits)
        return try parser.document()
    }

    private init(_ source: [UInt8], limits: GraphQLLimits) throws(GraphQLError) {
        lexer = try GraphQLLexer(source, limits: limits)
        self.limits = limits
        token = try lexer.next()
    }

    // MARK: Tokens

    private mutating func advance() throws(GraphQLError) {
        token = try lexer.next()
    }

    private func isSign(_ sign: Unicode.Scalar) -> Bool {
        token.kind == .sign(UInt8(ascii: sign))
    }

    private mutating func takeSign(_ sign: Unicode.Scalar) throws(GraphQLError) -> Bool {
        guard isSign(sign) else { return false }
        try advance()
        return true
    }

    private mutating func expectSign(_ sign: Unicode.Scalar) throws(GraphQLError) {
        guard try takeSign(sign) else { throw expected("\"\(sign)\"") }
    }

    private func expected(_ what: String) -> GraphQLError {
        GraphQLError(.syntax, "Expected \(what), found \(token.description).", at: token.offset)
    }

    private mutating func name() throws(GraphQLError) -> NameSyntax {
        guard token.kind == .name else { throw expected("a name") }
        let name = NameSyntax(text: token.text, offset: token.offset)
        try advance()
        return name
    }

    private func isKeyword(_ word: String) -> Bool {
        token.kind == .name && token.text == word
    }

    private mutating func enter() throws(GraphQLError) {
        depth += 1
        guard depth <= limits.depthMax else {
            throw GraphQLError(.limit, "The document nests deeper than \(limits.depthMax).", at: token.offset)
        }
    }

    // MARK: Definitions

    private mutating func document() throws(GraphQLError) -> GraphQLDocument {
        var document = GraphQLDocument()
        while token.kind != .end {
            if isSign("{") {
                let offset = token.offset
                document.operations.append(
                    OperationSyntax(
                        kind: .query, name: nil, variables: [], directives: [], selections: try selectionSet(),
                        offset: offset))
            } else if isKeyword("fragment") {
                document.fragments.append(try fragment())
            } else if token.kind == .name, let kind = OperationSyntax.Kind(rawValue: token.text) {
                document.operations.append(try operation(kind))
            } else {
                throw expected("an operation or a fragment")
            }
        }
        guard !document.operations.isEmpty || !document.fragments.isEmpty else {
            throw expected("an operation")
        }
        return document
    }

    private mutating func operation(_ kind: OperationSyntax.Kind) throws(GraphQLError) -> OperationSyntax {
        let offset = token.offset
        try advance()
        let name = token.kind == .name ? try self.name().text : nil
        var variables: [VariableSyntax] = []
        if try takeSign("(") {
            repeat { variables.append(try variable()) } while try !takeSign(")")
        }
        return OperationSyntax(
            kind: kind, name: name, variables: variables, directives: try directives(),
            selections: try selectionSet(), offset: offset)
    }

    private mutating func variable() throws(GraphQLError) -> VariableSyntax {
        let offset = token.offset
        try expectSign("$")
        let name = try self.name().text
        try expectSign(":")
        let type = try self.type()
        let defaultValue = try takeSign("=") ? try value(isConstant: true) : nil
        return VariableSyntax(
            name: name, type: type, defaultValue: defaultValue, directives: try directives(isConstant: true),
            offset: offset)
    }

    private mutating func type() throws(GraphQLError) -> TypeSyntax {
        try enter()
        defer { depth -= 1 }
        let inner: TypeSyntax
        if try takeSign("[") {
            inner = .list(try type())
            try expectSign("]")
        } else {
            inner = .named(try name())
        }
        return try takeSign("!") ? .nonNull(inner) : inner
    }

    private mutating func fragment() throws(GraphQLError) -> FragmentSyntax {
        let offset = token.offset
        try advance()
        guard !isKeyword("on") else { throw expected("a fragment's name") }
        let name = try self.name().text
        guard isKeyword("on") else { throw expected("\"on\"") }
        try advance()
        return FragmentSyntax(
            name: name, type: try self.name(), directives: try directives(), selections: try selectionSet(),
            offset: offset)
    }

    // MARK: Selections

    private mutating func selectionSet() throws(GraphQLError) -> SelectionSetSyntax {
        try enter()
        defer { depth -= 1 }
        try expectSign("{")
        var selections: [SelectionSyntax] = []
        repeat { selections.append(try selection()) } while try !takeSign("}")
        return SelectionSetSyntax(selections)
    }

    private mutating func selection() throws(GraphQLError) -> SelectionSyntax {
        guard token.kind == .spread else { return .field(try field()) }
        let offset = token.offset
        try advance()
        if token.kind == .name, token.text != "on" {
            let name = try self.name().text
            return .spread(SpreadSyntax(name: name, directives: try directives(), offset: offset))
        }
        var type: NameSyntax?
        if isKeyword("on") {
            try advance()
            type = try name()
        }
        return .inline(
            InlineSyntax(type: type, directives: try directives(), selections: try selectionSet(), offset: offset))
    }

    private mutating func field() throws(GraphQLError) -> FieldSyntax {
        let first = try name()
        let second = try takeSign(":") ? try name() : nil
        let arguments = try self.arguments(isConstant: false)
        let directives = try self.directives()
        return FieldSyntax(
            alias: second == nil ? nil : first.text, name: second?.text ?? first.text, arguments: arguments,
            directives: directives, selections: isSign("{") ? try selectionSet() : nil, offset: first.offset)
    }

    private mutating func arguments(isConstant: Bool) throws(GraphQLError) -> [ArgumentSyntax] {
        var arguments: [ArgumentSyntax] = []
        guard try takeSign("(") else { return [] }
        repeat { arguments.append(try argument(isConstant: isConstant)) } while try !takeSign(")")
        return arguments
    }

    private mutating func argument(isConstant: Bool) throws(GraphQLError) -> ArgumentSyntax {
        let name = try self.name()
        try expectSign(":")
        return ArgumentSyntax(name: name.text, value: try value(isConstant: isConstant), offset: name.offset)
    }

    private mutating func directives(isConstant: Bool = false) throws(GraphQLError) -> [DirectiveSyntax] {
        var directives: [DirectiveSyntax] = []
        while isSign("@") {
            let offset = token.offset
            try advance()
            directives.append(
                DirectiveSyntax(
                    name: try name().text, arguments: try arguments(isConstant: isConstant), offset: offset))
        }
        return directives
    }

    // MARK: Values

    private mutating func value(isConstant: Bool) throws(GraphQLError) -> ValueSyntax {
        let found = token
        let kind: ValueSyntax.Kind
        switch found.kind {
        case .int: kind = .int(found.text)
        case .float: kind = .float(found.text)
        case .string: kind = .string(found.text)
        case .name:
            kind =
                switch found.text {
                case "true": .boolean(true)
                case "false": .boolean(false)
                case "null": .null
                default: .enumeration(found.text)
                }
        case .sign(UInt8(ascii: "$")):
            guard !isConstant else { throw expected("a value that is no variable") }
            try advance()
            return ValueSyntax(kind: .variable(try name().text), offset: found.offset)
        case .sign(UInt8(ascii: "[")): return try list(isConstant: isConstant)
        case .sign(UInt8(ascii: "{")): return try object(isConstant: isConstant)
        default: throw expected("a value")
        }
        try advance()
        return ValueSyntax(kind: kind, offset: found.offset)
    }

    private mutating func list(isConstant: Bool) throws(GraphQLError) -> ValueSyntax {
        try enter()
        defer { depth -= 1 }
        let offset = token.offset
        try advance()
        var values: [ValueSyntax] = []
        while try !takeSign("]") {
            guard values.count < limits.listValuesMax else {
                throw GraphQLError(.limit, "A list has more than \(limits.listValuesMax) values.", at: offset)
            }
            values.append(try value(isConstant: isConstant))
        }
        return ValueSyntax(kind: .list(values), offset: offset)
    }

    private mutating func object(isConstant: Bool) throws(GraphQLError) -> ValueSyntax {
        try enter()
        defer { depth -= 1 }
        let offset = token.offset
        try advance()
        var members: [ArgumentSyntax] = []
        while try !takeSign("}") { members.append(try argument(isConstant: isConstant)) }
        return ValueSyntax(kind: .object(members), offset: offset)
    }
}
