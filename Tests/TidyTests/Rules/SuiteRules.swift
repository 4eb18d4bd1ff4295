/// Tests run, and assert something.
enum SuiteRules {
    /// Names of the suites of a test target: types with `@Suite`, and those that hold a test.
    static func suiteNames(in outlines: [SwiftOutline]) -> Set<String> {
        Set(
            outlines.flatMap { outline in
                outline.types.indices.filter { isSuite($0, in: outline, suiteNames: []) }.map { outline.types[$0].name }
            })
    }

    /// A function in a suite that is neither a test nor private, a sentence that is no test, and a type named as a suite
    /// without the attribute: all of them look like tests and never run.
    /// - Parameter suiteNames: the suites of the whole target, for extensions in other files.
    static func forgottenTests(in outline: SwiftOutline, suiteNames: Set<String> = []) -> [Finding] {
        let functions = outline.functions.compactMap { function -> Finding? in
            if function.isTest { return nil }
            if function.isSentence {
                return finding(outline, function.line, "\(function.name) is named as a test and lacks @Test")
            }
            guard let type = function.type, isSuite(type, in: outline, suiteNames: suiteNames), !function.isPrivate
            else { return nil }
            return finding(
                outline, function.line, "\(function.name) in a suite lacks @Test, or private if it only helps")
        }
        let types = outline.types.filter { type in
            type.name.hasSuffix("Tests") && !["extension", "protocol"].contains(type.keyword)
                && !type.attributes.contains("Suite")
        }
        return functions + types.map { finding(outline, $0.line, "\($0.name) lacks @Suite") }
    }

    /// A private function of a suite that nothing in its file names.
    static func unusedHelpers(in outline: SwiftOutline) -> [Finding] {
        outline.functions.filter { function in
            guard !function.isTest, function.isPrivate, function.type != nil else { return false }
            return outline.tokens.count { $0.text == function.name } < 2
        }.map { finding(outline, $0.line, "\($0.name) is never called") }
    }

    /// A test that asserts nothing, neither itself nor through a function of its target.
    /// - Parameter outlines: all files of one test target.
    static func emptyTests(in outlines: [SwiftOutline]) -> [Finding] {
        let helpers = assertingFunctions(in: outlines)
        return outlines.flatMap { outline in
            outline.functions.filter { $0.isTest && !asserts(outline.tokens[$0.body], helpers: helpers) }
                .map { finding(outline, $0.line, "\($0.name) asserts nothing") }
        }
    }

    /// A test that may end early without a word.
    static func silentEnds(in outline: SwiftOutline) -> [Finding] {
        outline.functions.filter(\.isTest).flatMap { test -> [Finding] in
            var findings: [Finding] = []
            var depth = 0
            for index in test.body {
                let token = outline.tokens[index]
                if depth == 0, outline.tokens[index...].prefix(4).map(\.text) == ["else", "{", "return", "}"] {
                    findings.append(finding(outline, token.line, "\(test.name) gives up silently; use #require"))
                }
                if "{([".contains(token.text) { depth += 1 }
                if "})]".contains(token.text) { depth -= 1 }
            }
            return findings
        }
    }

    /// A test or suite that is switched off, or only sometimes on, without saying why.
    static func silentSkips(in outline: SwiftOutline) -> [Finding] {
        let tokens = outline.tokens
        return tokens.indices.dropLast(2).compactMap { index in
            guard tokens[index].text == ".", ["disabled", "enabled"].contains(tokens[index + 1].text),
                tokens[index + 2].text == "("
            else { return nil }
            var depth = 0
            for argument in tokens[(index + 2)...] {
                if argument.text == "(" { depth += 1 }
                if argument.text == ")" { depth -= 1 }
                if argument.text == "\"" { return nil }
                if depth == 0 { break }
            }
            return finding(outline, tokens[index].line, "\(tokens[index + 1].text) without saying why")
        }
    }

    private static func isSuite(_ type: Int, in outline: SwiftOutline, suiteNames: Set<String>) -> Bool {
        let declaration = outline.types[type]
        return declaration.attributes.contains("Suite") || suiteNames.contains(declaration.name)
            || outline.functions.contains { $0.type == type && $0.isTest }
    }

    /// Functions that assert, themselves or through others.
    private static func assertingFunctions(in outlines: [SwiftOutline]) -> Set<Substring> {
        var names: Set<Substring> = []
        while true {
            let found = outlines.flatMap { outline in
                outline.functions.filter { asserts(outline.tokens[$0.body], helpers: names) }.map { Substring($0.name) }
            }
            guard !names.isSuperset(of: found) else { return names }
            names.formUnion(found)
        }
    }

    private static func asserts(_ body: ArraySlice<SwiftToken>, helpers: Set<Substring>) -> Bool {
        body.indices.contains { index in
            let word = body[index].text
            let next = index + 1 < body.endIndex ? body[index + 1].text : ""
            if word == "#" { return ["expect", "require"].contains(next) }
            if word == "Issue" { return next == "." && index + 2 < body.endIndex && body[index + 2].text == "record" }
            return (word == "confirmation" || helpers.contains(word)) && ["(", "{"].contains(next)
        }
    }

    private static func finding(_ outline: SwiftOutline, _ line: Int, _ message: String) -> Finding {
        Finding(path: outline.path, line: line, message: message)
    }
}
