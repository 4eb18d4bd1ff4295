/// The types and functions that a Swift file declares, as far as house rules need them.
struct SwiftOutline {
    struct TypeDeclaration {
        /// The last part of its name: `B` for `extension A.B`.
        let name: String
        let keyword: String
        let attributes: Set<String>
        let line: Int
    }

    struct Function {
        let name: String
        /// Whether its name is a sentence in backticks.
        let isSentence: Bool
        /// Names of its attributes, `Test` for `@Test(.serialized)`.
        let attributes: Set<String>
        let modifiers: Set<String>
        let line: Int
        /// Index in `types` of the type in whose body it stands; `nil` in a file, a function or a closure.
        let type: Int?
        /// Tokens of its attributes and modifiers.
        let header: Range<Int>
        /// Tokens between its braces; empty where it has none.
        var body: Range<Int>

        var isPrivate: Bool { !modifiers.isDisjoint(with: ["private", "fileprivate"]) }
        var isTest: Bool { attributes.contains("Test") }
    }

    let path: String
    let tokens: [SwiftToken]
    private(set) var types: [TypeDeclaration] = []
    private(set) var functions: [Function] = []

    private enum Scope {
        case type(Int)
        case function(Int, start: Int)
        case other
    }

    /// What a declaration keyword has announced and the next brace opens.
    private struct Announced {
        let scope: Scope
        let parenDepth: Int
    }

    private static let typeKeywords: Set<Substring> = ["struct", "class", "enum", "actor", "extension", "protocol"]
    private static let memberKeywords: Set<Substring> = [
        "var", "let", "init", "deinit", "subscript", "typealias", "case",
    ]
    private static let modifierWords: Set<Substring> = [
        "private", "fileprivate", "internal", "package", "public", "open", "static", "class", "final", "override",
        "mutating", "nonmutating", "nonisolated", "isolated", "consuming", "borrowing", "indirect", "distributed",
        "prefix", "postfix", "infix", "convenience", "required", "optional", "dynamic",
    ]

    init(_ file: RepositoryFile) {
        path = file.path
        tokens = SwiftToken.tokens(of: file.text)
        outline()
    }

    private mutating func outline() {
        var scopes: [Scope] = []
        var outerParenDepths: [Int] = []
        var parenDepth = 0
        var announced: Announced?
        for index in tokens.indices {
            switch tokens[index].text {
            case "(", "[": parenDepth += 1
            case ")", "]": parenDepth -= 1
            case "{":
                if let opening = announced, opening.parenDepth == parenDepth {
                    if case .function(let function, _) = opening.scope {
                        scopes.append(.function(function, start: index + 1))
                    } else {
                        scopes.append(opening.scope)
                    }
                    announced = nil
                } else {
                    scopes.append(.other)
                }
                outerParenDepths.append(parenDepth)
                parenDepth = 0
            case "}":
                announced = nil
                if case .function(let function, let start) = scopes.popLast() {
                    functions[function].body = start..<index
                }
                parenDepth = outerParenDepths.popLast() ?? 0
            case let word where Self.typeKeywords.contains(word) && parenDepth == 0:
                guard let name = typeName(at: index) else { continue }
                let header = header(before: index)
                types.append(
                    TypeDeclaration(
                        name: name, keyword: String(word), attributes: attributes(in: header), line: tokens[index].line)
                )
                announced = Announced(scope: .type(types.count - 1), parenDepth: parenDepth)
            case "func" where index + 1 < tokens.count:
                functions.append(function(at: index, in: scopes.last))
                announced = Announced(scope: .function(functions.count - 1, start: 0), parenDepth: parenDepth)
            case let word where Self.memberKeywords.contains(word) && announced?.parenDepth == parenDepth:
                announced = nil
            default: break
            }
        }
    }

    private func function(at index: Int, in scope: Scope?) -> Function {
        let header = header(before: index)
        let name = tokens[index + 1]
        var type: Int?
        if case .type(let enclosing) = scope { type = enclosing }
        return Function(
            name: String(name.text), isSentence: name.isSentence, attributes: attributes(in: header),
            modifiers: Set(tokens[header].map { String($0.text) }), line: tokens[index].line, type: type,
            header: header,
            body: index..<index)
    }

    /// The name that a type keyword at `index` declares; `nil` where the word is no declaration (`class func`, `.actor`).
    private func typeName(at index: Int) -> String? {
        guard index == 0 || tokens[index - 1].text != ".", index + 1 < tokens.count, tokens[index + 1].isWord,
            !Self.modifierWords.contains(tokens[index + 1].text), tokens[index + 1].text != "func",
            !Self.memberKeywords.contains(tokens[index + 1].text)
        else { return nil }
        var last = index + 1
        while last + 2 < tokens.count, tokens[last + 1].text == ".", tokens[last + 2].isWord { last += 2 }
        return String(tokens[last].text)
    }

    /// The attributes and modifiers that stand before the keyword at `index`.
    private func header(before index: Int) -> Range<Int> {
        var start = index
        while start > 0 {
            var word = start - 1
            if tokens[word].text == ")" {
                guard let open = opening(of: word), open > 0 else { break }
                word = open - 1
            }
            guard tokens[word].isWord else { break }
            if Self.modifierWords.contains(tokens[word].text) {
                start = word
                continue
            }
            while word >= 2, tokens[word - 1].text == ".", tokens[word - 2].isWord { word -= 2 }
            guard word > 0, tokens[word - 1].text == "@" else { break }
            start = word - 1
        }
        return start..<index
    }

    private func opening(of closing: Int) -> Int? {
        var depth = 0
        for index in stride(from: closing, through: 0, by: -1) {
            if tokens[index].text == ")" { depth += 1 }
            if tokens[index].text == "(" { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    private func attributes(in header: Range<Int>) -> Set<String> {
        Set(header.dropLast().filter { tokens[$0].text == "@" }.map { String(tokens[$0 + 1].text) })
    }
}
