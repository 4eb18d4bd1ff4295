/// Writes documents in one form: the same for all documents that differ in white space, commas and comments only.
package enum GraphQLPrinter {
    /// A document without comments, in one line.
    /// - Throws: `GraphQLError` of code `syntax` or `limit`.
    package static func canonical(_ source: [UInt8], limits: GraphQLLimits = GraphQLLimits()) throws -> String {
        do {
            let document = try GraphQLParser.parse(source, limits: limits)
            return (document.operations.map(text) + document.fragments.map(text)).joined(separator: " ")
        } catch {
            throw error.located(in: source)
        }
    }

    private static func text(_ operation: OperationSyntax) -> String {
        var text = operation.kind.rawValue
        if let name = operation.name { text += " " + name }
        if !operation.variables.isEmpty {
            let variables = operation.variables.map { variable in
                "$" + variable.name + ": " + variable.type.description
                    + (variable.defaultValue.map { " = " + self.text(of: $0) } ?? "")
                    + self.text(variable.directives)
            }
            text += "(" + variables.joined(separator: ", ") + ")"
        }
        return text + self.text(operation.directives) + self.text(operation.selections)
    }

    private static func text(_ fragment: FragmentSyntax) -> String {
        "fragment " + fragment.name + " on " + fragment.type.text + text(fragment.directives)
            + text(fragment.selections)
    }

    private static func text(_ set: SelectionSetSyntax) -> String {
        " { " + set.selections.map(text).joined(separator: " ") + " }"
    }

    private static func text(_ selection: SelectionSyntax) -> String {
        switch selection {
        case .field(let field):
            (field.alias.map { $0 + ": " } ?? "") + field.name
                + (field.arguments.isEmpty ? "" : "(" + text(of: field.arguments) + ")") + text(field.directives)
                + (field.selections.map(text) ?? "")
        case .spread(let spread): "..." + spread.name + text(spread.directives)
        case .inline(let inline):
            "..." + (inline.type.map { " on " + $0.text } ?? "") + text(inline.directives) + text(inline.selections)
        }
    }

    private static func text(_ directives: [DirectiveSyntax]) -> String {
        directives.map { directive in
            " @" + directive.name
                + (directive.arguments.isEmpty ? "" : "(" + text(of: directive.arguments) + ")")
        }.joined()
    }

    static func text(of arguments: [ArgumentSyntax]) -> String {
        arguments.map { $0.name + ": " + text(of: $0.value) }.joined(separator: ", ")
    }

    private static func text(of value: ValueSyntax) -> String {
        switch value.kind {
        case .variable(let name): "$" + name
        case .int(let digits), .float(let digits): digits
        case .string(let text): quoted(text)
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        case .enumeration(let name): name
        case .list(let values): "[" + values.map { text(of: $0) }.joined(separator: ", ") + "]"
        case .object(let members): "{" + text(of: members) + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
