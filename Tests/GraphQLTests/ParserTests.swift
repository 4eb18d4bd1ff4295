import Base
import GraphQL
import Testing

@Suite struct ParserTests {
    private func canonical(_ text: String) throws -> String {
        try GraphQLPrinter.canonical(Array(text.utf8))
    }

    private func failure(_ text: String) -> String {
        do {
            _ = try canonical(text)
            return ""
        } catch {
            return "\(error)"
        }
    }

    static let documents = [
        ("{a}", "query { a }"),
        (
            "query Q($a:[ID!]! = [\"x\"] @include(if:true),$b:Int=-5){a,b,,c}",
            "query Q($a: [ID!]! = [\"x\"] @include(if: true), $b: Int = -5) { a b c }"
        ),
        (
            "{x:a(b:1.5e-3,c:{d:[null,true,E],e:$v})@skip(if:$v){...F ...on T@x{a}...@y{b}}}fragment F on T{a}",
            "query { x: a(b: 1.5e-3, c: {d: [null, true, E], e: $v}) @skip(if: $v) { ...F ... on T @x { a } ... @y "
                + "{ b } } } fragment F on T { a }"
        ),
        ("\u{FEFF}# comment\n{ a # more\r\n }", "query { a }"),
        (#"{a(s:"\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t")}"#, #"query { a(s: "é😀\"\\/\u0008\u000c\n\r\t") }"#),
        ("{a(s:\"\"\"\n    one\n      two\\\"\"\"\n\n    \"\"\")}", #"query { a(s: "one\n  two\"\"\"") }"#),
        ("{a(s:\"\"\"  one\r\n  two\r\"\"\")}", #"query { a(s: "  one\ntwo") }"#),
        ("mutation{on}subscription S{fragment query}", "mutation { on } subscription S { fragment query }"),
        ("{on:on type:true{null}}", "query { on: on type: true { null } }"),
        ("{a(s:\"\",t:[],u:{})}", "query { a(s: \"\", t: [], u: {}) }"),
    ]

    @Test(arguments: documents) func `a document is read and written, again and again the same`(
        _ text: String, _ wanted: String
    ) throws {
        let once = try canonical(text)
        #expect(once == wanted)
        #expect(try canonical(once) == wanted)
    }

    static let malformed = [
        ("", "Expected an operation, found the end of the document. (line 1, column 1)"),
        ("{", "Expected a name, found the end of the document. (line 1, column 2)"),
        ("{}", "Expected a name, found \"}\". (line 1, column 2)"),
        ("{\n  é}", "Unexpected a character that GraphQL does not have here. (line 2, column 3)"),
        ("{é: a b(c: \u{7F})}", "Unexpected a character that GraphQL does not have here. (line 1, column 2)"),
        ("{ a(\"é\") ", "Expected a name, found a string. (line 1, column 5)"),
        ("{a(b:01)}", "A malformed number. (line 1, column 7)"),
        ("{a(b:1.)}", "A malformed number. (line 1, column 8)"),
        ("{a(b:1x)}", "A malformed number. (line 1, column 7)"),
        ("{a(b:-)}", "A malformed number. (line 1, column 7)"),
        ("{a(b:\"x\n\")}", "A string that its line does not close. (line 1, column 6)"),
        ("{a(b:\"x", "A string without its closing quote. (line 1, column 6)"),
        ("{a(b:\"\"\"x\"\"", "A block string without its closing quotes. (line 1, column 6)"),
        (#"{a(b:"\q")}"#, "A malformed escape in a string. (line 1, column 7)"),
        (#"{a(b:"\ud83dx")}"#, "A malformed escape in a string. (line 1, column 7)"),
        (#"{a(b:"\u12g4")}"#, "A malformed escape in a string. (line 1, column 7)"),
        ("{a(b:\"\u{1}\")}", "A control character inside a string. (line 1, column 7)"),
        ("{a()}", "Expected a name, found \")\". (line 1, column 4)"),
        ("{a..b}", "Unexpected \".\" that GraphQL does not have here. (line 1, column 3)"),
        ("query($a:Int=$b){a}", "Expected a value that is no variable, found \"$\". (line 1, column 14)"),
        ("fragment on on T{a}", "Expected a fragment's name, found the name \"on\". (line 1, column 10)"),
        ("type A{a:Int}", "Expected an operation or a fragment, found the name \"type\". (line 1, column 1)"),
        ("{a}}", "Expected an operation or a fragment, found \"}\". (line 1, column 4)"),
    ]

    @Test(arguments: malformed) func `what is no document is refused with its place`(_ text: String, _ wanted: String) {
        #expect(failure(text) == wanted)
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: GraphQLError.self) { _ = try GraphQLPrinter.canonical([0x7B, 0x61, 0xFF, 0x7D]) }
    }

    @Test func `depth, tokens, length and lists are limited`() {
        let deep = String(repeating: "{a", count: 100_000)
        #expect(failure(deep).hasPrefix("The document nests deeper than 32."))
        let lists = "{a(b:" + String(repeating: "[", count: 100_000)
        #expect(failure(lists).hasPrefix("The document nests deeper than 32."))
        let objects = "{a(b:" + String(repeating: "{c:", count: 80_000)
        #expect(failure(objects).hasPrefix("The document nests deeper than 32."))
        let types = "query($a:" + String(repeating: "[", count: 100_000)
        #expect(failure(types).hasPrefix("The document nests deeper than 32."))
        #expect(failure("{" + String(repeating: "a ", count: 30_000) + "}").hasPrefix("The document has more than"))
        #expect(failure(String(repeating: " ", count: 300_000)).hasPrefix("The document is longer than 262144 bytes"))
        let long = "{a(b:[" + String(repeating: "1 ", count: 1_001) + "])}"
        #expect(failure(long).hasPrefix("A list has more than 1000 values"))
    }

    @Test func `no text breaks the parser, and what it reads it writes and reads again`() throws {
        var random = SeededRandom(seed: 4711)
        let pieces = [
            "{", "}", "(", ")", "[", "]", "...", "on", "fragment", "query", "$", ":", "=", "@", "!", "a", "b", "\"x\"",
            "\"\"\"y\n z\"\"\"", "1", "-2.5e7", "true", "null", "# c\n", ",", " ", "\\", "\"", "é", "|", "&", "\n",
        ]
        let seeds = Self.documents.map { Array($0.0.utf8) }
        var read = 0
        for round in 0..<4_000 {
            var text: [UInt8] = []
            if round % 2 == 0 {
                for _ in 0..<Int.random(in: 1...40, using: &random) {
                    text += Array((pieces.randomElement(using: &random) ?? "").utf8)
                }
            } else {
                text = seeds.randomElement(using: &random) ?? []
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<text.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: text[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: text.remove(at: place)
                    default: text.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: place)
                    }
                    if text.isEmpty { text = [0x7B] }
                }
            }
            guard let once = try? GraphQLPrinter.canonical(text) else { continue }
            read += 1
            #expect(try canonical(once) == once)
        }
        #expect(read > 100)
    }
}
