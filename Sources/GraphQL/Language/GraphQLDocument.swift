/// An executable document as it is written: operations and fragments.
/// - Source: GraphQL October 2021, section 2.2, Document.
struct GraphQLDocument {
    var operations: [OperationSyntax] = []
    var fragments: [FragmentSyntax] = []
}

/// `query Name($variable: Type = default) @directive { … }`.
struct OperationSyntax {
    enum Kind: String {
        case query, mutation, subscription
    }

    var kind: Kind
    var name: String?
    var variables: [VariableSyntax]
    var directives: [DirectiveSyntax]
    var selections: SelectionSetSyntax
    var offset: Int
}

/// `fragment Name on Type { … }`.
struct FragmentSyntax {
    var name: String
    var type: NameSyntax
    var directives: [DirectiveSyntax]
    var selections: SelectionSetSyntax
    var offset: Int
}

/// A name and where it stands.
struct NameSyntax {
    var text: String
    var offset: Int
}

/// `$name: Type = default`.
struct VariableSyntax {
    var name: String
    var type: TypeSyntax
    var defaultValue: ValueSyntax?
    var directives: [DirectiveSyntax]
    var offset: Int
}

/// The type of a variable.
indirect enum TypeSyntax {
    case named(NameSyntax)
    case list(TypeSyntax)
    case nonNull(TypeSyntax)

    /// The name inside of all lists.
    var name: NameSyntax {
        switch self {
        case .named(let name): name
        case .list(let inner), .nonNull(let inner): inner.name
        }
    }

    /// As it is written.
    var description: String {
        switch self {
        case .named(let name): name.text
        case .list(let inner): "[" + inner.description + "]"
        case .nonNull(let inner): inner.description + "!"
        }
    }
}

/// What stands between braces. A class: it has an identity by which plans remember it.
final class SelectionSetSyntax {
    let selections: [SelectionSyntax]

    init(_ selections: [SelectionSyntax]) {
        self.selections = selections
    }
}

/// A part of a selection set.
enum SelectionSyntax {
    case field(FieldSyntax)
    case spread(SpreadSyntax)
    case inline(InlineSyntax)
}

/// `alias: name(arguments) @directives { … }`.
final class FieldSyntax {
    let alias: String?
    let name: String
    let arguments: [ArgumentSyntax]
    let directives: [DirectiveSyntax]
    let selections: SelectionSetSyntax?
    let offset: Int

    init(
        alias: String?, name: String, arguments: [ArgumentSyntax], directives: [DirectiveSyntax],
        selections: SelectionSetSyntax?, offset: Int
    ) {
        self.alias = alias
        self.name = name
        self.arguments = arguments
        self.directives = directives
        self.selections = selections
        self.offset = offset
    }

    /// The arguments in one form whatever their order, and the directives that change the answer.
    private(set) lazy var signature: String = {
        func text(_ arguments: [ArgumentSyntax]) -> String {
            arguments.isEmpty ? "" : GraphQLPrinter.text(of: arguments.sorted { $0.name < $1.name })
        }
        let shaping = directives.filter { $0.name != "include" && $0.name != "skip" }
            .map { "@" + $0.name + text($0.arguments) }.sorted()
        return ([text(arguments)] + shaping).joined(separator: " ")
    }()

    /// What the answer names it.
    var responseKey: String { alias ?? name }
}

/// `...name @directives`.
struct SpreadSyntax {
    var name: String
    var directives: [DirectiveSyntax]
    var offset: Int
}

/// `... on Type @directives { … }`.
struct InlineSyntax {
    var type: NameSyntax?
    var directives: [DirectiveSyntax]
    var selections: SelectionSetSyntax
    var offset: Int
}

/// `name: value`.
struct ArgumentSyntax {
    var name: String
    var value: ValueSyntax
    var offset: Int
}

/// `@name(arguments)`.
struct DirectiveSyntax {
    var name: String
    var arguments: [ArgumentSyntax]
    var offset: Int
}

/// A value and where it stands.
struct ValueSyntax {
    indirect enum Kind {
        case variable(String)
        /// Digits as written.
        case int(String)
        /// Digits as written.
        case float(String)
        case string(String)
        case boolean(Bool)
        case null
        case enumeration(String)
        case list([ValueSyntax])
        case object([ArgumentSyntax])
    }

    var kind: Kind
    var offset: Int
}
