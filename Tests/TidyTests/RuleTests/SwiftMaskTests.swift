import Testing

@Suite struct SwiftMaskTests {
    private func mask(_ text: String) -> String { String(decoding: SwiftMask.code(of: text), as: UTF8.self) }

    @Test func `comments and strings are blanked and interpolated code stays`() {
        #expect(mask("a // b!\nc") == "a      \nc")
        #expect(mask("a /* x /* y! */ z */ b") == "a" + String(repeating: " ", count: 20) + "b")
        #expect(mask(#"f("try! \(g(")")!) as!") + h"#) == #"f("      (g(" ")!)    ") + h"#)
        #expect(mask("\"\"\"\n x! \"quoted\" \n\"\"\" + y") == "\"\"\"\n             \n\"\"\" + y")
        #expect(mask(##"#"a"!"# + b"##) == ##" "   "  + b"##)
    }

    @Test func `a mask has the bytes and lines of its source`() {
        let source = "let `a — b` = \"ünï\"\n/* é\n */ let c = try /x\"y/.firstMatch(in: s)\nlet d = 1 / 2 / 3"
        let code = SwiftMask.code(of: source)
        #expect(code.count == source.utf8.count)
        #expect(code.count { $0 == UInt8(ascii: "\n") } == 3)
        #expect(mask(source).hasSuffix("let d = 1 / 2 / 3"))
    }

    @Test func `a regular expression hides its quotes`() {
        #expect(mask("f(/\"x!/) + g") == "f(     ) + g")
        #expect(mask("f(#/\"/x/#) + g") == "f(       ) + g")
    }

    @Test func `a sentence in backticks is one word`() {
        let tokens = SwiftToken.tokens(of: "func `it's \"done\"! // now`() {}")
        #expect(tokens.map(\.text) == ["func", "`it_s__done______now`", "(", ")", "{", "}"])
        #expect(tokens[1].isSentence)
    }

    @Test func `broken source ends the mask without a crash`() {
        var random = SystemRandomNumberGenerator()
        let pieces = ["\"", "\"\"\"", "\\(", "\\", "#", "/", "/*", "*/", "`", "(", ")", "\n", "a", "é", "!"]
        for _ in 0..<2000 {
            let source = (0..<20).compactMap { _ in pieces.randomElement(using: &random) }.joined()
            #expect(SwiftMask.code(of: source).count == source.utf8.count, "\(source)")
        }
    }
}
